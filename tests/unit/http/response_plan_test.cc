// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/response_plan.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr std::chrono::sys_seconds kNow(std::chrono::seconds(1'790'000'000));
constexpr int64_t kModified = 784111777;
constexpr char kDate[] = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr char kSameDate[] = "Sunday, 06-Nov-94 08:49:37 GMT";
constexpr char kBefore[] = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr char kAfter[] = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr char kNextCentury[] = "Thu, 01 Jan 2099 00:00:00 GMT";
constexpr char kTag[] = "\"a\"";
constexpr char kWeakTag[] = "W/\"a\"";
constexpr char kOther[] = "\"b\"";

int StatusOf(RequestFields fields) {
  return PlanResponse(fields, {1000, kTag, kModified}, kNow).status;
}

TEST_CASE("PlanResponse: each condition by itself") {
  CHECK(StatusOf({}) == 200);
  CHECK(StatusOf({.if_match = kTag}) == 200);
  CHECK(StatusOf({.if_match = "*"}) == 200);
  CHECK(StatusOf({.if_match = "\"b\", \"a\""}) == 200);
  CHECK(StatusOf({.if_match = kOther}) == 412);
  CHECK(StatusOf({.if_match = kWeakTag}) == 412);
  CHECK(StatusOf({.if_match = ""}) == 412);
  CHECK(StatusOf({.if_unmodified_since = kDate}) == 200);
  CHECK(StatusOf({.if_unmodified_since = kAfter}) == 200);
  CHECK(StatusOf({.if_unmodified_since = kBefore}) == 412);
  CHECK(StatusOf({.if_unmodified_since = "a while ago"}) == 200);
  CHECK(StatusOf({.if_none_match = kOther}) == 200);
  CHECK(StatusOf({.if_none_match = ""}) == 200);
  CHECK(StatusOf({.if_none_match = "a"}) == 200);
  CHECK(StatusOf({.if_none_match = kTag}) == 304);
  CHECK(StatusOf({.if_none_match = kWeakTag}) == 304);
  CHECK(StatusOf({.if_none_match = " * "}) == 304);
  CHECK(StatusOf({.if_modified_since = kDate}) == 304);
  CHECK(StatusOf({.if_modified_since = kSameDate}) == 304);
  CHECK(StatusOf({.if_modified_since = kNextCentury}) == 304);
  CHECK(StatusOf({.if_modified_since = kBefore}) == 200);
  CHECK(StatusOf({.if_modified_since = "0"}) == 200);
}

TEST_CASE("PlanResponse: an entity tag takes the place of a date, and refusal comes first") {
  CHECK(StatusOf({.if_match = kTag, .if_unmodified_since = kBefore}) == 200);
  CHECK(StatusOf({.if_match = kOther, .if_unmodified_since = kAfter}) == 412);
  CHECK(StatusOf({.if_none_match = kOther, .if_modified_since = kDate}) == 200);
  CHECK(StatusOf({.if_none_match = kTag, .if_modified_since = kBefore}) == 304);
  CHECK(StatusOf({.if_match = kOther, .if_none_match = kTag}) == 412);
  CHECK(StatusOf({.if_match = kTag, .if_none_match = kTag}) == 304);
  CHECK(StatusOf({.if_unmodified_since = kBefore, .if_none_match = kTag}) == 412);
  CHECK(StatusOf({.if_unmodified_since = kDate, .if_modified_since = kDate}) == 304);
}

TEST_CASE("PlanResponse: conditions come before ranges") {
  CHECK(StatusOf({.if_match = kOther, .range = "bytes=0-9"}) == 412);
  CHECK(StatusOf({.if_none_match = kTag, .range = "bytes=0-9"}) == 304);
  CHECK(StatusOf({.if_none_match = kTag, .range = "bytes=5000-"}) == 304);
  CHECK(StatusOf({.if_match = kTag, .range = "bytes=5000-"}) == 416);
  CHECK(StatusOf({.if_none_match = kOther, .range = "bytes=0-9"}) == 206);
}

TEST_CASE("PlanResponse: a range goes on with the copy that If-Range names") {
  CHECK(StatusOf({.range = "bytes=0-9"}) == 206);
  CHECK(StatusOf({.range = "bytes=1000-"}) == 416);
  CHECK(StatusOf({.range = "bytes=9-5"}) == 200);
  CHECK(StatusOf({.if_range = kTag, .range = "bytes=0-9"}) == 206);
  CHECK(StatusOf({.if_range = kTag, .range = "bytes=1000-"}) == 416);
  CHECK(StatusOf({.if_range = kDate, .range = "bytes=0-9"}) == 206);
  CHECK(StatusOf({.if_range = kSameDate, .range = "bytes=0-9"}) == 206);
  for (const char* other : {kOther, kWeakTag, kBefore, kAfter, kNextCentury, "", "*", "a", "0",
                            "\"b\", \"a\"", "\"a\", \"a\""}) {
    CAPTURE(other);
    CHECK(StatusOf({.if_range = other, .range = "bytes=0-9"}) == 200);
    CHECK(StatusOf({.if_range = other, .range = "bytes=1000-"}) == 200);
  }
  CHECK(StatusOf({.if_range = kOther}) == 200);
}

TEST_CASE("PlanResponse: a date of this second tells no two versions apart") {
  const Representation fresh{1000, kTag, kModified};
  const RequestFields fields{.if_range = kDate, .range = "bytes=0-9"};
  using std::chrono::seconds;
  const std::chrono::sys_seconds modified{seconds(kModified)};
  CHECK(PlanResponse(fields, fresh, modified).status == 200);
  CHECK(PlanResponse(fields, fresh, modified - seconds(1)).status == 200);
  CHECK(PlanResponse(fields, fresh, modified + seconds(1)).status == 206);
}

TEST_CASE("PlanResponse: HEAD knows conditions and no ranges") {
  CHECK(StatusOf({.is_head = true, .range = "bytes=0-9"}) == 200);
  CHECK(StatusOf({.is_head = true, .range = "bytes=5000-"}) == 200);
  CHECK(StatusOf({.is_head = true, .if_none_match = kTag}) == 304);
  CHECK(StatusOf({.is_head = true, .if_match = kOther}) == 412);
}

TEST_CASE("PlanResponse: without validators no condition names what is here") {
  const auto status = [](const RequestFields& fields) {
    return PlanResponse(fields, {1000, "", std::nullopt}, kNow).status;
  };
  CHECK(status({.if_match = "\"\""}) == 412);
  CHECK(status({.if_match = "*"}) == 200);
  CHECK(status({.if_none_match = "\"\""}) == 200);
  CHECK(status({.if_unmodified_since = kBefore}) == 200);
  CHECK(status({.if_modified_since = kNextCentury}) == 200);
  CHECK(status({.if_range = "", .range = "bytes=0-9"}) == 200);
  CHECK(status({.if_range = kDate, .range = "bytes=0-9"}) == 200);
  CHECK(status({.range = "bytes=0-9"}) == 206);
}

TEST_CASE("PlanResponse: the ranges of a 206") {
  const ResponsePlan plan = PlanResponse({.range = "bytes=-1, 0-9"}, {1000, kTag, kModified}, kNow);
  CHECK(plan.status == 206);
  CHECK(plan.ranges == std::vector<ByteRange>{{999, 1}, {0, 10}});
}

}  // namespace
}  // namespace audiodl
