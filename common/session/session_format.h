// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How PHP frames a session's variables: the ini setting session.serialize_handler. Pure; any
// thread.

#ifndef AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_
#define AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_

#include <string_view>

#include "common/base/status.h"

namespace audiodl {

enum class SessionFormat : unsigned char {
  kPhp,           // name|value name|value ...
  kPhpBinary,     // one length byte, name, value, ...
  kPhpSerialize,  // one serialized array
};

// "php", "php_binary" or "php_serialize"; kInvalid names the words that may be written.
Result<SessionFormat> ParseSessionFormat(std::string_view word);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_
