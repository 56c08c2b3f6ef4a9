// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/customer_name.h"

#include <cstddef>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = 255;

// REQUIRES: `character` is one character of UTF-8.
bool IsUnicodeControl(std::string_view character) {
  if (character.size() == 1) return IsControl(character.front());
  return character >= "\xC2\x80" && character <= "\xC2\x9F";
}

}  // namespace

bool IsCustomerName(std::string_view text) {
  if (text.empty() || text.size() > kMaxBytes) return false;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0 || IsUnicodeControl(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace audiodl
