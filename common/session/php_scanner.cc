// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/php_scanner.h"

#include <charconv>
#include <string>

#include "common/base/text.h"

namespace audiodl {
namespace {

// All of `text` as a number of that type, or nothing.
template <typename Number>
std::optional<Number> ParseAll(std::string_view text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool IsCanonical(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = negative ? text.substr(1) : text;
  if (digits.starts_with('0')) return digits.size() == 1 && !negative;
  return !digits.empty();
}

}  // namespace

bool IsPhpInteger(std::string_view text) {
  return IsCanonical(text) && ParseAll<int64_t>(text).has_value();
}

bool PhpScanner::Expect(std::string_view literal) {
  if (!bytes_.substr(offset_).starts_with(literal)) return Fail(literal.data());
  offset_ += literal.size();
  return true;
}

std::optional<uint32_t> PhpScanner::TakeLength() {
  const std::string_view digits = Digits();
  const std::optional<uint32_t> length = ParseAll<uint32_t>(digits);
  if (!length || !IsCanonical(digits)) {
    Fail("a length");
    return std::nullopt;
  }
  offset_ += digits.size();
  return length;
}

std::optional<std::string_view> PhpScanner::TakeInteger() {
  const std::string_view digits = Digits();
  if (!IsPhpInteger(digits)) {
    Fail("an integer of 64 bits");
    return std::nullopt;
  }
  offset_ += digits.size();
  return digits;
}

std::optional<std::string_view> PhpScanner::TakeBytes(size_t count) {
  if (count > bytes_.size() - offset_) {
    Fail("more bytes, as the length before them promises");
    return std::nullopt;
  }
  const std::string_view taken = bytes_.substr(offset_, count);
  offset_ += count;
  return taken;
}

std::optional<std::string_view> PhpScanner::TakeUntil(char delimiter) {
  const size_t end = bytes_.find(delimiter, offset_);
  if (end == std::string_view::npos) {
    Fail("a delimiter before the end");
    return std::nullopt;
  }
  const std::string_view taken = bytes_.substr(offset_, end - offset_);
  offset_ = end + 1;
  return taken;
}

bool PhpScanner::FailAt(size_t offset, const char* expected) {
  if (expected_ == nullptr) {
    fault_offset_ = offset;
    expected_ = expected;
  }
  return false;
}

Status PhpScanner::status() const {
  if (expected_ == nullptr) return Status::Ok();
  return Status::Invalid("session byte " + std::to_string(fault_offset_) + ": expected " +
                         expected_);
}

std::string_view PhpScanner::Digits() const {
  size_t end = offset_;
  if (Peek() == '-') ++end;
  while (end < bytes_.size() && IsDigit(bytes_[end])) ++end;
  return bytes_.substr(offset_, end - offset_);
}

}  // namespace audiodl
