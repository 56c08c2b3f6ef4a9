// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/range_set.h"

#include <ostream>

#include "tests/unit/catch.h"

namespace audiodl {

std::ostream& operator<<(std::ostream& out, const ByteRange& range) {
  return out << "{" << range.offset << ", " << range.length << "}";
}

namespace {

using Kind = RangeSet::Kind;
using Ranges = std::vector<ByteRange>;

TEST_CASE("EvaluateRange: one range of 1000 bytes") {
  const std::pair<const char*, ByteRange> rows[] = {
      {"bytes=0-0", {0, 1}},
      {"bytes=0-999", {0, 1000}},
      {"bytes=0-", {0, 1000}},
      {"bytes=999-", {999, 1}},
      {"bytes=10-19", {10, 10}},
      {"bytes=-1", {999, 1}},
      {"bytes=-1000", {0, 1000}},
      {"bytes=-1001", {0, 1000}},
      {"bytes=990-5000", {990, 10}},
      {"bytes=0-18446744073709551615", {0, 1000}},
      {"bytes=0-18446744073709551616", {0, 1000}},
      {"bytes=-99999999999999999999999999999999", {0, 1000}},
      {"bytes=00000000000000000000000000000010-0000000000000000000000000000000000019", {10, 10}},
      {"BYTES=10-19", {10, 10}},
      {" bytes=10-19\t", {10, 10}},
      {"bytes= 10-19 ", {10, 10}},
      {"bytes=,,10-19,", {10, 10}},
      {"bytes=10-19,2000-", {10, 10}},
      {"bytes=2000-,-0,10-19", {10, 10}},
  };
  for (const auto& [header, range] : rows) {
    CAPTURE(header);
    const RangeSet set = EvaluateRange(header, 1000);
    CHECK(set.kind == Kind::kSome);
    CHECK(set.ranges == Ranges{range});
  }
}

TEST_CASE("EvaluateRange: several ranges keep their order; those that meet are one") {
  const std::pair<const char*, Ranges> rows[] = {
      {"bytes=0-9,100-109", {{0, 10}, {100, 10}}},
      {"bytes=100-109,0-9", {{100, 10}, {0, 10}}},
      {"bytes=0-9 , 100-109 ,-1", {{0, 10}, {100, 10}, {999, 1}}},
      {"bytes=0-9,10-19", {{0, 20}}},
      {"bytes=10-19,0-9", {{0, 20}}},
      {"bytes=0-9,11-19", {{0, 10}, {11, 9}}},
      {"bytes=0-99,10-19", {{0, 100}}},
      {"bytes=500-599,0-9,550-649", {{500, 150}, {0, 10}}},
      {"bytes=0-9,500-599,5-19,300-309", {{0, 20}, {500, 100}, {300, 10}}},
      {"bytes=0-,-1,5-6", {{0, 1000}}},
  };
  for (const auto& [header, ranges] : rows) {
    CAPTURE(header);
    const RangeSet set = EvaluateRange(header, 1000);
    CHECK(set.kind == Kind::kSome);
    CHECK(set.ranges == ranges);
  }
}

TEST_CASE("EvaluateRange: nothing that is asked for is there") {
  for (const char* header :
       {"bytes=1000-", "bytes=1000-1000", "bytes=-0", "bytes=-000", "bytes=1000-,-0,2000-3000",
        "bytes=9223372036854775808-", "bytes=18446744073709551615-", "bytes=18446744073709551616-",
        "bytes=18446744073709551616-18446744073709551617",
        "bytes=99999999999999999999999999999-"}) {
    CAPTURE(header);
    const RangeSet set = EvaluateRange(header, 1000);
    CHECK(set.kind == Kind::kNone);
    CHECK(set.ranges.empty());
  }
}

TEST_CASE("EvaluateRange: what is malformed, or of another unit, is as not said") {
  for (const char* header : {"",
                             "bytes",
                             "bytes=",
                             "bytes=,",
                             "bytes= , ,",
                             "bytes=-",
                             "bytes=--5",
                             "bytes=5--",
                             "bytes=a-b",
                             "bytes=0x1-2",
                             "bytes=+1-2",
                             "bytes=1-+2",
                             "bytes=1 -2",
                             "bytes=1- 2",
                             "bytes=- 2",
                             "bytes=9-5",
                             "bytes=5",
                             "bytes=1.0-2",
                             "bytes 0-5",
                             "bytes :0-5",
                             "bytes =0-5",
                             "bytes==0-5",
                             "octets=0-5",
                             "lines=1-2",
                             "byte=0-5",
                             "bytesx=0-5",
                             "bytes=0-5,9-5",
                             "bytes=0-5;6-7",
                             "bytes=0-5,a",
                             "none",
                             "bytes=0-5-7",
                             "bytes=18446744073709551617-18446744073709551616",
                             "bytes=1-0000000000000",
                             "bytes=0-5, bytes=6-7",
                             "bytes=0-5\r\n6-7",
                             "bytes=\"0-5\"",
                             "bytes=%30-5"}) {
    CAPTURE(header);
    const RangeSet set = EvaluateRange(header, 1000);
    CHECK(set.kind == Kind::kAll);
    CHECK(set.ranges.empty());
  }
}

TEST_CASE("EvaluateRange: of nothing all may be had") {
  for (const char* header : {"bytes=0-", "bytes=0-0", "bytes=0-99", "bytes=-1", "bytes=5-,0-"}) {
    CAPTURE(header);
    CHECK(EvaluateRange(header, 0).kind == Kind::kAll);
  }
  for (const char* header : {"bytes=1-", "bytes=-0", "bytes=5-9,7-"}) {
    CAPTURE(header);
    CHECK(EvaluateRange(header, 0).kind == Kind::kNone);
  }
}

TEST_CASE("EvaluateRange: the largest size there is") {
  constexpr uint64_t kMost = UINT64_MAX;
  CHECK(EvaluateRange("bytes=0-", kMost).ranges == Ranges{{0, kMost}});
  CHECK(EvaluateRange("bytes=18446744073709551614-", kMost).ranges == Ranges{{kMost - 1, 1}});
  CHECK(EvaluateRange("bytes=18446744073709551615-", kMost).kind == Kind::kNone);
  CHECK(EvaluateRange("bytes=-18446744073709551615", kMost).ranges == Ranges{{0, kMost}});
  CHECK(EvaluateRange("bytes=0-9,18446744073709551610-18446744073709551614", kMost).ranges ==
        Ranges{{0, 10}, {kMost - 5, 5}});
}

// "bytes=0-0,2-2,4-4,..." with so many in it.
std::string Scattered(size_t count) {
  std::string header = "bytes=";
  for (size_t i = 0; i < count; ++i) {
    header += (i == 0 ? "" : ",") + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  }
  return header;
}

TEST_CASE("EvaluateRange: too many ranges are the whole, once") {
  CHECK(EvaluateRange(Scattered(RangeSet::kMaxRanges), 1 << 20).ranges.size() ==
        RangeSet::kMaxRanges);
  CHECK(EvaluateRange(Scattered(RangeSet::kMaxRanges + 1), 1 << 20).kind == Kind::kAll);
  CHECK(EvaluateRange(Scattered(5000), 1 << 20).kind == Kind::kAll);
  std::string same = "bytes=0-1";
  for (size_t i = 1; i < RangeSet::kMaxSpecs; ++i) same += ",0-1";
  CHECK(EvaluateRange(same, 1000).ranges == Ranges{{0, 2}});
  CHECK(EvaluateRange(same + ",0-1", 1000).kind == Kind::kAll);
}

TEST_CASE("ContentRangeText: as HTTP writes it") {
  CHECK(ContentRangeText({0, 10}, 1000) == "bytes 0-9/1000");
  CHECK(ContentRangeText({999, 1}, 1000) == "bytes 999-999/1000");
  CHECK(UnsatisfiedRangeText(0) == "bytes */0");
  CHECK(*ParseUnsatisfiedRange(UnsatisfiedRangeText(1000)) == 1000);
}

}  // namespace
}  // namespace audiodl
