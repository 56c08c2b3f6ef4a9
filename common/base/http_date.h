// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// HTTP's dates, in the one form that servers may send (RFC 9110 section 5.6.7, IMF-fixdate). Pure;
// any thread.

#ifndef AUDIODL_COMMON_BASE_HTTP_DATE_H_
#define AUDIODL_COMMON_BASE_HTTP_DATE_H_

#include <chrono>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// "Wed, 12 Oct 2009 17:50:00 GMT". kInvalid for all else, impossible days included; the weekday
// must be one, but is not checked against the date (AWS's own documentation has wrong ones).
Result<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_HTTP_DATE_H_
