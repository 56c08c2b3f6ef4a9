// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// When and how often a request that failed is sent again: after pauses that double and are partly
// chance, so that many publishers do not come back at the same moment. One thread at a time.
//
//   for (Retries retries(timing);;) {
//     Status status = Try();
//     if (!retries.WaitBeforeNext(status)) return status;
//   }

#ifndef AUDIODL_COMMON_S3WRITE_RETRIES_H_
#define AUDIODL_COMMON_S3WRITE_RETRIES_H_

#include <chrono>
#include <functional>

#include "common/base/status.h"

namespace audiodl {

struct RetryTiming {
  int attempts = 8;
  std::chrono::milliseconds first_pause{200};
  std::chrono::milliseconds longest_pause{10000};
  // What waits; tests give one that does not.
  std::function<void(std::chrono::milliseconds)> sleep = {};
};

// Whether the same request may succeed later: S3 was busy, failed, or was not reached.
bool MayPass(const Status& status);

// The pause after that many failures (1, 2, …): doubling, of which `random`, in [0, 1), takes at
// most a half away.
std::chrono::milliseconds PauseAfter(const RetryTiming& timing, int failures, double random);

class Retries {
 public:
  explicit Retries(const RetryTiming& timing) : timing_(timing) {}

  // False: it succeeded, or trying again is of no use, or has been tried often enough. True: the
  // pause is over.
  bool WaitBeforeNext(const Status& status);

  // Progress was made, so what failed next has all its attempts again.
  void Reset() { failures_ = 0; }

 private:
  const RetryTiming timing_;
  int failures_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3WRITE_RETRIES_H_
