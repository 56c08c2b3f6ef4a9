// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/breaker.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using Change = Breaker::Change;

// A clock that is moved by hand; 0 is a legal time of CLOCK_MONOTONIC, right after the boot.
struct Clock {
  Breaker::Time now{};
  void Pass(milliseconds time) { now += time; }
};

void Open(Breaker& breaker, const Clock& clock) {
  for (uint32_t i = 1; i < Breaker::kFailuresToOpen; ++i) {
    REQUIRE(breaker.Failed(clock.now) == Change::kNone);
  }
  REQUIRE(breaker.Failed(clock.now) == Change::kOpened);
}

TEST_CASE("Breaker: single failures among successes change nothing") {
  Breaker breaker;
  const Clock clock;
  for (int i = 0; i < 20; ++i) {
    CHECK(breaker.Failed(clock.now) == Change::kNone);
    CHECK(breaker.Failed(clock.now) == Change::kNone);
    CHECK(breaker.Admit(clock.now));
    CHECK(breaker.Succeeded() == Change::kNone);
  }
  CHECK_FALSE(breaker.is_open());
}

TEST_CASE("Breaker: failures in a row open it, and only the opening is a change") {
  Breaker breaker;
  const Clock clock;
  Open(breaker, clock);
  CHECK(breaker.is_open());
  CHECK_FALSE(breaker.Admit(clock.now));
  CHECK(breaker.Failed(clock.now) == Change::kNone);
}

TEST_CASE("Breaker: one probe an interval while it is open") {
  Breaker breaker;
  Clock clock;
  Open(breaker, clock);
  for (int second = 0; second < 5; ++second) {
    clock.Pass(Breaker::kProbeInterval - milliseconds(1));
    CHECK_FALSE(breaker.Admit(clock.now));
    clock.Pass(milliseconds(1));
    CHECK(breaker.Admit(clock.now));
    CHECK_FALSE(breaker.Admit(clock.now));
  }
}

TEST_CASE("Breaker: a success closes it at once, and is told once") {
  Breaker breaker;
  Clock clock;
  Open(breaker, clock);
  CHECK(breaker.Succeeded() == Change::kClosed);
  CHECK(breaker.Succeeded() == Change::kNone);
  CHECK(breaker.Admit(clock.now));
  // The failures before count no more.
  CHECK(breaker.Failed(clock.now) == Change::kNone);
  CHECK_FALSE(breaker.is_open());
}

TEST_CASE("Breaker: a probe that never comes back is followed by another") {
  Breaker breaker;
  Clock clock;
  Open(breaker, clock);
  clock.Pass(Breaker::kProbeInterval);
  CHECK(breaker.Admit(clock.now));
  clock.Pass(Breaker::kProbeInterval);
  CHECK(breaker.Admit(clock.now));
}

TEST_CASE("Breaker: on terms of its own") {
  Breaker breaker({.failures_to_open = 1, .probe_interval = milliseconds(10'000)});
  Clock clock;
  CHECK(breaker.Succeeded() == Change::kNone);
  CHECK(breaker.Failed(clock.now) == Change::kOpened);
  clock.Pass(milliseconds(9'999));
  CHECK_FALSE(breaker.Admit(clock.now));
  clock.Pass(milliseconds(1));
  CHECK(breaker.Admit(clock.now));
  CHECK_FALSE(breaker.Admit(clock.now));
  CHECK(breaker.Failed(clock.now) == Change::kNone);
  clock.Pass(milliseconds(10'000));
  CHECK(breaker.Admit(clock.now));
  CHECK(breaker.Succeeded() == Change::kClosed);
  CHECK(breaker.Admit(clock.now));
}

TEST_CASE("Breaker: of many threads one opens it, one probes and one closes it") {
  Breaker breaker;
  Clock clock;
  std::atomic<int> opened{0}, probes{0}, closed{0};
  const auto in_threads = [](auto work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
  };
  in_threads([&] { opened += breaker.Failed(clock.now) == Change::kOpened; });
  clock.Pass(Breaker::kProbeInterval);
  in_threads([&] { probes += breaker.Admit(clock.now); });
  in_threads([&] { closed += breaker.Succeeded() == Change::kClosed; });
  CHECK(opened == 1);
  CHECK(probes == 1);
  CHECK(closed == 1);
}

}  // namespace
}  // namespace audiodl
