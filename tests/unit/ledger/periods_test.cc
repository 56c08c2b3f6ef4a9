// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/periods.h"

#include <string>

#include "common/base/dates.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Show(const Result<std::vector<Period>>& periods) {
  if (!periods.ok()) return periods.status().text();
  std::string text;
  for (const Period& period : *periods) {
    text += period.name + " " + FormatIsoDate(period.span.from).substr(0, 10) + " " +
            FormatIsoDate(period.span.to).substr(0, 10) + "; ";
  }
  return text;
}

std::string Split(const char* from, const char* to, const char* by) {
  return Show(PeriodsIn({ParseBeginning(from).value(), ParseBeginning(to).value()},
                        ParsePeriodLength(by).value()));
}

TEST_CASE("Periods: whole ones, and parts at both ends") {
  CHECK(Split("2026-10-15", "2026-12", "month") ==
        "2026-10 2026-10-15 2026-11-01; 2026-11 2026-11-01 2026-12-01; ");
  CHECK(Split("2026-12-31", "2027-01-02", "month") ==
        "2026-12 2026-12-31 2027-01-01; 2027-01 2027-01-01 2027-01-02; ");
  CHECK(Split("2024-02-28", "2024-03-01", "day") ==
        "2024-02-28 2024-02-28 2024-02-29; 2024-02-29 2024-02-29 2024-03-01; ");
  CHECK(Split("2025", "2027", "year") ==
        "2025 2025-01-01 2026-01-01; 2026 2026-01-01 2027-01-01; ");
  CHECK(Split("2025", "2027", "all") == "all 2025-01-01 2027-01-01; ");
  CHECK(Split("2027", "2027", "all") == "the time ends before it begins");
  CHECK(Split("1970", "2027", "day").find("more than 10,000") != std::string::npos);
}

TEST_CASE("ParsePeriod: a year, a month or a day, and nothing else") {
  const auto show = [](const char* text) {
    const Result<TimeSpan> span = ParsePeriod(text);
    return span.ok() ? FormatIsoDate(span->from) + " " + FormatIsoDate(span->to)
                     : std::string("none");
  };
  CHECK(show("2026") == "2026-01-01T00:00:00Z 2027-01-01T00:00:00Z");
  CHECK(show("2026-12") == "2026-12-01T00:00:00Z 2027-01-01T00:00:00Z");
  CHECK(show("2024-02-29") == "2024-02-29T00:00:00Z 2024-03-01T00:00:00Z");
  for (const char* text : {"", "26", "2026-13", "2026-02-30", "2026-1", "2026-11-27T06:00:00Z"}) {
    INFO(text);
    CHECK(show(text) == "none");
  }
}

}  // namespace
}  // namespace audiodl
