// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// From a session's column to the customer: takes the wrappers off and asks the reader for what is
// in them. This is what the module and `audiodl decode-session` use.
//
//   const SessionReader reader(*SessionFormat::Parse("base64 php"), "customer_base/customer_id");
//   Result<std::string> customer = reader.Read(column);   // "12345"
//
// Immutable once made, so any number of threads may use one reader at a time.

#ifndef AUDIODL_COMMON_SESSION_SESSION_READER_H_
#define AUDIODL_COMMON_SESSION_SESSION_READER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/status.h"
#include "common/session/json_session.h"
#include "common/session/php_session.h"
#include "common/session/session_format.h"

namespace audiodl {

class SessionReader {
 public:
  // key_path: see customer_key.h; of no meaning where the format has no keys.
  SessionReader(const SessionFormat& format, std::string_view key_path);

  // The customer as text, 1 to 255 bytes: IsCustomerName(), or an integer. kNotFound: a session
  // that names nobody. kInvalid: any fault in the session or in a wrapper, or a bound exceeded. The
  // text says where, and never repeats the contents.
  Result<std::string> Read(std::string_view column) const;

  // Of what is in the wrappers; around it a column may be three times as long.
  static constexpr size_t kMaxBytes = PhpSessionReader::kMaxBytes;
  static constexpr size_t kMaxColumnBytes = 3 * kMaxBytes;

 private:
  struct PlainReader {
    Result<std::string> Read(std::string_view value) const;
  };
  using ContentReader = std::variant<PhpSessionReader, JsonSessionReader, PlainReader>;

  static ContentReader ReaderFor(SessionContent content, std::string_view key_path);

  std::vector<SessionWrapper> wrappers_;
  ContentReader reader_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_READER_H_
