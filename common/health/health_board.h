// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the processes of a server know of the origins and of the fetcher, and whether anybody wants
// to know: only while a load balancer asks is anything probed for its sake.
//
//   board.NoteAsked(now);                            // a worker, when /healthz is asked
//   board.Beat(now);                                 // the fetcher, at each turn of its loop
//   Breaker* origin = board.OriginOf(store.id);      // the fetcher: Succeeded(), Failed()
//   board.FindOrigin(store.id)->state()              // any worker
//
// Lies in memory that all processes share, any of which may be killed at any instruction. Safe from
// any thread of any process.

#ifndef AUDIODL_COMMON_HEALTH_HEALTH_BOARD_H_
#define AUDIODL_COMMON_HEALTH_HEALTH_BOARD_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/calls/breaker.h"

namespace audiodl {

class HealthBoard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // More origins than that are not judged.
  static constexpr size_t kOrigins = 16;
  static constexpr size_t kBackends = 16;
  // A balancer asks more often than that; who asks by hand sees the second answer up to date.
  static constexpr std::chrono::seconds kInterest{60};
  // The command looks every second.
  static constexpr std::chrono::seconds kWatch{10};

  void NoteAsked(Time now);
  bool AskedLately(Time now) const;

  // Whether somebody watches how far the downloads have come (audiodl drain).
  void NoteWatched(Time now);
  bool WatchedLately(Time now) const;

  void Beat(Time now);
  // Since when the fetcher has given no sign of life; none where it never did.
  std::optional<std::chrono::milliseconds> FetcherSilence(Time now) const;

  // Whether a database or session store answers, but refuses what it is asked (a table that is
  // missing, a right that was taken away). `backend` is Backend::number().
  bool Refuses(size_t backend) const { return refuses_[backend % kBackends].load(); }
  // Returns what was noted before.
  bool NoteRefuses(size_t backend, bool refuses) {
    return refuses_[backend % kBackends].exchange(refuses);
  }

  // The store's, taken now if it had none; null where all are taken.
  Breaker* OriginOf(uint64_t store);
  // Null where nobody has called OriginOf() for it.
  const Breaker* FindOrigin(uint64_t store) const;

 private:
  struct Origin {
    std::atomic<uint64_t> store{0};  // 0: free
    Breaker outcome;
  };

  std::atomic<int64_t> asked_{0};    // in milliseconds of the steady clock; 0: never
  std::atomic<int64_t> watched_{0};  // as above
  std::atomic<int64_t> beat_{0};     // as above
  std::array<std::atomic<bool>, kBackends> refuses_{};
  std::array<Origin, kOrigins> origins_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HEALTH_HEALTH_BOARD_H_
