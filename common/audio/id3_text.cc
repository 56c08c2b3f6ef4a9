// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/id3_text.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace audiodl {
namespace {

constexpr char kLatin1 = 0;
constexpr char kUtf16 = 1;
constexpr char kUtf16Be = 2;
constexpr char kUtf8 = 3;

constexpr uint32_t kReplacement = 0xfffd;

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

std::string FromLatin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, bytes.find('\0'))) {
    AppendUtf8(static_cast<unsigned char>(c), out);
  }
  return out;
}

std::string FromUtf8(std::string_view bytes) {
  bytes = bytes.substr(0, bytes.find('\0'));
  std::string out;
  while (!bytes.empty()) {
    const size_t length = Utf8Length(bytes);
    if (length == 0) {
      AppendUtf8(kReplacement, out);
      bytes.remove_prefix(1);
    } else {
      out.append(bytes.substr(0, length));
      bytes.remove_prefix(length);
    }
  }
  return out;
}

std::string FromUtf16(std::string_view bytes, bool high_first) {
  const auto unit_at = [&](size_t at) -> uint32_t {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return high_first ? first << 8 | second : second << 8 | first;
  };
  std::string out;
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    const uint32_t unit = unit_at(at);
    if (unit == 0) break;
    if (IsHighSurrogate(unit) && at + 3 < bytes.size() && IsLowSurrogate(unit_at(at + 2))) {
      AppendUtf8(0x10000 + ((unit - 0xd800) << 10) + (unit_at(at + 2) - 0xdc00), out);
      at += 2;
    } else {
      AppendUtf8(IsHighSurrogate(unit) || IsLowSurrogate(unit) ? kReplacement : unit, out);
    }
  }
  return out;
}

std::string FromMarkedUtf16(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return FromUtf16(bytes.substr(2), false);
  if (bytes.starts_with("\xfe\xff")) return FromUtf16(bytes.substr(2), true);
  // Without the mark, which must be there, most have the low byte first.
  return FromUtf16(bytes, false);
}

std::string WithoutControls(std::string text) {
  for (char& c : text) {
    if (IsControl(c)) c = ' ';
  }
  return std::string(Trim(text));
}

uint32_t CodePointOf(std::string_view utf8, size_t length) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(utf8[at]); };
  if (length == 1) return byte(0);
  uint32_t code_point = byte(0) & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) code_point = code_point << 6 | (byte(i) & 0x3f);
  return code_point;
}

std::vector<uint32_t> CodePoints(std::string_view utf8) {
  std::vector<uint32_t> points;
  while (!utf8.empty()) {
    const size_t length = Utf8Length(utf8);
    points.push_back(length == 0 ? kReplacement : CodePointOf(utf8, length));
    utf8.remove_prefix(length == 0 ? 1 : length);
  }
  return points;
}

void AppendUtf16(uint32_t unit, std::string& out) {
  out.push_back(static_cast<char>(unit & 0xff));
  out.push_back(static_cast<char>(unit >> 8));
}

}  // namespace

std::string DecodeId3Text(std::string_view body) {
  if (body.empty()) return {};
  const std::string_view text = body.substr(1);
  switch (body.front()) {
    case kLatin1:
      return WithoutControls(FromLatin1(text));
    case kUtf16:
      return WithoutControls(FromMarkedUtf16(text));
    case kUtf16Be:
      return WithoutControls(FromUtf16(text, true));
    case kUtf8:
      return WithoutControls(FromUtf8(text));
    default:
      return {};
  }
}

std::string EncodeId3Text(std::string_view utf8) {
  std::string latin1(1, kLatin1);
  std::string utf16(1, kUtf16);
  utf16 += "\xff\xfe";
  bool fits = true;
  for (const uint32_t point : CodePoints(utf8)) {
    fits = fits && point <= 0xff;
    latin1.push_back(static_cast<char>(point));
    if (point >= 0x10000) {
      AppendUtf16(0xd800 + ((point - 0x10000) >> 10), utf16);
      AppendUtf16(0xdc00 + ((point - 0x10000) & 0x3ff), utf16);
    } else {
      AppendUtf16(point, utf16);
    }
  }
  return fits ? latin1 : utf16;
}

}  // namespace audiodl
