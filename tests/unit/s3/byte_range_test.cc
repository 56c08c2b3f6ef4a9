// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/byte_range.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kMax = 18446744073709551615u;

TEST_CASE("RangeHeader: half-open here, inclusive in HTTP") {
  CHECK(*RangeHeader({0, 1}) == "bytes=0-0");
  CHECK(*RangeHeader({0, 100}) == "bytes=0-99");
  CHECK(*RangeHeader({262144, 262144}) == "bytes=262144-524287");
  CHECK(*RangeHeader({kMax - 1, 1}) == "bytes=18446744073709551614-18446744073709551614");
}

TEST_CASE("RangeHeader: no bytes and no wrapping around") {
  CHECK(RangeHeader({5, 0}).status().code() == Code::kInvalid);
  CHECK(RangeHeader({kMax, 1}).status().code() == Code::kInvalid);
  CHECK(RangeHeader({1, kMax}).status().code() == Code::kInvalid);
}

TEST_CASE("ParseContentRange: first, last and total") {
  struct Row {
    const char* text;
    uint64_t first, last, total, length;
  };
  const Row rows[] = {
      {"bytes 0-99/1234", 0, 99, 1234, 100},
      {"bytes 0-0/1", 0, 0, 1, 1},
      {"bytes 1233-1233/1234", 1233, 1233, 1234, 1},
      {"bytes 0-18446744073709551613/18446744073709551615", 0, kMax - 2, kMax, kMax - 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<ContentRange> range = ParseContentRange(row.text);
    REQUIRE(range.ok());
    CHECK(range->first == row.first);
    CHECK(range->last == row.last);
    CHECK(range->total == row.total);
    CHECK(range->length() == row.length);
  }
}

TEST_CASE("ParseContentRange: all else is refused") {
  for (const char* text : {"",
                           "bytes",
                           "bytes ",
                           "bytes 0-99",
                           "bytes 0-99/",
                           "bytes 0-99/*",
                           "bytes */1234",
                           "bytes 0-99/99",
                           "bytes 5-4/10",
                           "bytes -5-6/10",
                           "bytes 0--1/10",
                           "bytes 0-9/10/11",
                           "bytes 0-9-10/11",
                           "bytes 0 -9/10",
                           "bytes  0-9/10",
                           "bytes 0-9/10 ",
                           "bytes=0-9/10",
                           "Bytes 0-9/10",
                           "items 0-9/10",
                           "bytes /0-9",
                           "bytes 0-9/18446744073709551616",
                           "bytes 18446744073709551616-18446744073709551617/1",
                           "bytes +0-9/10",
                           "bytes 0x0-9/10"}) {
    CAPTURE(text);
    CHECK(ParseContentRange(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("ParseUnsatisfiedRange: the size that a 416 tells") {
  REQUIRE(ParseUnsatisfiedRange("bytes */0").ok());
  CHECK(*ParseUnsatisfiedRange("bytes */0") == 0);
  CHECK(*ParseUnsatisfiedRange("bytes */1234") == 1234);
  for (const char* text :
       {"", "bytes */", "bytes */*", "bytes 0-9/10", "bytes */-1", "bytes */1 "}) {
    CAPTURE(text);
    CHECK(ParseUnsatisfiedRange(text).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
