// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads one value out of a PHP session as PHP itself wrote it. Nothing is ever instantiated: the
// text is walked by its byte lengths, never searched for ';' '}' or '|', and any fault in it,
// however late, means that there is no session ("when in doubt: fail closed").
//
//   PhpSessionReader reader(PhpHandler::kPhp, "_sf2_attributes/user_id");
//   Result<std::string> customer = reader.Read(row);   // "12345"
//
// Whatever PHP's session_decode() refuses is refused here, except where PHP refuses because of the
// shop's own classes (a missing enum, a __wakeup() that throws). What PHP reads gives the customer
// that PHP has, except for what it reads but never writes, which is refused: numbers out of range
// or not as PHP spells them, "S:" strings, bytes after the array of php_serialize, variables named
// like integers, a back-reference in a session with a duplicate key; and except for a customer that
// is a reference to what follows a custom-serialized ("C:") object (see php_value_table.h).
//
// Sources: PHP's var_unserializer.re and ext/session/session.c (the three serialize handlers).
// Immutable once made, so any number of threads may use one reader at a time.

#ifndef AUDIODL_COMMON_SESSION_PHP_SESSION_H_
#define AUDIODL_COMMON_SESSION_PHP_SESSION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/session/php_handler.h"
#include "common/session/php_value_walker.h"

namespace audiodl {

class PhpSessionReader {
 public:
  // key_path: see customer_key.h. An integer array key is written in decimal.
  PhpSessionReader(PhpHandler handler, std::string_view key_path);

  // The customer as text: a PHP int in decimal, or a PHP string that is 1..255 bytes of valid UTF-8
  // with no control characters. A reference counts as what it refers to.
  // kNotFound: a well-formed session without that key, or with null, false or "" there or on the
  // way there (not logged in). kInvalid: a malformed session, a value of another type there (true,
  // float, array, object), anything but an array on the way there, or a bound exceeded: kMaxBytes,
  // kMaxDepth, kMaxElements. The text names the byte offset and what was expected, never the
  // contents.
  Result<std::string> Read(std::string_view session) const;

  static constexpr size_t kMaxBytes = 1 << 20;
  static constexpr int kMaxDepth = PhpValueWalker::kMaxDepth;
  static constexpr size_t kMaxElements = PhpValueWalker::kMaxElements;

 private:
  PhpHandler handler_;
  std::vector<std::string> path_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_PHP_SESSION_H_
