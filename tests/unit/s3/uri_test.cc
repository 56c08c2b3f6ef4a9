// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/uri.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("UriEncode: the unreserved characters, and no others, stand for themselves") {
  const std::string unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  CHECK(UriEncode(unreserved, Slash::kEncode) == unreserved);
  int encoded = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    char hex[8];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(byte));
    const bool plain = byte != 0 && unreserved.find(one) != std::string::npos;
    CHECK(UriEncode(one, Slash::kEncode) == (plain ? one : hex));
    encoded += plain ? 0 : 1;
  }
  CHECK(encoded == 256 - 66);
}

TEST_CASE("UriEncode: a slash is kept in a path only") {
  CHECK(UriEncode("/a b//c/", Slash::kKeep) == "/a%20b//c/");
  CHECK(UriEncode("/a b//c/", Slash::kEncode) == "%2Fa%20b%2F%2Fc%2F");
  CHECK(UriEncode("", Slash::kKeep).empty());
}

TEST_CASE("UriEncode: what is encoded already is encoded again") {
  CHECK(UriEncode("a%2Fb", Slash::kKeep) == "a%252Fb");
}

}  // namespace
}  // namespace audiodl
