// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/backup/retention.h"

#include <algorithm>
#include <functional>

namespace audiodl {

std::vector<std::chrono::sys_seconds> ToRemove(std::vector<std::chrono::sys_seconds> times,
                                               std::chrono::sys_seconds now,
                                               const Retention& retention) {
  std::sort(times.begin(), times.end(), std::greater());
  std::vector<std::chrono::sys_seconds> old;
  for (size_t i = 1; i < times.size(); ++i) {
    const std::chrono::seconds age = now - times[i];
    if (age <= retention.all) continue;
    // Newest first, so the last one of a day is the one whose neighbour is of another day.
    const bool last_of_day = std::chrono::floor<std::chrono::days>(times[i]) !=
                             std::chrono::floor<std::chrono::days>(times[i - 1]);
    if (age <= retention.daily && last_of_day) continue;
    old.push_back(times[i]);
  }
  return old;
}

}  // namespace audiodl
