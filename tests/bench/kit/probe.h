// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The fast client beside whom others are slow: it opens a connection every few milliseconds, gets
// the first bytes of an object and takes the time of all that.

#ifndef AUDIODL_TESTS_BENCH_KIT_PROBE_H_
#define AUDIODL_TESTS_BENCH_KIT_PROBE_H_

#include <cstdint>

#include "tests/bench/kit/samples.h"
#include "tests/bench/kit/target.h"

namespace audiodl::bench {

struct ProbePlan {
  Clock::duration every{};
  Clock::duration timeout{};
  uint64_t bytes = 0;
};

struct ProbeTimes {
  Samples answered;
  uint64_t failed = 0;
};

// Probes for so long, in the calling thread; the last probe may end later.
ProbeTimes ProbeFor(Clock::duration time, const Target& target, const ProbePlan& plan);

}  // namespace audiodl::bench

#endif  // AUDIODL_TESTS_BENCH_KIT_PROBE_H_
