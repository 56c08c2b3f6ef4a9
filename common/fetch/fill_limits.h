// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How much a fetcher does at once, and how patient it is. Plain values; any thread.

#ifndef AUDIODL_COMMON_FETCH_FILL_LIMITS_H_
#define AUDIODL_COMMON_FETCH_FILL_LIMITS_H_

#include <chrono>
#include <cstdint>

namespace audiodl {

struct FillLimits {
  unsigned parts_per_object = 12;
  unsigned reads_in_all = 48;
  uint64_t first_part_bytes = 4 << 20;
  uint64_t min_part_bytes = 1 << 20;  // smaller ones cost more in round trips than they win
  unsigned max_failures = 4;          // of one read in a row, without a byte of progress
  std::chrono::milliseconds first_retry{100};
  std::chrono::milliseconds lock_retry{50};
  // A read that brings nothing for so long is read a second time in parallel; it doubles with each.
  std::chrono::milliseconds hedge_after{1500};
  // How many reads more than parts_per_object may start for a block that somebody waits for.
  unsigned urgent_extra = 2;
  // A waited-for block this far ahead of a read's position is taken out of that read.
  uint64_t split_distance = 1 << 20;
  // Where the origin keeps versions: for so long downloads of the one before hold up those who ask
  // for a newer one, so that they end with the bytes they began with.
  std::chrono::milliseconds older_first{5000};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_LIMITS_H_
