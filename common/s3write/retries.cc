// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/retries.h"

#include <algorithm>
#include <random>
#include <thread>

namespace audiodl {
namespace {

double RandomShare() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

bool MayPass(const Status& status) {
  return status.code() == Code::kThrottled || status.code() == Code::kUnreachable;
}

std::chrono::milliseconds PauseAfter(const RetryTiming& timing, int failures, double random) {
  std::chrono::milliseconds pause = timing.first_pause;
  for (int i = 1; i < failures && pause < timing.longest_pause; ++i) pause *= 2;
  pause = std::min(pause, timing.longest_pause);
  return std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(pause.count()) * (1 - random / 2)));
}

bool Retries::WaitBeforeNext(const Status& status) {
  if (status.ok() || !MayPass(status) || ++failures_ >= timing_.attempts) return false;
  const std::chrono::milliseconds pause = PauseAfter(timing_, failures_, RandomShare());
  if (timing_.sleep) {
    timing_.sleep(pause);
  } else {
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace audiodl
