// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/breaker.h"

#include <algorithm>

namespace audiodl {
namespace {

int64_t Milliseconds(Breaker::Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

int64_t Breaker::NextProbe(int64_t now) const {
  return std::max<int64_t>(kClosed + 1, now + int64_t{terms_.probe_interval.count()});
}

bool Breaker::Admit(Time now) {
  int64_t due = next_probe_.load();
  if (due == kClosed) return true;
  const int64_t at = Milliseconds(now);
  if (at < due) return false;
  // Of all who see that a probe is due, one makes it. Where it was closed meanwhile, all may.
  return next_probe_.compare_exchange_strong(due, NextProbe(at)) || due == kClosed;
}

Breaker::Change Breaker::Succeeded() {
  // Read first: in good times nobody writes to memory that all processes share.
  if (failures_.load(std::memory_order_relaxed) != 0) failures_ = 0;
  if (!answered_.load(std::memory_order_relaxed)) answered_ = true;
  if (!is_open()) return Change::kNone;
  return next_probe_.exchange(kClosed) == kClosed ? Change::kNone : Change::kClosed;
}

Breaker::Change Breaker::Failed(Time now) {
  if (failures_.fetch_add(1) + 1 < terms_.failures_to_open) return Change::kNone;
  int64_t closed = kClosed;
  return next_probe_.compare_exchange_strong(closed, NextProbe(Milliseconds(now))) ? Change::kOpened
                                                                                   : Change::kNone;
}

Breaker::State Breaker::state() const {
  if (is_open()) return State::kOpen;
  if (failures_.load(std::memory_order_relaxed) != 0) return State::kFailing;
  return answered_.load(std::memory_order_relaxed) ? State::kAnswers : State::kUnknown;
}

}  // namespace audiodl
