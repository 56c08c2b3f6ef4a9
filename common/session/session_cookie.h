// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Finds the PHP session id in a Cookie header (RFC 6265, section 4.2) before any SQL is spent on
// it. Pure functions; any thread.

#ifndef AUDIODL_COMMON_SESSION_SESSION_COOKIE_H_
#define AUDIODL_COMMON_SESSION_SESSION_COOKIE_H_

#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

// The value of the first cookie of that name, percent-decoded as PHP does (PHP writes ',' as %2C),
// if it can be a session id at all: 16 to 256 characters of [0-9A-Za-z,-]. Else nothing: an array
// (name[]), a path, a quoted string, 64 KB of anything costs no SQL. Where a name occurs twice PHP
// takes the first, so a bad first one is not replaced by a good second one.
std::optional<std::string> FindSessionId(std::string_view cookie_header, std::string_view name);

// Whether `name` may stand in AudioSessionCookie: an RFC 6265 token.
bool IsCookieName(std::string_view name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_COOKIE_H_
