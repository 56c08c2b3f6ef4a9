// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/dates.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// In a shape 'a' stands for any letter, '0' for any digit, '_' for a digit or a blank, all else for
// itself.
constexpr std::string_view kHttpShape = "aaa, 00 aaa 0000 00:00:00 GMT";
constexpr std::string_view kRfc850Shape = "00-aaa-00 00:00:00 GMT";  // behind the day and ", "
constexpr std::string_view kAsctimeShape = "aaa aaa _0 00:00:00 0000";
constexpr std::string_view kIsoShape = "0000-00-00T00:00:00Z";

bool Fits(char c, char shape) {
  if (shape == 'a') return IsLower(c) || IsUpper(c);
  if (shape == '0') return IsDigit(c);
  if (shape == '_') return IsDigit(c) || c == ' ';
  return c == shape;
}

bool HasShape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!Fits(text[i], shape[i])) return false;
  }
  return true;
}

// The word's place counted from 1; 0: not one of them.
template <size_t kCount>
unsigned PlaceOf(std::string_view word, const std::array<std::string_view, kCount>& words) {
  for (unsigned i = 0; i < kCount; ++i) {
    if (words[i] == word) return i + 1;
  }
  return 0;
}

// REQUIRES: digits only, as HasShape() has seen.
unsigned Number(std::string_view digits) {
  return static_cast<unsigned>(ParseDecimal(digits).value_or(0));
}

struct Moment {
  unsigned year, month, day;
  std::string_view clock;  // "17:50:00"
};

std::optional<std::chrono::sys_seconds> At(const Moment& moment) {
  using namespace std::chrono;
  const year_month_day date(year(static_cast<int>(moment.year)), month(moment.month),
                            day(moment.day));
  const hours hour(Number(moment.clock.substr(0, 2)));
  const minutes minute(Number(moment.clock.substr(3, 2)));
  const seconds second(Number(moment.clock.substr(6, 2)));
  const bool in_day = hour <= hours(23) && minute <= minutes(59);
  // 60 is a leap second.
  if (!date.ok() || !in_day || second > seconds(60)) return std::nullopt;
  return sys_seconds(sys_days(date)) + hour + minute + second;
}

Status NoDate(std::string_view text) {
  return Status::Invalid("'" + Printable(text, 60) + "' is not a date");
}

// "12-Oct-09 17:50:00 GMT"
std::optional<std::chrono::sys_seconds> AtRfc850(std::string_view text,
                                                 std::chrono::sys_seconds now) {
  using namespace std::chrono;
  if (!HasShape(text, kRfc850Shape)) return std::nullopt;
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  int year = this_year / 100 * 100 + static_cast<int>(Number(text.substr(7, 2)));
  // RFC 9110 section 5.6.7 looks at the moment; the year is as good, but for its own 50th.
  if (year > this_year + 50) year -= 100;
  return At({.year = static_cast<unsigned>(year),
             .month = PlaceOf(text.substr(3, 3), kMonths),
             .day = Number(text.substr(0, 2)),
             .clock = text.substr(10, 8)});
}

// "Mon Oct 12 17:50:00 2009", and "Fri Oct  2 ..." with two blanks. REQUIRES: its shape.
std::optional<std::chrono::sys_seconds> AtAsctime(std::string_view text) {
  if (PlaceOf(text.substr(0, 3), kDays) == 0) return std::nullopt;
  const std::string_view day = text.substr(text[8] == ' ' ? 9 : 8, text[8] == ' ' ? 1 : 2);
  return At({.year = Number(text.substr(20, 4)),
             .month = PlaceOf(text.substr(4, 3), kMonths),
             .day = Number(day),
             .clock = text.substr(11, 8)});
}

}  // namespace

Result<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  if (!HasShape(text, kHttpShape) || PlaceOf(text.substr(0, 3), kDays) == 0) return NoDate(text);
  const auto time = At({.year = Number(text.substr(12, 4)),
                        .month = PlaceOf(text.substr(8, 3), kMonths),
                        .day = Number(text.substr(5, 2)),
                        .clock = text.substr(17, 8)});
  if (!time) return NoDate(text);
  return *time;
}

Result<std::chrono::sys_seconds> ReadHttpDate(std::string_view text, std::chrono::sys_seconds now) {
  const size_t comma = text.find(", ");
  if (comma != std::string_view::npos && PlaceOf(text.substr(0, comma), kLongDays) != 0) {
    const auto time = AtRfc850(text.substr(comma + 2), now);
    if (time) return *time;
    return NoDate(text);
  }
  if (!HasShape(text, kAsctimeShape)) return ParseHttpDate(text);
  const auto time = AtAsctime(text);
  if (!time) return NoDate(text);
  return *time;
}

std::string FormatHttpDate(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  char text[64];
  (void)std::snprintf(text, sizeof text, "%s, %02u %s %04d ",
                      kDays[weekday(day).c_encoding()].data(), static_cast<unsigned>(date.day()),
                      kMonths[static_cast<unsigned>(date.month()) - 1].data(),
                      static_cast<int>(date.year()));
  return text + FormatIsoDate(time).substr(11, 8) + " GMT";
}

Result<std::chrono::sys_seconds> ParseIsoDate(std::string_view text) {
  if (!HasShape(text, kIsoShape)) return NoDate(text);
  const auto time = At({.year = Number(text.substr(0, 4)),
                        .month = Number(text.substr(5, 2)),
                        .day = Number(text.substr(8, 2)),
                        .clock = text.substr(11, 8)});
  if (!time) return NoDate(text);
  return *time;
}

std::string FormatIsoDate(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc = {};
  gmtime_r(&seconds, &utc);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc));
}

}  // namespace audiodl
