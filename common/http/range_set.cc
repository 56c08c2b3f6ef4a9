// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/range_set.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

// RFC 9110 section 5.6.3.
constexpr std::string_view kBlanks = " \t";

std::string_view TrimBlanks(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool IsNumber(std::string_view digits) {
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), IsDigit);
}

// Above 2^64-1 that: no object is so long.
uint64_t ValueOf(std::string_view digits) { return ParseDecimal(digits).value_or(UINT64_MAX); }

// Of any number of digits, which ValueOf() would take for equal.
bool IsLess(std::string_view a, std::string_view b) {
  const auto significant = [](std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
  };
  a = significant(a);
  b = significant(b);
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// One element of the header: "0-99", "100-" or "-5".
struct Spec {
  bool from_end = false;
  uint64_t first = 0;          // from_end: how many bytes
  uint64_t last = UINT64_MAX;  // inclusive
};

std::optional<Spec> ParseSpec(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  if (before.empty()) {
    return IsNumber(after) ? std::optional(Spec{true, ValueOf(after)}) : std::nullopt;
  }
  if (!IsNumber(before)) return std::nullopt;
  if (after.empty()) return Spec{false, ValueOf(before)};
  if (!IsNumber(after) || IsLess(after, before)) return std::nullopt;
  return Spec{false, ValueOf(before), ValueOf(after)};
}

// None where the header is to be ignored.
std::optional<std::vector<Spec>> ParseSpecs(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  header = TrimBlanks(header);
  if (!EqualsIgnoreCase(header.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  std::vector<Spec> specs;
  for (size_t at = kUnit.size(); at <= header.size();) {
    const size_t comma = std::min(header.find(',', at), header.size());
    const std::string_view element = TrimBlanks(header.substr(at, comma - at));
    at = comma + 1;
    if (element.empty()) continue;  // section 5.6.1.2: a recipient passes over empty elements
    const std::optional<Spec> spec = ParseSpec(element);
    if (!spec || specs.size() == RangeSet::kMaxSpecs) return std::nullopt;
    specs.push_back(*spec);
  }
  if (specs.empty()) return std::nullopt;
  return specs;
}

// None: it cannot be satisfied. REQUIRES: size is not 0.
std::optional<ByteRange> Resolve(const Spec& spec, uint64_t size) {
  if (spec.from_end) {
    const uint64_t length = std::min(spec.first, size);
    return length > 0 ? std::optional(ByteRange{size - length, length}) : std::nullopt;
  }
  if (spec.first >= size) return std::nullopt;
  return ByteRange{spec.first, std::min(spec.last, size - 1) - spec.first + 1};
}

bool AsksForAllOfNothing(const Spec& spec) {
  return spec.from_end ? spec.first > 0 : spec.first == 0;
}

// Makes one of those that overlap or touch; it stands where the first of them was asked for.
std::vector<ByteRange> Merge(std::vector<ByteRange> asked) {
  if (asked.size() <= 1) return asked;
  struct Placed {
    ByteRange range;
    size_t place;
  };
  std::vector<Placed> sorted;
  for (const ByteRange& range : asked) sorted.push_back({range, sorted.size()});
  std::sort(sorted.begin(), sorted.end(),
            [](const Placed& a, const Placed& b) { return a.range.offset < b.range.offset; });
  std::vector<Placed> merged;
  for (const Placed& next : sorted) {
    if (merged.empty() ||
        next.range.offset > merged.back().range.offset + merged.back().range.length) {
      merged.push_back(next);
      continue;
    }
    Placed& last = merged.back();
    const uint64_t end =
        std::max(last.range.offset + last.range.length, next.range.offset + next.range.length);
    last.range.length = end - last.range.offset;
    last.place = std::min(last.place, next.place);
  }
  std::sort(merged.begin(), merged.end(),
            [](const Placed& a, const Placed& b) { return a.place < b.place; });
  std::vector<ByteRange> ranges;
  for (const Placed& one : merged) ranges.push_back(one.range);
  return ranges;
}

}  // namespace

RangeSet EvaluateRange(std::string_view range_header, uint64_t size) {
  const std::optional<std::vector<Spec>> specs = ParseSpecs(range_header);
  if (!specs) return {RangeSet::Kind::kAll, {}};
  if (size == 0) {
    const bool all = std::any_of(specs->begin(), specs->end(), AsksForAllOfNothing);
    return {all ? RangeSet::Kind::kAll : RangeSet::Kind::kNone, {}};
  }
  std::vector<ByteRange> asked;
  for (const Spec& spec : *specs) {
    if (const std::optional<ByteRange> range = Resolve(spec, size)) asked.push_back(*range);
  }
  if (asked.empty()) return {RangeSet::Kind::kNone, {}};
  RangeSet set{RangeSet::Kind::kSome, Merge(std::move(asked))};
  if (set.ranges.size() > RangeSet::kMaxRanges) return {RangeSet::Kind::kAll, {}};
  return set;
}

std::string ContentRangeText(const ByteRange& range, uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" +
         std::to_string(range.offset + range.length - 1) + "/" + std::to_string(size);
}

std::string UnsatisfiedRangeText(uint64_t size) { return "bytes */" + std::to_string(size); }

}  // namespace audiodl
