// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Does something again and again while a call takes too long, on a thread of its own: for calls
// that are not ours and cannot be moved to another thread.
//
//   const OverdueWatch watch(2s, [] { BreakWhateverItWaitsFor(); });
//   CallThatMayHang();

#ifndef AUDIODL_COMMON_CALLS_OVERDUE_WATCH_H_
#define AUDIODL_COMMON_CALLS_OVERDUE_WATCH_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace audiodl {

class OverdueWatch {
 public:
  // Calls `overdue` every `patience` as long as this lives.
  OverdueWatch(std::chrono::milliseconds patience, std::function<void()> overdue);
  ~OverdueWatch();
  OverdueWatch(const OverdueWatch&) = delete;
  OverdueWatch& operator=(const OverdueWatch&) = delete;

 private:
  void Watch(std::chrono::milliseconds patience, const std::function<void()>& overdue);

  std::mutex mutex_;  // guards done_
  std::condition_variable changed_;
  bool done_ = false;
  std::thread watcher_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CALLS_OVERDUE_WATCH_H_
