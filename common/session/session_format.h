// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How a session is written in its column, as AudioSessionFormat says it: "php",
// "base64 php_serialize", "url base64 json". Wrappers come off in the order written. A value; Parse
// is pure.

#ifndef AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_
#define AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/session/session_wrapper.h"

namespace audiodl {

enum class SessionContent : unsigned char {
  kPhp,           // PHP's session.serialize_handler: php,
  kPhpBinary,     //   php_binary,
  kPhpSerialize,  //   php_serialize
  kJson,          // one object
  kPlain,         // the column's value is the customer
};

struct SessionFormat {
  std::vector<SessionWrapper> wrappers;
  SessionContent content = SessionContent::kPhp;

  // More would only cost time: nobody wraps a session that often.
  static constexpr size_t kMaxWrappers = 4;

  // kInvalid names the words that may be written.
  static Result<SessionFormat> Parse(std::string_view text);

  // Whether the customer must be looked for inside, under AudioCustomerKey.
  bool HasKeys() const { return content != SessionContent::kPlain; }
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_FORMAT_H_
