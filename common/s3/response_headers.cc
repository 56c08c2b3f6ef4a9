// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/response_headers.h"

#include <algorithm>

#include "common/base/text.h"

namespace audiodl {
namespace {

std::string_view WithoutLineEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// RFC 9110 section 5.6.2, by exclusion: what separates, and what is no text.
bool IsToken(std::string_view name) {
  constexpr std::string_view kDelimiters = "\"(),/:;<=>?@[\\]{} ";
  return !name.empty() && std::none_of(name.begin(), name.end(), [&](char c) {
    return IsControl(c) || kDelimiters.find(c) != std::string_view::npos;
  });
}

bool IsFieldValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; });
}

}  // namespace

Status ResponseHeaders::Add(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes) return Status::Invalid("the origin's headers exceed 64 KiB");
  line = WithoutLineEnd(line);
  if (line.starts_with("HTTP/")) return BeginResponse(line);
  if (http_status_ == 0) return Status::Invalid("the origin's answer has no status line");
  if (line.empty()) ended_ = true;
  if (ended_) return Status::Ok();

  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !IsToken(name)) {
    return Status::Invalid("the origin sent a malformed header: " + Printable(line, 60));
  }
  const std::string_view value = Trim(line.substr(colon + 1));
  if (!IsFieldValue(value)) {
    return Status::Invalid("the origin sent a control character in " + std::string(name));
  }
  headers_.emplace_back(name, value);
  return Status::Ok();
}

// "HTTP/1.1 206 Partial Content", "HTTP/2 206".
Status ResponseHeaders::BeginResponse(std::string_view status_line) {
  headers_.clear();
  ended_ = false;
  http_status_ = 0;
  const size_t blank = status_line.find(' ');
  const std::string_view rest =
      blank == std::string_view::npos ? std::string_view() : status_line.substr(blank + 1);
  const std::string_view digits = rest.substr(0, rest.find(' '));
  const uint64_t status = ParseDecimal(digits).value_or(0);
  if (digits.size() != 3 || status < 100 || status > 599) {
    return Status::Invalid("the origin sent a malformed status: " + Printable(status_line, 60));
  }
  http_status_ = static_cast<int>(status);
  return Status::Ok();
}

std::string_view ResponseHeaders::Find(std::string_view name) const {
  for (const auto& [sent_name, value] : headers_) {
    if (EqualsIgnoreCase(sent_name, name)) return value;
  }
  return {};
}

Result<std::string_view> ResponseHeaders::FindOnly(std::string_view name) const {
  const std::string_view first = Find(name);
  for (const auto& [sent_name, value] : headers_) {
    if (EqualsIgnoreCase(sent_name, name) && value != first) {
      return Status::Invalid("the origin sent two different values of " + std::string(name));
    }
  }
  return first;
}

}  // namespace audiodl
