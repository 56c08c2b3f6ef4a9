// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/stream_limit.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("StreamLimit: what operators write") {
  const std::pair<const char*, StreamLimit> rows[] = {
      {"4", {4, 16}},   {"4 address=8", {4, 8}},    {"4 address=none", {4, 0}},
      {"none", {0, 0}}, {"none address=3", {0, 3}}, {"10000", {10000, 10000}},
  };
  for (const auto& [text, limit] : rows) {
    CAPTURE(text);
    const Result<StreamLimit> parsed = StreamLimit::Parse(text);
    REQUIRE(parsed.ok());
    CHECK(*parsed == limit);
  }
}

TEST_CASE("StreamLimit: all else is refused") {
  for (const char* text : {"", "0", "-1", "10001", "4x", "four", "4 8", "4 address",
                           "4 address=", "4 address=0", "4 customer=8", "4 address=8 address=9"}) {
    CAPTURE(text);
    CHECK(!StreamLimit::Parse(text).ok());
  }
}

constexpr SipKey kSecret = {1, 2};

TEST_CASE("Stream keys: who is counted together") {
  CHECK(StreamKeyOfCustomer(kSecret, "shop", "42") == StreamKeyOfCustomer(kSecret, "shop", "42"));
  CHECK(StreamKeyOfCustomer(kSecret, "shop", "42") != StreamKeyOfCustomer(kSecret, "shop", "43"));
  CHECK(StreamKeyOfCustomer(kSecret, "shop", "42") != StreamKeyOfCustomer(kSecret, "other", "42"));
  CHECK(StreamKeyOfCustomer(kSecret, "shop", "42") != StreamKeyOfCustomer({1, 3}, "shop", "42"));
  // A customer who calls himself as an address looks does not take that address's place.
  CHECK(StreamKeyOfCustomer(kSecret, "shop", "192.0.2.7") !=
        StreamKeyOfAddress(kSecret, "shop", "192.0.2.7"));
  CHECK(StreamKeyOfAddress(kSecret, "shop", "2001:db8:1:2::5") ==
        StreamKeyOfAddress(kSecret, "shop", "2001:db8:1:2:ffff::6"));
  CHECK(StreamKeyOfAddress(kSecret, "shop", "2001:db8:1:2::5") !=
        StreamKeyOfAddress(kSecret, "shop", "2001:db8:1:3::5"));
}

TEST_CASE("NetworkOf: an address alone, or its network") {
  const std::pair<const char*, const char*> rows[] = {
      {"203.0.113.7", "203.0.113.7"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8::1", "2001:db8::/64"},
      {"::1", "::/64"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"fe80::1:2%eth0", "fe80::/64"},
      {"", ""},
      {"nonsense", "nonsense"},
  };
  for (const auto& [address, network] : rows) {
    CAPTURE(address);
    CHECK(NetworkOf(address) == network);
  }
}

}  // namespace
}  // namespace audiodl
