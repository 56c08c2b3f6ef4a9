// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_cookie.h"

#include <optional>
#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const std::string kId = "abcdefghij0123456789ABCDEF";

std::string Find(std::string_view header) {
  return FindSessionId(header, "PHPSESSID").value_or("none");
}

TEST_CASE("SessionCookie: is found among others") {
  const std::string cookie = "PHPSESSID=" + kId;
  CHECK(Find(cookie) == kId);
  CHECK(Find("a=1; " + cookie) == kId);
  CHECK(Find("a=1;" + cookie + ";b=2") == kId);
  CHECK(Find("a=1;  \t" + cookie + "; b=2") == kId);
  CHECK(Find(";;; ;" + cookie + ";") == kId);
  CHECK(Find("XPHPSESSID=1; PHPSESSIDX=2; phpsessid=3; " + cookie) == kId);
  CHECK(Find("a=PHPSESSID=nothing0123456789; " + cookie) == kId);
}

TEST_CASE("SessionCookie: is percent-decoded as PHP does") {
  CHECK(Find("PHPSESSID=abcdefgh%2Cijklmnop") == "abcdefgh,ijklmnop");
  CHECK(Find("PHPSESSID=abcdefgh%2cijklmnop") == "abcdefgh,ijklmnop");
  CHECK(Find("PHPSESSID=%61bcdefghijklmnop") == "abcdefghijklmnop");
  CHECK(Find("PHPSESSID=abcdefghijklmnop%2") == "none");
  CHECK(Find("PHPSESSID=abcdefghijklmnop%") == "none");
  CHECK(Find("PHPSESSID=abcdefghijklmnop%zz") == "none");
  CHECK(Find("PHPSESSID=abcdefghijklmnop%00") == "none");
  CHECK(Find("PHPSESSID=abcdefghijklmnop%252C") == "none");
}

TEST_CASE("SessionCookie: what cannot be a session id costs no SQL") {
  const std::string values[] = {
      "",
      "short",
      "../../../../etc/passwd",
      "\"" + kId + "\"",
      kId + " ",
      " " + kId,
      kId + "'--",
      kId + "%27%20OR%201=1",
      kId + "+",
      kId + "\xC3\xBC",
      std::string(65536, 'a'),
      std::string(65536, '%'),
      std::string(1, '\0') + kId,
  };
  for (const std::string& value : values) {
    CAPTURE(value.substr(0, 60));
    CHECK(Find("PHPSESSID=" + value) == "none");
  }
  CHECK(Find("") == "none");
  CHECK(Find("PHPSESSID") == "none");
  CHECK(Find(kId) == "none");
}

TEST_CASE("SessionCookie: an id has 16 to 256 characters") {
  const auto found = [](size_t length) {
    return Find("PHPSESSID=" + std::string(length, 'a')) != "none";
  };
  CHECK_FALSE(found(15));
  CHECK(found(16));
  CHECK(found(256));
  CHECK_FALSE(found(257));
}

TEST_CASE("SessionCookie: the first of two decides, even a bad one") {
  const std::string other = "zzzzzzzzzzzzzzzzzzzz";
  CHECK(Find("PHPSESSID=" + kId + "; PHPSESSID=" + other) == kId);
  CHECK(Find("PHPSESSID=bad; PHPSESSID=" + kId) == "none");
  CHECK(Find("PHPSESSID; PHPSESSID=" + kId) == "none");
  CHECK(Find("PHPSESSID[]=" + kId + "; PHPSESSID=" + kId) == "none");
  CHECK(Find("PHPSESSID[a]=1; PHPSESSID=" + kId) == "none");
}

TEST_CASE("SessionCookie: a directive's cookie name is an RFC 6265 token") {
  for (const char* name : {"PHPSESSID", "__Host-sid", "a.b~c!", "0"}) CHECK(IsCookieName(name));
  for (const char* name : {"", "a b", "a=b", "a;b", "a[]", "\"a\"", "a,b", "\xC3\xBC", "a\t"}) {
    CAPTURE(name);
    CHECK_FALSE(IsCookieName(name));
  }
}

}  // namespace
}  // namespace audiodl
