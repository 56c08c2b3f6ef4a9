// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_cookie.h"

#include <algorithm>
#include <cstddef>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMinIdBytes = 16;
constexpr size_t kMaxIdBytes = 256;

bool IsSessionId(std::string_view text) {
  return text.size() >= kMinIdBytes && text.size() <= kMaxIdBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlnum(c) || c == ',' || c == '-'; });
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As PHP's rawurldecode(): a '%' without two hex digits stays, and so does '+'.
std::string PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && text.size() - i > 2 && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (!escape) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
    i += 2;
  }
  return decoded;
}

std::string_view TrimLeft(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n\v\f"), text.size()));
  return text;
}

// "name" and "name[...": to PHP both are the variable `name`, the second an array.
bool Names(std::string_view cookie, std::string_view name) {
  if (!cookie.starts_with(name)) return false;
  const std::string_view rest = cookie.substr(name.size());
  return rest.empty() || rest.front() == '=' || rest.front() == '[';
}

std::optional<std::string> IdOf(std::string_view cookie, std::string_view name) {
  const std::string_view rest = cookie.substr(name.size());
  // No id gets longer by decoding, so longer than all of it escaped is too long.
  if (!rest.starts_with('=') || rest.size() > 1 + 3 * kMaxIdBytes) return std::nullopt;
  std::string id = PercentDecode(rest.substr(1));
  if (!IsSessionId(id)) return std::nullopt;
  return id;
}

}  // namespace

std::optional<std::string> FindSessionId(std::string_view cookie_header, std::string_view name) {
  while (!cookie_header.empty()) {
    const size_t end = std::min(cookie_header.find(';'), cookie_header.size());
    const std::string_view cookie = TrimLeft(cookie_header.substr(0, end));
    if (Names(cookie, name)) return IdOf(cookie, name);
    cookie_header.remove_prefix(std::min(end + 1, cookie_header.size()));
  }
  return std::nullopt;
}

bool IsCookieName(std::string_view name) {
  // RFC 9110, section 5.6.2: tchar.
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return IsAlnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

}  // namespace audiodl
