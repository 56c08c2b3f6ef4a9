// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How PHP frames a session's variables: the ini setting session.serialize_handler.

#ifndef AUDIODL_COMMON_SESSION_PHP_HANDLER_H_
#define AUDIODL_COMMON_SESSION_PHP_HANDLER_H_

namespace audiodl {

enum class PhpHandler : unsigned char {
  kPhp,           // name|value name|value ...
  kPhpBinary,     // one length byte, name, value, ...
  kPhpSerialize,  // one serialized array
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_HANDLER_H_
