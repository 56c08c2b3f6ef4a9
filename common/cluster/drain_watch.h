// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How far a server that is being drained has come, and how long it will take: from one look a
// second. Pure; one thread.

#ifndef AUDIODL_COMMON_CLUSTER_DRAIN_WATCH_H_
#define AUDIODL_COMMON_CLUSTER_DRAIN_WATCH_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace audiodl {

struct DrainLook {
  uint64_t downloads = 0;
  uint64_t bytes_left = 0;

  bool operator==(const DrainLook&) const = default;
};

class DrainWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Empty counts only where it was so for `quiet`: who is told by DNS or a balancer to go elsewhere
  // may come once more.
  explicit DrainWatch(std::chrono::milliseconds quiet) : quiet_(quiet) {}

  void Take(const DrainLook& look, Time now);

  bool is_empty() const { return empty_; }
  const DrainLook& look() const { return look_; }
  // Over the last seconds; none: not known yet.
  std::optional<uint64_t> bytes_per_second() const;
  // Until the last byte has gone at that rate; none: not known, or nothing moves.
  std::optional<std::chrono::seconds> time_left() const;

  // "3 downloads, 24.1 MB left, 2.0 MB/s, 12 s"
  std::string Text() const;

 private:
  struct Step {
    Time time;
    uint64_t sent;
  };

  const std::chrono::milliseconds quiet_;
  DrainLook look_;
  bool empty_ = false;
  std::optional<Time> empty_since_;
  std::optional<Time> taken_at_;
  std::deque<Step> steps_;  // what was sent from one look to the next
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_DRAIN_WATCH_H_
