// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How much of what was not sent yet the kernel is to hold for a client. A line that empties it in
// no time is given more, because each refill costs a turn of a worker (with 256 KiB for all, 15 %
// of the time that a cached download costs at 2 GB/s); of slow lines there may be thousands.
//
//   UnsentLimit limit;
//   LimitUnsent(fd, limit.bytes());
//   LimitUnsent(fd, limit.After(waited));   // each time the socket took more after so long
//
// Pure; one thread at a time.

#ifndef AUDIODL_COMMON_CLIENT_UNSENT_LIMIT_H_
#define AUDIODL_COMMON_CLIENT_UNSENT_LIMIT_H_

#include <chrono>
#include <cstdint>

namespace audiodl {

class UnsentLimit {
 public:
  // Sockets poll as writable when half of it has gone: above 4 MB/s a line counts as fast, and
  // below 2 MB/s no longer.
  static constexpr uint32_t kUsual = 256 * 1024;
  static constexpr uint32_t kFast = 1024 * 1024;
  static constexpr std::chrono::milliseconds kSoon{30};
  static constexpr std::chrono::milliseconds kLate{250};

  uint32_t bytes() const { return bytes_; }

  uint32_t After(std::chrono::steady_clock::duration waited) {
    if (waited < kSoon) bytes_ = kFast;
    if (waited > kLate) bytes_ = kUsual;
    return bytes_;
  }

 private:
  uint32_t bytes_ = kUsual;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_UNSENT_LIMIT_H_
