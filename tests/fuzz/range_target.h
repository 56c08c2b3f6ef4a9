// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Conditions and ranges on any bytes. The first byte chooses: 'r' a Range header for something of a
// few bytes (the second byte says how many), compared with the model; 'R' of 2^64-1 bytes; 'i' an
// If-Range header, 't' a list of entity tags, 'd' a date. One thread at a time.

#ifndef AUDIODL_TESTS_FUZZ_RANGE_TARGET_H_
#define AUDIODL_TESTS_FUZZ_RANGE_TARGET_H_

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/dates.h"
#include "common/http/entity_tag_match.h"
#include "common/http/multipart_ranges.h"
#include "common/http/range_set.h"
#include "common/http/response_plan.h"
#include "tests/fuzz/promise.h"
#include "tests/unit/http/range_model.h"

namespace audiodl {

inline constexpr char kFuzzTag[] = "\"9bb58f26-38\"";
inline constexpr int64_t kFuzzModified = 784111777;
inline constexpr std::chrono::sys_seconds kFuzzToday(std::chrono::seconds(1'790'000'000));

inline void PromiseFrame(const RangeSet& set, uint64_t size) {
  const MultipartRanges parts(set.ranges, size, "audio/mpeg");
  uint64_t length = parts.tail().size();
  for (size_t i = 0; i < set.ranges.size(); ++i) {
    const Result<ContentRange> range = ParseContentRange(ContentRangeText(set.ranges[i], size));
    Promise(range.ok() && range->first == set.ranges[i].offset &&
                range->length() == set.ranges[i].length && range->total == size,
            "a Content-Range says which range it is");
    length += parts.Head(i).size() + set.ranges[i].length;
  }
  Promise(length == parts.length(), "a frame knows its length");
}

inline void PromiseRange(uint64_t size, std::string_view header) {
  const RangeSet set = EvaluateRange(header, size);
  Promise((set.kind == RangeSet::Kind::kSome) == !set.ranges.empty(), "some is not none");
  uint64_t sum = 0;
  for (const ByteRange& range : set.ranges) {
    Promise(range.length <= size - sum, "nothing is amplified");
    sum += range.length;
  }
  Promise(set.ranges.size() <= RangeSet::kMaxRanges, "parts are few");
  if (!set.ranges.empty()) PromiseFrame(set, size);
  if (header.size() > RangeModel::kMaxHeader || size >= 64) return;
  const RangeSet expected = RangeModel::Answer(std::string(header), size);
  Promise(set.kind == expected.kind && set.ranges == expected.ranges, "the model says the same");
}

inline void PromiseIfRange(std::string_view header) {
  const Representation here{1000, kFuzzTag, kFuzzModified};
  RequestFields fields;
  fields.if_range = header;
  fields.range = "bytes=5-9";
  const ResponsePlan plan = PlanResponse(fields, here, kFuzzToday);
  Promise(plan.status == 200 || plan.status == 206, "If-Range refuses nothing");
  if (plan.status == 200) return;
  const bool names_tag = header.find(kFuzzTag) != std::string_view::npos;
  Promise(names_tag || header.find("08:49:37") != std::string_view::npos,
          "bytes are only added to what was named");
}

inline void PromiseTags(std::string_view list) {
  const bool strong = ListsTag(list, kFuzzTag, TagComparison::kStrong);
  const bool weak = ListsTag(list, kFuzzTag, TagComparison::kWeak);
  Promise(!strong || weak, "what is the same strongly is so weakly");
  Promise(!weak || list.find(kFuzzTag) != std::string_view::npos, "only what is there is found");
  Promise(!ListsTag(list, "", TagComparison::kWeak), "no tag is in no list");
}

inline void PromiseDate(std::string_view text) {
  const Result<std::chrono::sys_seconds> strict = ParseHttpDate(text);
  const Result<std::chrono::sys_seconds> lenient = ReadHttpDate(text, kFuzzToday);
  if (strict.ok()) Promise(lenient.ok() && *lenient == *strict, "the one form means one time");
}

inline void FuzzRange(std::string_view input) {
  if (input.size() < 2) return;
  const std::string_view rest = input.substr(2);
  if (input[0] == 'r') PromiseRange(static_cast<unsigned char>(input[1]) % 64, rest);
  if (input[0] == 'R') PromiseRange(UINT64_MAX, rest.size() > 4096 ? rest.substr(0, 4096) : rest);
  if (input[0] == 'i') PromiseIfRange(input.substr(1));
  if (input[0] == 't') PromiseTags(input.substr(1));
  if (input[0] == 'd') PromiseDate(input.substr(1));
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_RANGE_TARGET_H_
