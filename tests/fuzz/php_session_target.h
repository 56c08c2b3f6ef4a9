// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The session reader on any bytes. The first byte chooses the format and the key ('0' to '5' in the
// corpus), the rest is the session. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_PHP_SESSION_TARGET_H_
#define AUDIODL_TESTS_FUZZ_PHP_SESSION_TARGET_H_

#include <string>
#include <string_view>

#include "common/session/customer_name.h"
#include "common/session/php_session.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline void FuzzPhpSession(std::string_view input) {
  if (input.empty()) return;
  const unsigned choice = static_cast<unsigned char>(input.front());
  const std::string session(input.substr(1));
  const auto format = static_cast<SessionFormat>(choice % 3);
  const PhpSessionReader reader(format, choice / 3 % 2 == 0 ? "customer_id" : "user/0/id");

  const Result<std::string> customer = reader.Read(session);
  if (!customer.ok()) {
    const Code code = customer.status().code();
    Promise(code == Code::kInvalid || code == Code::kNotFound, "a code that Read() promises");
    Promise(!customer.status().text().empty(), "a refusal says why");
    if (code == Code::kInvalid) return;
  } else {
    Promise(IsCustomerName(*customer), "a customer is short UTF-8 without control characters");
    Promise(session.find(*customer) != std::string::npos, "a customer stands in the session");
  }
  Promise(reader.Read(session + "x").status().code() == Code::kInvalid,
          "a well-formed session with anything behind it is malformed");
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_PHP_SESSION_TARGET_H_
