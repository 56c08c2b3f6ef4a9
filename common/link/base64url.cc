// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/link/base64url.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kGroup = 4;  // characters that hold three bytes

int ValueOf(char c) {
  if (IsUpper(c)) return c - 'A';
  if (IsLower(c)) return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

char CharacterOf(uint32_t value) {
  if (value < 26) return static_cast<char>('A' + value);
  if (value < 52) return static_cast<char>('a' + value - 26);
  if (value < 62) return static_cast<char>('0' + value - 52);
  return value == 62 ? '+' : '/';
}

// REQUIRES: `group` has one to three bytes.
void AppendGroup(std::span<const uint8_t> group, std::string& out) {
  uint32_t bits = 0;
  for (size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < group.size() ? group[i] : 0U);
  for (size_t i = 0; i < kGroup; ++i) {
    out.push_back(i <= group.size() ? CharacterOf(bits >> (18 - 6 * i) & 63U) : '=');
  }
}

}  // namespace

std::string Base64Text(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * kGroup);
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<size_t>(3, bytes.size()))) {
    AppendGroup(bytes.first(std::min<size_t>(3, bytes.size())), text);
  }
  return text;
}

std::string Base64UrlText(std::span<const uint8_t> bytes) {
  std::string text = Base64Text(bytes);
  text.resize(std::min(text.find('='), text.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> Base64Bytes(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / kGroup * 3);
  const size_t characters = std::min(text.find('='), text.size());
  uint32_t bits = 0;
  for (size_t i = 0; i < characters; ++i) {
    const int value = ValueOf(text[i]);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    const size_t in_group = i % kGroup;
    if (in_group > 0) bytes.push_back(static_cast<char>(bits >> (6 - 2 * in_group) & 0xffU));
  }
  // Whatever else could be wrong (padding, leftover bits), only one text has these bytes.
  const std::span made(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (Base64Text(made) != text) return std::nullopt;
  return bytes;
}

}  // namespace audiodl
