// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/human_text.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

#include "common/base/dates.h"

namespace audiodl {

std::string HumanSize(uint64_t bytes) {
  static constexpr std::array kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return std::to_string(bytes) + " bytes";
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // 999.95 would be printed as 1000.0.
  while (value >= 999.95 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  char text[40];
  (void)std::snprintf(text, sizeof text, "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string HumanDuration(uint64_t milliseconds) {
  const uint64_t seconds = (milliseconds + 500) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  const uint64_t minutes = (seconds + 30) / 60;
  if (minutes < 60) return std::to_string(minutes) + " min";
  const std::string hours = std::to_string(minutes / 60) + " h";
  return minutes % 60 == 0 ? hours : hours + " " + std::to_string(minutes % 60) + " min";
}

std::string HumanDate(int64_t seconds) {
  // "Tue, 03 Nov 2026 06:00:00 GMT"
  const std::string date =
      FormatHttpDate(std::chrono::sys_seconds(std::chrono::seconds(seconds))).substr(5, 11);
  return date.front() == '0' ? date.substr(1) : date;
}

std::string IsoDay(int64_t seconds) {
  return FormatIsoDate(std::chrono::sys_seconds(std::chrono::seconds(seconds))).substr(0, 10);
}

}  // namespace audiodl
