// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Times that were measured, and their percentiles by nearest rank. One thread at a time.

#ifndef AUDIODL_TESTS_BENCH_KIT_SAMPLES_H_
#define AUDIODL_TESTS_BENCH_KIT_SAMPLES_H_

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/bench/kit/clock.h"

namespace audiodl::bench {

class Samples {
 public:
  void Add(Clock::duration time) { times_.push_back(time); }
  size_t count() const { return times_.size(); }

  // In milliseconds; -1 where nothing was measured. `percent` is in (0, 100].
  double Percentile(double percent) const {
    if (times_.empty()) return -1;
    std::vector<Clock::duration> sorted = times_;
    const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(std::max(1.0, rank)) - 1;
    std::nth_element(sorted.begin(), at, sorted.end());
    return Milliseconds(*at);
  }

 private:
  std::vector<Clock::duration> times_;
};

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_SAMPLES_H_
