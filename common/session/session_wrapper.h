// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a shop may have wrapped around a session before it went into a column of text. Undone
// strictly: whatever base64_encode() and urlencode() of PHP would not have written is a fault, so
// that each session has one spelling and a damaged one is none. Pure; any thread.
//
//   Unwrap(SessionWrapper::kBase64, "Y3VzdG9tZXJfaWR8aTo1Ow==")   // "customer_id|i:5;"
//   Unwrap(SessionWrapper::kUrl, "customer_id%7Ci%3A5%3B")        // the same

#ifndef AUDIODL_COMMON_SESSION_SESSION_WRAPPER_H_
#define AUDIODL_COMMON_SESSION_SESSION_WRAPPER_H_

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

enum class SessionWrapper : unsigned char {
  // RFC 4648, section 4, on one line. The padding may be absent, but not wrong, and unused bits are
  // zero.
  kBase64,
  // urlencode() or rawurlencode(): letters, digits and -_.~ stand for themselves, '+' is a space,
  // all else is '%' and two upper-case hexadecimal digits.
  kUrl,
};

// kInvalid names the byte and what was expected there, never the contents.
Result<std::string> Unwrap(SessionWrapper wrapper, std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_WRAPPER_H_
