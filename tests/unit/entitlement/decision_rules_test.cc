// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/decision_rules.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Standing = DecisionRules::Standing;

constexpr UnixMicros kSecond = kMicrosPerSecond;
constexpr UnixMicros kHour = 3600 * kSecond;
constexpr UnixMicros kNow = 1'800'000'000 * kSecond;

const DecisionRules kRules({std::chrono::seconds(60), std::chrono::seconds(10)},
                           std::chrono::hours(24));

TEST_CASE("DecisionRules: a decision counts as long as it is fresh") {
  const DecisionRecord yes = kRules.Entitled("42", kNeverExpires, kNow);
  const DecisionRecord no = kRules.Refused("42", kNow);
  const struct {
    const DecisionRecord& record;
    UnixMicros after;
    Standing expected;
  } rows[] = {
      {yes, 0, Standing::kAllowed},
      {yes, 60 * kSecond - 1, Standing::kAllowed},
      {yes, 60 * kSecond, Standing::kUndecided},
      {no, 0, Standing::kRefused},
      {no, 10 * kSecond - 1, Standing::kRefused},
      {no, 10 * kSecond, Standing::kUndecided},
  };
  for (const auto& row : rows) {
    CAPTURE(row.record.entitled, row.after);
    CHECK(kRules.StandingOf(row.record, kNow + row.after) == row.expected);
  }
  CHECK(kRules.StandingOf(std::nullopt, kNow) == Standing::kUndecided);
}

TEST_CASE("DecisionRules: the end of the entitlement is kept to the microsecond") {
  const UnixMicros end = kNow + 5 * kSecond;
  const DecisionRecord yes = kRules.Entitled("42", end, kNow);
  CHECK(kRules.StandingOf(yes, end - 1) == Standing::kAllowed);
  CHECK(kRules.StandingOf(yes, end) == Standing::kUndecided);
  CHECK(kRules.GrantHolds(yes, end - 1));
  CHECK_FALSE(kRules.GrantHolds(yes, end));
  CHECK(kRules.KeepUntil(yes) == end);
}

TEST_CASE("DecisionRules: a clock that was set back makes nothing fresher") {
  const DecisionRecord yes = kRules.Entitled("42", kNeverExpires, kNow);
  CHECK(kRules.StandingOf(yes, kNow - 1) == Standing::kUndecided);
  CHECK_FALSE(kRules.GrantHolds(yes, kNow - 1));
  CHECK(kRules.StandingOf(kRules.Refused("42", kNow), kNow - 1) == Standing::kUndecided);
}

TEST_CASE("DecisionRules: a grant runs from the last proof, and going on does not renew it") {
  DecisionRecord record = kRules.Entitled("42", kNeverExpires, kNow);
  for (int hour = 1; hour < 24; ++hour) {
    const UnixMicros now = kNow + hour * kHour;
    CAPTURE(hour);
    REQUIRE(kRules.GrantHolds(record, now));
    record = kRules.Continued(record, kNeverExpires, now);
    CHECK(record.customer == "42");
    CHECK(kRules.StandingOf(record, now) == Standing::kAllowed);
  }
  CHECK(kRules.GrantHolds(record, kNow + 24 * kHour - 1));
  CHECK_FALSE(kRules.GrantHolds(record, kNow + 24 * kHour));
  const DecisionRecord last = kRules.Continued(record, kNeverExpires, kNow + 24 * kHour - kSecond);
  CHECK(kRules.StandingOf(last, kNow + 24 * kHour) == Standing::kUndecided);
  CHECK(kRules.KeepUntil(last) == kNow + 24 * kHour);
}

TEST_CASE("DecisionRules: a refusal ends a grant") {
  const DecisionRecord no = kRules.Refused("42", kNow);
  CHECK_FALSE(kRules.GrantHolds(no, kNow));
  CHECK_FALSE(kRules.GrantHolds(std::nullopt, kNow));
  CHECK(kRules.KeepUntil(no) == kNow + 10 * kSecond);
}

TEST_CASE("DecisionRules: a database that is away is asked again after the shorter time") {
  const DecisionRecord yes = kRules.Entitled("42", kNeverExpires, kNow);
  const UnixMicros later = kNow + kHour;
  const DecisionRecord postponed = kRules.Postponed(yes, later);
  CHECK(kRules.StandingOf(postponed, later + 10 * kSecond - 1) == Standing::kAllowed);
  CHECK(kRules.StandingOf(postponed, later + 10 * kSecond) == Standing::kUndecided);
  CHECK(postponed.proved_at == kNow);
}

TEST_CASE("DecisionRules: without grants a session that is gone opens nothing") {
  const DecisionRules rules({}, std::chrono::milliseconds(0));
  const DecisionRecord yes = rules.Entitled("42", kNeverExpires, kNow);
  CHECK(rules.StandingOf(yes, kNow) == Standing::kAllowed);
  CHECK_FALSE(rules.GrantHolds(yes, kNow));
  CHECK(rules.KeepUntil(yes) == kNow + 60 * kSecond);
}

}  // namespace
}  // namespace audiodl
