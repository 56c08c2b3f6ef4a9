// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One line on the terminal that tells how far long work has come, rewritten in place:
//
//   01.mp3  43%  12.9 MB of 29.9 MB  5.1 MB/s  3 s left
//
// Where standard error is no terminal (cron, a pipe), nothing is written. One thread.

#ifndef AUDIODL_AUDIODL_PROGRESS_LINE_H_
#define AUDIODL_AUDIODL_PROGRESS_LINE_H_

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace audiodl {

class ProgressLine {
 public:
  // `total` bytes are to be done; none: nobody knows.
  ProgressLine(std::ostream& err, std::string label, std::optional<uint64_t> total);
  // Wipes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Cheap: writes at most five times a second.
  void Update(uint64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& err_;
  const std::string label_;
  const std::optional<uint64_t> total_;
  const bool on_terminal_;
  const Clock::time_point begun_;
  Clock::time_point shown_at_{};
  size_t width_ = 0;  // of what stands there
};

// The text behind the label, `elapsed` after the beginning.
std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::milliseconds elapsed);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_PROGRESS_LINE_H_
