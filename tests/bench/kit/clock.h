// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The one clock that all drivers measure with.

#ifndef AUDIODL_TESTS_BENCH_KIT_CLOCK_H_
#define AUDIODL_TESTS_BENCH_KIT_CLOCK_H_

#include <chrono>

namespace audiodl::bench {

using Clock = std::chrono::steady_clock;

inline double Milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

inline double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_CLOCK_H_
