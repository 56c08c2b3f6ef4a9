// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The session id's search on any Cookie header. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_SESSION_COOKIE_TARGET_H_
#define AUDIODL_TESTS_FUZZ_SESSION_COOKIE_TARGET_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/session/session_cookie.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline void FuzzSessionCookie(std::string_view header) {
  const std::optional<std::string> id = FindSessionId(header, "PHPSESSID");
  IsCookieName(header);
  if (!id) return;
  constexpr std::string_view kAlphabet =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,-";
  Promise(id->size() >= 16 && id->size() <= 256, "an id has 16 to 256 characters");
  Promise(id->find_first_not_of(kAlphabet) == std::string::npos, "an id keeps to its alphabet");
  Promise(header.find("PHPSESSID=") != std::string_view::npos, "an id stands behind its name");
  const std::string first = "PHPSESSID=" + *id + ";" + std::string(header);
  Promise(FindSessionId(first, "PHPSESSID") == id, "the first cookie of a name decides");
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_SESSION_COOKIE_TARGET_H_
