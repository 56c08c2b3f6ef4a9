// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure; any
// thread.

#ifndef AUDIODL_COMMON_BASE_UTF8_H_
#define AUDIODL_COMMON_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace audiodl {

// Bytes of the character that `text` begins with, 1 to 4; 0 where that is not UTF-8, or is cut.
size_t Utf8Length(std::string_view text);

// REQUIRES: at most U+10FFFF, and no surrogate.
void AppendUtf8(uint32_t code_point, std::string& out);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_UTF8_H_
