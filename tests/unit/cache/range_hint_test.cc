// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/range_hint.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kEnd = UINT64_MAX;

TEST_CASE("RangeHint: the first range of a header") {
  struct Case {
    std::string_view header;
    uint64_t offset, length;
    bool from_end;
  };
  const Case cases[] = {
      {"bytes=0-0", 0, 1, false},
      {"bytes=100-199", 100, 100, false},
      {"Bytes = 1-2", 0, kEnd, false},  // no space may stand before '='
      {"BYTES=5-9", 5, 5, false},
      {"bytes=27000000-", 27000000, kEnd, false},
      {"bytes=-500", 0, 500, true},
      {"bytes= 10-20 , 0-5", 10, 11, false},
      {"bytes=0-18446744073709551615", 0, kEnd, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.header);
    const RangeHint hint = RangeHint::Parse(c.header);
    CHECK(hint.offset == c.offset);
    CHECK(hint.length == c.length);
    CHECK(hint.from_end == c.from_end);
  }
}

TEST_CASE("RangeHint: what is not understood hints at the whole object") {
  for (const std::string_view header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "items=0-5", "bytes=5",
        "bytes=99999999999999999999-", "bytes=1-99999999999999999999", "bytes=--5"}) {
    CAPTURE(header);
    const RangeHint hint = RangeHint::Parse(header);
    CHECK(hint.offset == 0);
    CHECK(hint.length == kEnd);
    CHECK_FALSE(hint.from_end);
  }
}

}  // namespace
}  // namespace audiodl
