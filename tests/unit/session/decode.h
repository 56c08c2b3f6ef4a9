// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the session tests share: a reader's answer as one word, so that tables stay readable.

#ifndef AUDIODL_TESTS_UNIT_SESSION_DECODE_H_
#define AUDIODL_TESTS_UNIT_SESSION_DECODE_H_

#include <string>
#include <string_view>

#include "common/session/php_session.h"

namespace audiodl {

// "=5" for the customer 5, else the code's name: "not_found", "invalid".
inline std::string Decode(PhpHandler handler, std::string_view path, std::string_view session) {
  const Result<std::string> customer = PhpSessionReader(handler, path).Read(session);
  if (customer.ok()) return "=" + customer.value();
  return std::string(CodeName(customer.status().code()));
}

// Under the default handler and the usual key.
inline std::string Decode(std::string_view session) {
  return Decode(PhpHandler::kPhp, "customer_id", session);
}

// "s:4:\"text\";", as PHP writes a string.
inline std::string PhpString(std::string_view text) {
  return "s:" + std::to_string(text.size()) + ":\"" + std::string(text) + "\";";
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_SESSION_DECODE_H_
