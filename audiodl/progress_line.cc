// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/progress_line.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr std::chrono::milliseconds kInterval{200};
constexpr std::chrono::seconds kBeforeSpeed{1};  // the first moments say nothing of the speed
constexpr size_t kMaxLabel = 30;

}  // namespace

std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::milliseconds elapsed) {
  std::string text;
  if (total) {
    const uint64_t percent = *total == 0 ? 100 : std::min(done, *total) * 100 / *total;
    text = std::to_string(percent) + "%  " + FormatSize(done) + " of " + FormatSize(*total);
  } else {
    text = FormatSize(done);
  }
  if (elapsed < kBeforeSpeed || done == 0) return text;
  const double per_second = static_cast<double>(done) * 1000 / static_cast<double>(elapsed.count());
  text += "  " + FormatSize(static_cast<uint64_t>(per_second)) + "/s";
  if (!total || done >= *total || per_second < 1) return text;
  const auto left = static_cast<uint64_t>(static_cast<double>(*total - done) / per_second) + 1;
  return text + "  " + std::to_string(left) + " s left";
}

ProgressLine::ProgressLine(std::ostream& err, std::string label, std::optional<uint64_t> total)
    : err_(err),
      label_(Printable(label, kMaxLabel)),
      total_(total),
      on_terminal_(isatty(STDERR_FILENO) == 1),
      begun_(Clock::now()) {}

ProgressLine::~ProgressLine() {
  if (width_ > 0) err_ << "\r" << std::string(width_, ' ') << "\r" << std::flush;
}

void ProgressLine::Update(uint64_t done) {
  const Clock::time_point now = Clock::now();
  if (!on_terminal_ || now - shown_at_ < kInterval) return;
  shown_at_ = now;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_);
  std::string line = label_ + "  " + ProgressText(done, total_, elapsed);
  const size_t width = line.size();
  if (width < width_) line.append(width_ - width, ' ');
  width_ = width;
  err_ << "\r" << line << std::flush;
}

}  // namespace audiodl
