// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/count_line.h"

#include <unistd.h>

#include <ostream>

namespace audiodl {
namespace {

constexpr std::chrono::milliseconds kInterval{200};

}  // namespace

CountLine::CountLine(std::ostream& err) : err_(err), on_terminal_(isatty(STDERR_FILENO) == 1) {}

CountLine::~CountLine() {
  if (width_ > 0) err_ << "\r" << std::string(width_, ' ') << "\r" << std::flush;
}

void CountLine::Update(size_t done, size_t of, const std::string& what) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_terminal_ || now - shown_at_ < kInterval) return;
  shown_at_ = now;
  std::string line =
      std::to_string(done) + (of > 0 ? " of " + std::to_string(of) : "") + " " + what;
  const size_t width = line.size();
  if (width < width_) line.append(width_ - width, ' ');
  width_ = width;
  err_ << "\r" << line << std::flush;
}

}  // namespace audiodl
