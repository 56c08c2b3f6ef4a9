// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/turn_queue.h"

namespace audiodl {

bool TurnQueue::Take(BellGate& gate) {
  const std::lock_guard lock(mutex_);
  if (free_ == 0) {
    waiting_.push_back(&gate);
    return false;
  }
  --free_;
  return true;
}

void TurnQueue::Done() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  waiting_.front()->Open();
  waiting_.pop_front();
}

bool TurnQueue::Leave(BellGate& gate) {
  const std::lock_guard lock(mutex_);
  return std::erase(waiting_, &gate) == 0;
}

}  // namespace audiodl
