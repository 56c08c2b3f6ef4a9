// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// When a client counts as stalled: it has acknowledged nothing for so long, although there was
// something on the line for it. A client that takes two kilobytes a second never is, however little
// that is; one that holds its finger on the pause button is when the time is over.
//
//   StallClock clock;
//   clock.Moved(now);                                   // the socket took more, so the client did
//   if (clock.IsStalled(acknowledged, limit, now)) …    // looked at now and then in between
//
// Pure; one thread at a time.

#ifndef AUDIODL_COMMON_CLIENT_STALL_CLOCK_H_
#define AUDIODL_COMMON_CLIENT_STALL_CLOCK_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace audiodl {

class StallClock {
 public:
  using Clock = std::chrono::steady_clock;

  void Moved(Clock::time_point now) { moved_ = now; }

  // `acknowledged` only ever grows; nothing where it is not known, which stalls nobody.
  bool IsStalled(std::optional<uint64_t> acknowledged, std::chrono::milliseconds limit,
                 Clock::time_point now) {
    if (!acknowledged || *acknowledged != acknowledged_) moved_ = now;
    if (acknowledged) acknowledged_ = *acknowledged;
    return now - moved_ >= limit;
  }

  // How often to look, so that a stall is found in time and a server's own time-out, after which it
  // would cut off whom nothing was sent to, is never reached.
  static std::chrono::milliseconds TickFor(std::chrono::milliseconds limit,
                                           std::chrono::milliseconds server_timeout) {
    const auto often = std::min({limit / 8, server_timeout / 3, std::chrono::milliseconds(10'000)});
    return std::max(often, std::chrono::milliseconds(100));
  }

 private:
  Clock::time_point moved_;
  uint64_t acknowledged_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_STALL_CLOCK_H_
