// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/utf8.h"

namespace audiodl {
namespace {

// A row of RFC 3629 section 4: only the second byte's range depends on the first byte.
struct Form {
  unsigned char first_low, first_high;
  unsigned char second_low, second_high;
  size_t length;
};

constexpr Form kForms[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

bool Between(char c, unsigned char low, unsigned char high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

bool Fits(std::string_view text, const Form& form) {
  if (text.size() < form.length || !Between(text[1], form.second_low, form.second_high)) {
    return false;
  }
  for (size_t i = 2; i < form.length; ++i) {
    if (!Between(text[i], 0x80, 0xbf)) return false;
  }
  return true;
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  if (Between(text[0], 0, 0x7f)) return 1;
  for (const Form& form : kForms) {
    if (Between(text[0], form.first_low, form.first_high))
      return Fits(text, form) ? form.length : 0;
  }
  return 0;
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  const auto continuation = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3f)));
  };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
    return;
  }
  if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (code_point >> 6)));
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (code_point >> 12)));
    continuation(6);
  } else {
    out.push_back(static_cast<char>(0xf0 | (code_point >> 18)));
    continuation(12);
    continuation(6);
  }
  continuation(0);
}

}  // namespace audiodl
