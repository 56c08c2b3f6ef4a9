// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/text.h"

#include <algorithm>
#include <charconv>

namespace audiodl {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

char LowerOf(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// Moves one word off the front of `rest`, which starts with no blank. False: its quote is open.
bool TakeWord(std::string_view& rest, std::string& word) {
  const char quote = rest.front() == '"' || rest.front() == '\'' ? rest.front() : '\0';
  size_t at = quote != '\0' ? 1 : 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quote == '\0' && IsBlank(c)) break;
    if (quote != '\0' && c == quote) break;
    const bool escapes = quote != '\0' && c == '\\' && at + 1 < rest.size() &&
                         (rest[at + 1] == quote || rest[at + 1] == '\\');
    if (escapes) ++at;
    word.push_back(rest[at]);
  }
  const bool closed = quote == '\0' || at < rest.size();
  rest.remove_prefix(std::min(rest.size(), at + (quote != '\0' ? 1 : 0)));
  return closed;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerOf);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerOf(x) == LowerOf(y); });
}

std::optional<uint64_t> ParseDecimal(std::string_view text) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

Result<std::vector<std::string>> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  for (text = Trim(text); !text.empty(); text = Trim(text)) {
    std::string word;
    if (!TakeWord(text, word)) return Status::Invalid("a quote is not closed: " + Printable(word));
    words.push_back(std::move(word));
  }
  return words;
}

std::string Printable(std::string_view text, size_t max_bytes) {
  size_t size = std::min(text.size(), max_bytes);
  const auto continues = [&](size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  while (size > 0 && size < text.size() && continues(size)) --size;
  std::string out(text.substr(0, size));
  std::replace_if(out.begin(), out.end(), IsControl, '?');
  return size < text.size() ? out + "..." : out;
}

}  // namespace audiodl
