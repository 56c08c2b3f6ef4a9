// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/entitlement_answer.h"

#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Row = std::vector<std::optional<std::string>>;
constexpr std::nullopt_t kNull = std::nullopt;

TEST_CASE("EntitlementAnswer: verdict, expiry, revoked") {
  const UnixMicros at = 1'764'201'600 * kMicrosPerSecond;
  const struct {
    Row columns;
    bool granted;
    UnixMicros expires;
  } rows[] = {
      {{"1"}, true, kNeverExpires},
      {{"yes"}, true, kNeverExpires},
      {{"0"}, false, kNeverExpires},
      {{""}, false, kNeverExpires},
      {{"0.00"}, false, kNeverExpires},
      {{"-0"}, false, kNeverExpires},
      {{"00"}, false, kNeverExpires},
      {{"f"}, false, kNeverExpires},
      {{"false"}, false, kNeverExpires},
      {{"t"}, true, kNeverExpires},
      {{"0.01"}, true, kNeverExpires},
      {{std::string("0\0\0", 3)}, false, kNeverExpires},
      {{std::string("1\0\0", 3)}, false, kNeverExpires},
      {{kNull}, false, kNeverExpires},
      {{}, false, kNeverExpires},
      {{"1", kNull}, true, kNeverExpires},
      {{"1", ""}, true, kNeverExpires},
      {{"1", "1764201600"}, true, at},
      {{"1", "1764201600.000000"}, true, at},
      {{"1", "0"}, true, 0},
      {{"1", "18446744073709551615"}, true, kNeverExpires},
      {{"1", "9223372036854775807"}, true, kNeverExpires},
      {{"0", "1764201600"}, false, kNeverExpires},
      {{"1", "1764201600", kNull}, true, at},
      {{"1", "1764201600", "0"}, true, at},
      {{"1", "1764201600", ""}, true, at},
      {{"1", "1764201600", "1"}, false, kNeverExpires},
      {{"1", kNull, "2026-01-01"}, false, kNeverExpires},
      {{"1", kNull, "0.0"}, true, kNeverExpires},
      {{"1", kNull, "f"}, true, kNeverExpires},
      {{"1", kNull, std::string("0\0", 2)}, false, kNeverExpires},
  };
  for (const auto& row : rows) {
    CAPTURE(row.columns.size(), row.granted, row.expires);
    const auto answer = EntitlementAnswer::FromColumns(row.columns);
    REQUIRE(answer.ok());
    CHECK(answer->granted == row.granted);
    CHECK(answer->expires == row.expires);
  }
}

TEST_CASE("EntitlementAnswer: an end that nobody can tell is no right") {
  for (const char* expiry : {"2026-01-01 00:00:00", "soon", "-1", " 1", "1 ", "1.", ".5", "1.5x",
                             "1e9", "0x10", "18446744073709551616"}) {
    CAPTURE(expiry);
    const auto answer = EntitlementAnswer::FromColumns(Row{"1", expiry});
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.status().text().find("2026") == std::string::npos);
  }
}

TEST_CASE("EntitlementAnswer: holds up to its end, and not at it") {
  const EntitlementAnswer answer{true, 10};
  CHECK(answer.HoldsAt(9));
  CHECK_FALSE(answer.HoldsAt(10));
  CHECK_FALSE(EntitlementAnswer{false, 10}.HoldsAt(9));
}

}  // namespace
}  // namespace audiodl
