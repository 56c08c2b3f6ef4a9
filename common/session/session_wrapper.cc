// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_wrapper.h"

#include <cstddef>
#include <cstdint>

#include "common/base/text.h"

namespace audiodl {
namespace {

Status Fault(const char* wrapper, size_t offset, const char* expected) {
  return Status::Invalid(std::string(wrapper) + " byte " + std::to_string(offset) + ": expected " +
                         expected);
}

// The six bits a character stands for; -1 for one outside of the alphabet.
int Base64Value(char c) {
  if (IsUpper(c)) return c - 'A';
  if (IsLower(c)) return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Without its padding. What is left is whole groups of four, or two or three characters more.
Result<std::string_view> WithoutPadding(std::string_view text) {
  if (!text.ends_with('=')) return text;
  const std::string_view bare = text.substr(0, text.size() - (text.ends_with("==") ? 2 : 1));
  if (text.size() % 4 != 0) return Fault("base64", bare.size(), "padding to a multiple of four");
  return bare;
}

Result<std::string> DecodeBase64(std::string_view padded) {
  const Result<std::string_view> text = WithoutPadding(padded);
  if (!text.ok()) return text.status();
  std::string decoded;
  decoded.reserve(text->size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int count = 0;  // of bits that have not become a byte yet
  for (size_t i = 0; i < text->size(); ++i) {
    const int value = Base64Value((*text)[i]);
    if (value < 0) return Fault("base64", i, "a character of base64");
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += static_cast<char>(bits >> count & 0xff);
  }
  if (count == 6) return Fault("base64", text->size(), "one more character");
  if ((bits & ((1U << count) - 1)) != 0) {
    return Fault("base64", text->size() - 1, "a last character without bits that mean nothing");
  }
  return decoded;
}

int UpperHexValue(char c) {
  if (IsDigit(c)) return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool StandsForItself(char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~'; }

Result<std::string> DecodeUrl(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? UpperHexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? UpperHexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return Fault("url", i, "'%' and two upper-case hexadecimal digits");
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    } else if (text[i] == '+' || StandsForItself(text[i])) {
      decoded += text[i] == '+' ? ' ' : text[i];
    } else {
      return Fault("url", i, "a character that urlencode() leaves as it is");
    }
  }
  return decoded;
}

}  // namespace

Result<std::string> Unwrap(SessionWrapper wrapper, std::string_view text) {
  return wrapper == SessionWrapper::kBase64 ? DecodeBase64(text) : DecodeUrl(text);
}

}  // namespace audiodl
