// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The code that an error page shows, the log names and `audiodl why` finds: ten characters of
// Crockford's base32 (0-9 and A-Z without I, L, O, U), such as 7Q4MZ0K9XA: 50 random bits, so that
// codes neither collide nor can be guessed. Any thread.

#ifndef AUDIODL_COMMON_ANSWER_SUPPORT_CODE_H_
#define AUDIODL_COMMON_ANSWER_SUPPORT_CODE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

inline constexpr size_t kSupportCodeLength = 10;

std::string NewSupportCode();

// The code as it stands in the log, from how people type and dictate it: small letters, hyphens and
// blanks between, O for 0, I and L for 1. None where that is no code.
std::optional<std::string> ReadSupportCode(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ANSWER_SUPPORT_CODE_H_
