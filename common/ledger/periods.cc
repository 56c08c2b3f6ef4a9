// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/periods.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/dates.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr size_t kMostPeriods = 10'000;
constexpr size_t kYearBytes = 4, kMonthBytes = 7, kDayBytes = 10;

constexpr std::array<std::pair<std::string_view, PeriodLength>, 4> kLengths = {{
    {"day", PeriodLength::kDay},
    {"month", PeriodLength::kMonth},
    {"year", PeriodLength::kYear},
    {"all", PeriodLength::kAll},
}};

// Where the period ends that `moment` is in.
sys_seconds EndOf(sys_seconds moment, PeriodLength length) {
  const sys_days day = std::chrono::floor<std::chrono::days>(moment);
  const year_month_day date(day);
  switch (length) {
    case PeriodLength::kDay:
      return day + std::chrono::days(1);
    case PeriodLength::kMonth:
      return sys_days((date.year() / date.month() + std::chrono::months(1)) / 1);
    case PeriodLength::kYear:
      return sys_days((date.year() + std::chrono::years(1)) / std::chrono::January / 1);
    case PeriodLength::kAll:
      break;
  }
  return sys_seconds::max();
}

std::string NameOf(sys_seconds moment, PeriodLength length) {
  const std::string date = FormatIsoDate(moment);
  switch (length) {
    case PeriodLength::kDay:
      return date.substr(0, kDayBytes);
    case PeriodLength::kMonth:
      return date.substr(0, kMonthBytes);
    case PeriodLength::kYear:
      return date.substr(0, kYearBytes);
    case PeriodLength::kAll:
      break;
  }
  return "all";
}

Status NoDate(std::string_view text) {
  return Status::Invalid(Printable(text, 40) +
                         " is no date like 2026, 2026-11, 2026-11-27 or 2026-11-27T06:00:00Z");
}

}  // namespace

Result<PeriodLength> ParsePeriodLength(std::string_view text) {
  for (const auto& [name, length] : kLengths) {
    if (text == name) return length;
  }
  return Status::Invalid(Printable(text, 40) + " is none of day, month, year and all");
}

Result<sys_seconds> ParseBeginning(std::string_view text) {
  std::string whole(text);
  if (whole.size() == kYearBytes) whole += "-01";
  if (whole.size() == kMonthBytes) whole += "-01";
  if (whole.size() == kDayBytes) whole += "T00:00:00Z";
  Result<sys_seconds> moment = ParseIsoDate(whole);
  if (!moment.ok()) return NoDate(text);
  return moment;
}

Result<TimeSpan> ParsePeriod(std::string_view text) {
  const Result<sys_seconds> from = ParseBeginning(text);
  if (!from.ok() || text.size() > kDayBytes) return NoDate(text);
  const PeriodLength length = text.size() == kYearBytes    ? PeriodLength::kYear
                              : text.size() == kMonthBytes ? PeriodLength::kMonth
                                                           : PeriodLength::kDay;
  return TimeSpan{*from, EndOf(*from, length)};
}

Result<std::vector<Period>> PeriodsIn(const TimeSpan& span, PeriodLength length) {
  if (span.to <= span.from) return Status::Invalid("the time ends before it begins");
  std::vector<Period> periods;
  for (sys_seconds from = span.from; from < span.to;) {
    if (periods.size() == kMostPeriods) {
      return Status::Invalid("that is more than 10,000 periods: take longer ones");
    }
    const sys_seconds to = std::min(span.to, EndOf(from, length));
    periods.push_back({NameOf(from, length), {from, to}});
    from = to;
  }
  return periods;
}

}  // namespace audiodl
