// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the workers and the fetcher of one server share in memory. The parent process maps it once
// and keeps it across graceful restarts, so that workers and a fetcher of two generations still
// meet. It holds atomics and robust mutexes only: a process may be killed at any instruction.

#ifndef AUDIODL_COMMON_FETCH_SHARED_STATE_H_
#define AUDIODL_COMMON_FETCH_SHARED_STATE_H_

#include <atomic>
#include <cstdint>

#include "common/base/status.h"
#include "common/client/stream_slots.h"
#include "common/fetch/counters.h"
#include "common/fetch/doorbell.h"
#include "common/fetch/spill_board.h"
#include "common/health/health_board.h"

namespace audiodl {

struct SharedState {
  // Goes up when a fetcher begins to take wants. A worker that waits sends its want again when it
  // changes: what the last fetcher had taken died with it.
  std::atomic<uint32_t> fetcher_epoch{0};
  Doorbells bells;
  Counters counters;
  SpillBoard spills;
  HealthBoard health;
  StreamSlots streams;

  // Changes with the layout, so that a module of another version does not take over the memory.
  static constexpr uint32_t kLayoutVersion = 9;

  // Maps a new one, shared with every process that is forked from now on.
  static Result<SharedState*> Map();
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_SHARED_STATE_H_
