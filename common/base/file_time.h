// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Times of files as Unix nanoseconds. Any thread.

#ifndef AUDIODL_COMMON_BASE_FILE_TIME_H_
#define AUDIODL_COMMON_BASE_FILE_TIME_H_

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace audiodl {

// Beyond the year 2255 (a clock gone wrong, a date used as a flag) the nanoseconds would overflow:
// all that is later is that year.
inline int64_t NanosecondsOf(const timespec& time) {
  constexpr int64_t kMost = 9000000000;
  return std::clamp(int64_t{time.tv_sec}, -kMost, kMost) * 1000000000 + time.tv_nsec;
}

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_FILE_TIME_H_
