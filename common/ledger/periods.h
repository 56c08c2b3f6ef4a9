// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The periods that royalties are counted in, in UTC. Pure; any thread.
//
//   Periods({2026-10-15, 2026-12-01}, PeriodLength::kMonth)
//     -> 2026-10 [10-15, 11-01), 2026-11 [11-01, 12-01)

#ifndef AUDIODL_COMMON_LEDGER_PERIODS_H_
#define AUDIODL_COMMON_LEDGER_PERIODS_H_

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct TimeSpan {
  std::chrono::sys_seconds from{};  // half-open
  std::chrono::sys_seconds to{};
};

enum class PeriodLength : unsigned char { kDay, kMonth, kYear, kAll };

struct Period {
  std::string name;  // "2026-11-27", "2026-11", "2026" or "all"
  TimeSpan span;
};

// "day", "month", "year" or "all".
Result<PeriodLength> ParsePeriodLength(std::string_view text);

// The beginning of "2026", "2026-11" or "2026-11-27", or the moment "2026-11-27T06:00:00Z".
Result<std::chrono::sys_seconds> ParseBeginning(std::string_view text);
// All of "2026", "2026-11" or "2026-11-27".
Result<TimeSpan> ParsePeriod(std::string_view text);

// In order; the first and the last are cut to the span. kInvalid: it ends before it begins, or is
// of more than 10,000 periods.
Result<std::vector<Period>> PeriodsIn(const TimeSpan& span, PeriodLength length);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_PERIODS_H_
