// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads one value out of a session that the shop keeps as a JSON object, as
// json_encode($_SESSION) writes it. The whole document is read before anything in it counts, so a
// fault however late means that there is no session.
//
//   JsonSessionReader reader("user/id");
//   Result<std::string> customer = reader.Read(R"({"user":{"id":5}})");   // "5"
//
// A name that occurs twice in one object, which PHP would read as the last one, is refused.
// Immutable once made, so any number of threads may use one reader at a time.

#ifndef AUDIODL_COMMON_SESSION_JSON_SESSION_H_
#define AUDIODL_COMMON_SESSION_JSON_SESSION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

class JsonSessionReader {
 public:
  // key_path: see customer_key.h. It leads through objects, and through lists by decimal index:
  // both are what json_encode() makes of a PHP array.
  explicit JsonSessionReader(std::string_view key_path);

  // The customer as text: an integer of 64 bits, or a string that IsCustomerName(). kNotFound: a
  // well-formed session without that key, or with null, false or "" there or on the way there.
  // kInvalid: neither object nor list, a value of another type there (true, a fraction, a list, an
  // object) or on the way there, or a bound exceeded: kMaxBytes, kMaxValues, Json::kMaxDepth. The
  // text never repeats the contents.
  Result<std::string> Read(std::string_view session) const;

  static constexpr size_t kMaxBytes = 1 << 20;
  static constexpr size_t kMaxValues = 100000;

 private:
  std::vector<std::string> path_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_JSON_SESSION_H_
