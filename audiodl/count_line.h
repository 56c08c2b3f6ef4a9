// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// As ProgressLine, for things that are counted: "12000 of 100000 markers". One thread.

#ifndef AUDIODL_AUDIODL_COUNT_LINE_H_
#define AUDIODL_AUDIODL_COUNT_LINE_H_

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>

namespace audiodl {

class CountLine {
 public:
  explicit CountLine(std::ostream& err);
  // Wipes the line.
  ~CountLine();
  CountLine(const CountLine&) = delete;
  CountLine& operator=(const CountLine&) = delete;

  // Cheap: writes at most five times a second, and only to a terminal. `of` 0: nobody knows.
  void Update(size_t done, size_t of, const std::string& what);

 private:
  std::ostream& err_;
  const bool on_terminal_;
  std::chrono::steady_clock::time_point shown_at_{};
  size_t width_ = 0;  // of what stands there
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_COUNT_LINE_H_
