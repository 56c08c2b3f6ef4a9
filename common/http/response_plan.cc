// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/response_plan.h"

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/http/entity_tag_match.h"
#include "common/http/range_set.h"

namespace audiodl {
namespace {

using std::chrono::sys_seconds;

std::optional<int64_t> DateIn(std::string_view field, sys_seconds now) {
  const Result<sys_seconds> date = ReadHttpDate(Trim(field), now);
  if (!date.ok()) return std::nullopt;
  return date->time_since_epoch().count();
}

bool MatchesTag(std::string_view field, std::string_view etag, TagComparison comparison) {
  return Trim(field) == "*" || ListsTag(field, etag, comparison);
}

// Sections 13.1.1 and 13.1.4: whether the client's copy is no longer what is here. A date that is
// none is no condition.
bool IsRefused(const RequestFields& fields, const Representation& here, sys_seconds now) {
  if (fields.if_match) return !MatchesTag(*fields.if_match, here.etag, TagComparison::kStrong);
  if (!fields.if_unmodified_since || !here.last_modified) return false;
  const std::optional<int64_t> date = DateIn(*fields.if_unmodified_since, now);
  return date && *here.last_modified > *date;
}

// Sections 13.1.2 and 13.1.3: whether the client has it.
bool IsKnown(const RequestFields& fields, const Representation& here, sys_seconds now) {
  if (fields.if_none_match) {
    return MatchesTag(*fields.if_none_match, here.etag, TagComparison::kWeak);
  }
  if (!fields.if_modified_since || !here.last_modified) return false;
  const std::optional<int64_t> date = DateIn(*fields.if_modified_since, now);
  return date && *here.last_modified <= *date;
}

// Section 13.1.5: whether the part that the client has belongs to what is here. A date says so only
// where it is the very one, and of a second that has gone by: within one there may be two versions.
bool GoesOn(std::string_view if_range, const Representation& here, sys_seconds now) {
  if (IsSameStrongTag(if_range, here.etag)) return true;
  const std::optional<int64_t> date = DateIn(if_range, now);
  return date && date == here.last_modified && *date < now.time_since_epoch().count();
}

}  // namespace

ResponsePlan PlanResponse(const RequestFields& fields, const Representation& representation,
                          sys_seconds now) {
  if (IsRefused(fields, representation, now)) return {412, {}};
  if (IsKnown(fields, representation, now)) return {304, {}};
  // Section 14.2: Range means nothing with HEAD.
  if (fields.is_head || !fields.range) return {200, {}};
  if (fields.if_range && !GoesOn(*fields.if_range, representation, now)) return {200, {}};
  RangeSet set = EvaluateRange(*fields.range, representation.size);
  switch (set.kind) {
    case RangeSet::Kind::kAll:
      return {200, {}};
    case RangeSet::Kind::kNone:
      return {416, {}};
    case RangeSet::Kind::kSome:
      break;
  }
  return {206, std::move(set.ranges)};
}

}  // namespace audiodl
