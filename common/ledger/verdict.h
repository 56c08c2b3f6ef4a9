// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whether a client got the response that httpd has finished with. Pure; any thread.

#ifndef AUDIODL_COMMON_LEDGER_VERDICT_H_
#define AUDIODL_COMMON_LEDGER_VERDICT_H_

#include <chrono>
#include <cstdint>

#include "common/ledger/line.h"
#include "common/ledger/sent_map.h"

namespace audiodl {

enum class Verdict : unsigned char {
  kWait,   // it shows later
  kWhole,  // it got all of it
  kCut,    // it did not, or that is not known: SentMap::Given()
};

// A response as it stood when its request ended.
struct ResponseEnd {
  // Where its last byte lies on the line; kNotYet: httpd did not even hand it on.
  uint64_t position = SentMap::kNotYet;
  // How many requests had arrived on the line by then.
  uint64_t requests = 0;
  bool aborted = false;  // as httpd sees it
};

// For how long the line has looked as it does.
struct LineTimes {
  std::chrono::milliseconds since_acked{0};  // that the end is acknowledged
  std::chrono::milliseconds since_moved{0};  // that more was acknowledged
};

// A client that has acknowledged the end and lets this long pass has read it: what it does not want
// it resets sooner. With the second in which it is looked at and noted it bounds what a crash
// costs.
inline constexpr std::chrono::milliseconds kClientPatience{3000};
// A line on which nothing moves for so long is dead.
inline constexpr std::chrono::milliseconds kLinePatience{60'000};

Verdict Judge(const ResponseEnd& end, const LineFacts& line, const LineTimes& times);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_VERDICT_H_
