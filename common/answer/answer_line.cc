// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/answer_line.h"

#include <algorithm>
#include <cstddef>

#include "common/base/text.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr std::string_view kBegin = "audiodl: code=";
constexpr size_t kMaxDetail = 800;  // httpd cuts lines at 8 KiB

std::string Encoded(std::string_view name) {
  return name.empty() ? "-" : UriEncode(name, Slash::kKeep);
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that two hex digits at `at` stand for; none where they do not.
std::optional<char> ByteAt(std::string_view text, size_t at) {
  if (text.size() < at + 2 || HexValue(text[at]) < 0 || HexValue(text[at + 1]) < 0) {
    return std::nullopt;
  }
  return static_cast<char>(HexValue(text[at]) * 16 + HexValue(text[at + 1]));
}

std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::optional<char> byte = text[i] == '%' ? ByteAt(text, i + 1) : std::nullopt;
    out += byte.value_or(text[i]);
    if (byte) i += 2;
  }
  return out;
}

// What httpd does to what it logs: "\\" for a backslash, "\xc3" for a byte that is no ASCII.
std::string LogUnescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    const std::optional<char> byte = rest.starts_with("\\x") ? ByteAt(text, i + 2) : std::nullopt;
    out += byte.value_or(text[i]);
    if (byte) i += 3;
    if (rest.starts_with("\\\\")) ++i;
  }
  return out;
}

std::string Decoded(std::string_view name) {
  return name == "-" ? std::string() : PercentDecoded(name);
}

// Takes "name=VALUE " off the front; none where that does not stand there.
std::optional<std::string_view> Take(std::string_view& rest, std::string_view name) {
  if (!rest.starts_with(name) || !rest.substr(name.size()).starts_with('=')) return std::nullopt;
  rest.remove_prefix(name.size() + 1);
  const size_t end = rest.find(' ');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view value = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string FormatAnswerLine(const AnswerLine& line) {
  std::string detail = Printable(line.detail, kMaxDetail);
  std::replace(detail.begin(), detail.end(), '"', '\'');
  return std::string(kBegin) + line.code + " status=" + std::to_string(line.status) +
         " cause=" + line.cause + " customer=" + Encoded(line.customer) +
         " book=" + Encoded(line.book) + " chunk=" + Encoded(line.chunk) + " detail=\"" + detail +
         "\"";
}

std::optional<AnswerLine> ParseAnswerLine(std::string_view logged) {
  const size_t begin = logged.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  std::string_view rest = logged.substr(begin + std::string_view("audiodl: ").size());
  const auto code = Take(rest, "code");
  const auto status = Take(rest, "status");
  const auto cause = Take(rest, "cause");
  const auto customer = Take(rest, "customer");
  const auto book = Take(rest, "book");
  const auto chunk = Take(rest, "chunk");
  constexpr std::string_view kDetail = "detail=\"";
  const bool whole = code && status && cause && customer && book && chunk;
  if (!whole || !rest.starts_with(kDetail)) return std::nullopt;
  rest.remove_prefix(kDetail.size());
  // A line that was cut has no closing quote.
  const std::string_view detail = rest.substr(0, rest.find('"'));
  const auto number = ParseDecimal(*status);
  if (!number || *number > 999) return std::nullopt;
  return AnswerLine{
      std::string(*code), static_cast<int>(*number), std::string(*cause), Decoded(*customer),
      Decoded(*book),     Decoded(*chunk),           LogUnescaped(detail)};
}

}  // namespace audiodl
