// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A log sink that remembers, and lets a test wait for a line. Any thread.

#ifndef AUDIODL_TESTS_UNIT_S3_LOG_RECORDER_H_
#define AUDIODL_TESTS_UNIT_S3_LOG_RECORDER_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/log.h"

namespace audiodl {

class LogRecorder {
 public:
  // Borrows this.
  LogSink sink() {
    return [this](LogLevel level, std::string_view text) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(level, text);
      added_.notify_all();
    };
  }

  // Until that many lines of the level have words in them. False: not within a minute.
  bool WaitFor(LogLevel level, std::string_view words, long count = 1) {
    std::unique_lock lock(mutex_);
    return added_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::minutes(1), [&] {
      return std::count_if(lines_.begin(), lines_.end(), [&](const auto& line) {
               return line.first == level && line.second.find(words) != std::string::npos;
             }) >= count;
    });
  }

  bool Contains(std::string_view words) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(lines_.begin(), lines_.end(), [&](const auto& line) {
      return line.second.find(words) != std::string::npos;
    });
  }

  void Clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

 private:
  mutable std::mutex mutex_;  // guards lines_
  std::condition_variable added_;
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_S3_LOG_RECORDER_H_
