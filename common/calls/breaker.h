// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A circuit breaker that all processes of a server share: when a backend has failed several times
// in a row, nobody waits for it any more, and one call a second tries whether it is back.
//
//   closed ──failures_to_open failures in a row──► open: Admit() says no ...
//      ▲                                             │ ... but once in probe_interval
//      └──────────────any success────────────────────┘
//
//   if (!breaker.Admit(MonotonicNow())) return "try again later";
//   ... call ...
//   Change change = answered ? breaker.Succeeded() : breaker.Failed(MonotonicNow());
//
// Lies in memory shared by all processes, which may be killed at any instruction: a probe that dies
// is followed by another a second later. Every method is safe from any thread of any process. Times
// are CLOCK_MONOTONIC's, which all processes of a machine share.

#ifndef AUDIODL_COMMON_CALLS_BREAKER_H_
#define AUDIODL_COMMON_CALLS_BREAKER_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace audiodl {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr uint32_t kFailuresToOpen = 3;
  static constexpr std::chrono::milliseconds kProbeInterval{1000};

  struct Terms {
    uint32_t failures_to_open = kFailuresToOpen;
    std::chrono::milliseconds probe_interval = kProbeInterval;
  };

  Breaker() : Breaker(Terms()) {}
  // REQUIRES: at least one failure and one millisecond.
  explicit Breaker(const Terms& terms) : terms_(terms) {}

  // What a call's outcome did to the breaker. Exactly one caller of all processes is told of each
  // opening and of each closing, so that each is logged once.
  enum class Change : unsigned char { kNone, kOpened, kClosed };

  // Whether a call may be made now.
  bool Admit(Time now);

  // The backend answered, whatever the answer was.
  Change Succeeded();
  // It did not, or it could not be reached.
  Change Failed(Time now);

  bool is_open() const { return next_probe_.load(std::memory_order_relaxed) != kClosed; }

  // What is known of the backend without asking it.
  enum class State : unsigned char {
    kUnknown,  // it was never called
    kAnswers,  // the last call was answered
    kFailing,  // the last was not, but not so many in a row that it is open
    kOpen,
  };
  State state() const;

 private:
  static constexpr int64_t kClosed = 0;

  // When the next probe is due, in milliseconds. Never kClosed.
  int64_t NextProbe(int64_t now) const;

  const Terms terms_;
  std::atomic<uint32_t> failures_{0};         // since the last success
  std::atomic<int64_t> next_probe_{kClosed};  // in milliseconds; never kClosed while open
  std::atomic<bool> answered_{false};         // ever
  static_assert(std::atomic<int64_t>::is_always_lock_free);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CALLS_BREAKER_H_
