// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Dates as HTTP and AWS write them. Strict, UTC, to the second. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_DATES_H_
#define AUDIODL_COMMON_BASE_DATES_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// "Mon, 12 Oct 2009 17:50:00 GMT": the one form that servers may send (RFC 9110 section 5.6.7,
// IMF-fixdate). kInvalid for all else, impossible days included; the weekday must be one, but is
// not checked against the date (AWS's own documentation has wrong ones).
Result<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

// The same, and the two forms that clients may still send: "Monday, 12-Oct-09 17:50:00 GMT" and
// "Mon Oct 12 17:50:00 2009". Two digits of a year that would lie more than 50 years after `now`
// are of the century before.
Result<std::chrono::sys_seconds> ReadHttpDate(std::string_view text, std::chrono::sys_seconds now);

// What ParseHttpDate() reads; RSS takes it too. Of the years 0 to 9999.
std::string FormatHttpDate(std::chrono::sys_seconds time);

// "2009-10-12T17:50:00Z" (RFC 3339 in UTC, no fraction). kInvalid for all else.
Result<std::chrono::sys_seconds> ParseIsoDate(std::string_view text);

// "2009-10-12T17:50:00Z", for messages.
std::string FormatIsoDate(std::chrono::system_clock::time_point time);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_DATES_H_
