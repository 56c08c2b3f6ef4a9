// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/http_date.h"

#include <array>
#include <string>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Letters and digits stand for themselves' kind, all else for itself.
constexpr std::string_view kShape = "aaa, 00 aaa 0000 00:00:00 GMT";

bool HasShape(std::string_view text) {
  if (text.size() != kShape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool letter = kShape[i] == 'a' && (IsLower(text[i]) || IsUpper(text[i]));
    const bool digit = kShape[i] == '0' && IsDigit(text[i]);
    const bool literal = kShape[i] != 'a' && kShape[i] != '0' && kShape[i] == text[i];
    if (!letter && !digit && !literal) return false;
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

}  // namespace

Result<std::chrono::sys_seconds> ParseHttpDate(std::string_view text) {
  using namespace std::chrono;
  const Status wrong = Status::Invalid("'" + Printable(text, 60) + "' is not an HTTP date");
  if (!HasShape(text) || PlaceOf(text.substr(0, 3), kDays) == 0) return wrong;
  const year_month_day date(year(static_cast<int>(Number(text.substr(12, 4)))),
                            month(PlaceOf(text.substr(8, 3), kMonths)),
                            day(Number(text.substr(5, 2))));
  const hours hour(Number(text.substr(17, 2)));
  const minutes minute(Number(text.substr(20, 2)));
  const seconds second(Number(text.substr(23, 2)));
  // 60 is a leap second.
  if (!date.ok() || hour > hours(23) || minute > minutes(59) || second > seconds(60)) return wrong;
  return sys_seconds(sys_days(date)) + hour + minute + second;
}

}  // namespace audiodl
