// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Fills a cache with chunks, in their order, a few at a time, through the running fetcher; and
// waits until they are there. One thread.
//
//   Warming warming(cache, chunks, {.deadline = ...});
//   while (warming.Step()) Sleep();
//   warming.missing()

#ifndef AUDIODL_AUDIODL_WARMING_H_
#define AUDIODL_AUDIODL_WARMING_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "audiodl/operator_cache.h"
#include "common/base/status.h"
#include "common/cache/cache_index.h"

namespace audiodl {

struct WarmingLimits {
  // What is wanted beyond so many bytes is left out: it would push out what came before it.
  uint64_t bytes = UINT64_MAX;
  size_t at_once = 4;
  // A chunk that has grown by nothing for so long is given up.
  std::chrono::milliseconds stalled{60000};
};

class Warming {
 public:
  using Clock = std::chrono::steady_clock;

  struct Chunk {
    enum class State : unsigned char { kWaiting, kAsked, kHere, kFailed, kLeftOut };
    CachedObject object;
    State state = State::kWaiting;
    uint64_t size = 0;    // of the object, once it is known
    uint64_t filled = 0;  // bytes that are here
    Clock::time_point moved_at{};
    std::string trouble;  // of kFailed
  };

  // `cache` is borrowed.
  Warming(const OperatorCache& cache, std::vector<CachedObject> chunks, WarmingLimits limits);

  // Looks at those that were asked for, and asks for the next. True: something is still to come.
  bool Step(Clock::time_point now);

  // All, in their order.
  const std::vector<Chunk>& chunks() const { return chunks_; }
  size_t Count(Chunk::State state) const;
  // Bytes of chunks that were wanted and are here.
  uint64_t filled() const;

 private:
  void Look(Chunk& chunk, Clock::time_point now) const;
  void Ask(Chunk& chunk, Clock::time_point now) const;

  const OperatorCache& cache_;
  const WarmingLimits limits_;
  std::vector<Chunk> chunks_;
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_WARMING_H_
