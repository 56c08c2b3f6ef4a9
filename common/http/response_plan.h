// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a GET or HEAD is to be answered with: RFC 9110's preconditions in their order (section
// 13.2.2), then the ranges. It needs no bytes of the thing itself, only its size and validators, so
// it serves for a chunk, a book's zip, and whatever else has these. Pure; any thread.
//
//   const ResponsePlan plan = PlanResponse(fields, {.size = 1000, .etag = "\"a\""}, now);
//   if (plan.status == 206) Send(plan.ranges);

#ifndef AUDIODL_COMMON_HTTP_RESPONSE_PLAN_H_
#define AUDIODL_COMMON_HTTP_RESPONSE_PLAN_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/s3/byte_range.h"

namespace audiodl {

// The request's header fields, each as it came, several lines of one joined by commas; none: it was
// not there.
struct RequestFields {
  bool is_head = false;
  std::optional<std::string_view> if_match = {};
  std::optional<std::string_view> if_unmodified_since = {};
  std::optional<std::string_view> if_none_match = {};
  std::optional<std::string_view> if_modified_since = {};
  std::optional<std::string_view> if_range = {};
  std::optional<std::string_view> range = {};
};

// What would be sent as it is now.
struct Representation {
  uint64_t size = 0;
  std::string_view etag = {};                 // strong, with its quotes; empty: none
  std::optional<int64_t> last_modified = {};  // seconds since 1970
};

struct ResponsePlan {
  int status = 200;  // 200, 206, 304, 412 or 416
  // Of a 206: as RangeSet has them.
  std::vector<ByteRange> ranges;
};

// `now` tells two-digit years apart, and whether a date can be told from the present second.
ResponsePlan PlanResponse(const RequestFields& fields, const Representation& representation,
                          std::chrono::sys_seconds now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_RESPONSE_PLAN_H_
