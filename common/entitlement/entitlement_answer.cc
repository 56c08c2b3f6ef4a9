// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/entitlement_answer.h"

#include <string_view>

#include "common/base/text.h"

namespace audiodl {
namespace {

// However a database spells it: NULL, nothing, a zero of any type (SUM() makes "0.00" of one), or
// PostgreSQL's false.
bool IsNo(const std::optional<std::string>& value) {
  return !value || value->find_first_not_of("0.-+") == std::string::npos || *value == "f" ||
         *value == "false";
}

// A NUL is no database's word for yes, but what is left of a number that a driver read badly.
bool IsYes(const std::optional<std::string>& value) {
  return !IsNo(value) && value->find('\0') == std::string::npos;
}

bool IsFraction(std::string_view text) {
  return text.empty() || (text.size() > 1 && text.front() == '.' &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

// Whole seconds; a fraction, which MySQL's UNIX_TIMESTAMP() may have, is dropped.
Result<UnixMicros> ParseExpiry(std::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const std::optional<uint64_t> seconds = ParseDecimal(text.substr(0, point));
  if (!seconds || !IsFraction(text.substr(point))) {
    return Status::Invalid(
        "the second column, when the right ends, is no number of seconds since 1970: write "
        "UNIX_TIMESTAMP(column), or strftime('%s', column) for SQLite");
  }
  constexpr uint64_t kMax = static_cast<uint64_t>(kNeverExpires / kMicrosPerSecond);
  if (*seconds >= kMax) return kNeverExpires;
  return static_cast<UnixMicros>(*seconds) * kMicrosPerSecond;
}

}  // namespace

Result<EntitlementAnswer> EntitlementAnswer::FromColumns(
    std::span<const std::optional<std::string>> columns) {
  EntitlementAnswer answer;
  if (columns.empty() || !IsYes(columns[0])) return answer;
  if (columns.size() > 2 && !IsNo(columns[2])) return answer;
  if (columns.size() > 1 && columns[1] && !columns[1]->empty()) {
    const Result<UnixMicros> expires = ParseExpiry(*columns[1]);
    if (!expires.ok()) return expires.status();
    answer.expires = *expires;
  }
  answer.granted = true;
  return answer;
}

}  // namespace audiodl
