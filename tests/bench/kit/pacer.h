// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A token bucket: lets bytes through at a rate, in helpings, and makes up for lateness only so far
// that a busy machine does not turn into bursts. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_PACER_H_
#define AUDIODL_TESTS_BENCH_KIT_PACER_H_

#include <algorithm>
#include <cstdint>

#include "tests/bench/kit/clock.h"

namespace audiodl::bench {

class Pacer {
 public:
  // The first helping may go at once. A rate of 0: as fast as it goes.
  Pacer(double bytes_per_second, Clock::time_point now)
      : rate_(bytes_per_second), tokens_(kHelping), updated_(now) {}

  // How many of `wanted` bytes may go now: none, or no fewer than a helping (or all).
  uint64_t Allowed(uint64_t wanted, Clock::time_point now) {
    if (rate_ <= 0) return wanted;
    tokens_ = std::min(tokens_ + rate_ * Seconds(now - updated_), kHelping + rate_ * kLateness);
    updated_ = now;
    const double least = std::min(kHelping, static_cast<double>(wanted));
    return tokens_ < least ? 0 : std::min(wanted, static_cast<uint64_t>(tokens_));
  }

  // When Allowed() will be more than 0. REQUIRES: it has just been 0.
  Clock::time_point Due(uint64_t wanted) const {
    const double missing = std::min(kHelping, static_cast<double>(wanted)) - tokens_;
    const std::chrono::duration<double> wait(missing / rate_);
    return updated_ + std::chrono::ceil<Clock::duration>(wait);
  }

  void Spend(uint64_t bytes) { tokens_ -= static_cast<double>(bytes); }

 private:
  static constexpr double kHelping = 64 * 1024;
  static constexpr double kLateness = 0.02;  // seconds

  double rate_;
  double tokens_;
  Clock::time_point updated_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_PACER_H_
