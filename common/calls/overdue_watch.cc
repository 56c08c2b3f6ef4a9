// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/overdue_watch.h"

#include <utility>

#include "common/base/signals_blocked.h"

namespace audiodl {

OverdueWatch::OverdueWatch(std::chrono::milliseconds patience, std::function<void()> overdue) {
  const SignalsBlocked blocked;
  watcher_ =
      std::thread([this, patience, overdue = std::move(overdue)] { Watch(patience, overdue); });
}

OverdueWatch::~OverdueWatch() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  watcher_.join();
}

void OverdueWatch::Watch(std::chrono::milliseconds patience, const std::function<void()>& overdue) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, patience, [this] { return done_; })) overdue();
}

}  // namespace audiodl
