// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How fast one download may be: a burst as fast as the line is, so that a player starts at once,
// and then so many bytes a second.
//
//   DownloadRate::Parse("500K burst=1M")
//   BurstAllowance allowance;                  // the connection's
//   uint64_t free = allowance.Draw(rate, now); // what may go at full speed
//   allowance.Spend(bytes, now);               // and what of it did
//
// Values; one thread at a time.

#ifndef AUDIODL_COMMON_CLIENT_DOWNLOAD_RATE_H_
#define AUDIODL_COMMON_CLIENT_DOWNLOAD_RATE_H_

#include <chrono>
#include <cstdint>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

struct DownloadRate {
  static constexpr uint64_t kDefaultBurst = uint64_t{1} << 20;

  uint64_t bytes_per_second = 0;  // 0: as fast as it goes
  uint64_t burst = kDefaultBurst;

  bool limits() const { return bytes_per_second > 0; }

  // "500K", "500K burst=2M", or "none" (or 0). kInvalid on anything else.
  static Result<DownloadRate> Parse(std::string_view text);

  bool operator==(const DownloadRate&) const = default;
};

// What a connection has left of its burst. It comes back at the rate itself, so that who asks for
// one small range after the other on one connection gets no more than who asks for the whole.
class BurstAllowance {
 public:
  using Clock = std::chrono::steady_clock;

  // The bytes that may go at full speed from `now` on. REQUIRES: rate.limits().
  uint64_t Draw(const DownloadRate& rate, Clock::time_point now);

  // So many of them went, the last of them now. More than there are leave nothing.
  void Spend(uint64_t bytes, Clock::time_point now);

 private:
  bool used_ = false;  // never drawn from: the burst is whole
  uint64_t left_ = 0;  // at since_
  Clock::time_point since_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_DOWNLOAD_RATE_H_
