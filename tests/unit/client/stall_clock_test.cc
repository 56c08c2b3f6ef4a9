// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/stall_clock.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kLimit = seconds(20);

TEST_CASE("StallClock: who acknowledges anything is not stalled") {
  StallClock::Clock::time_point now(seconds(1000));
  StallClock clock;
  clock.Moved(now);
  for (uint64_t acknowledged = 1; acknowledged < 100; ++acknowledged) {
    CHECK(!clock.IsStalled(acknowledged, kLimit, now += seconds(19)));
  }
}

TEST_CASE("StallClock: who acknowledges nothing is, when the time is over") {
  StallClock::Clock::time_point now(seconds(1000));
  StallClock clock;
  clock.Moved(now);
  CHECK(!clock.IsStalled(7, kLimit, now));
  CHECK(!clock.IsStalled(7, kLimit, now += seconds(10)));
  CHECK(!clock.IsStalled(7, kLimit, now += milliseconds(9999)));
  CHECK(clock.IsStalled(7, kLimit, now += milliseconds(1)));
}

TEST_CASE("StallClock: a socket that took more begins the time anew") {
  StallClock::Clock::time_point now(seconds(1000));
  StallClock clock;
  CHECK(!clock.IsStalled(7, kLimit, now));
  clock.Moved(now += seconds(19));
  CHECK(!clock.IsStalled(7, kLimit, now += seconds(19)));
  CHECK(clock.IsStalled(7, kLimit, now += seconds(1)));
}

TEST_CASE("StallClock: where the kernel does not tell nobody is stalled") {
  StallClock::Clock::time_point now(seconds(1000));
  StallClock clock;
  clock.Moved(now);
  CHECK(!clock.IsStalled(std::nullopt, kLimit, now += seconds(100)));
}

TEST_CASE("StallClock: looks often enough for both times, and not too often") {
  CHECK(StallClock::TickFor(seconds(300), seconds(60)) == seconds(10));
  CHECK(StallClock::TickFor(seconds(300), seconds(8)) == milliseconds(2666));
  CHECK(StallClock::TickFor(seconds(8), seconds(60)) == seconds(1));
  CHECK(StallClock::TickFor(milliseconds(1), seconds(0)) == milliseconds(100));
}

}  // namespace
}  // namespace audiodl
