// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/human_text.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("HumanSize: in powers of ten") {
  const std::pair<uint64_t, const char*> kTable[] = {{0, "0 bytes"},
                                                     {999, "999 bytes"},
                                                     {1000, "1.0 kB"},
                                                     {999'949, "999.9 kB"},
                                                     {999'950, "1.0 MB"},
                                                     {28'800'000, "28.8 MB"},
                                                     {1'250'000'000, "1.2 GB"},
                                                     {5'000'000'000'000, "5.0 TB"},
                                                     {uint64_t{1} << 50, "1125.9 TB"}};
  for (const auto& [bytes, expected] : kTable) CHECK(HumanSize(bytes) == expected);
}

TEST_CASE("HumanDuration: to the minute from one on") {
  const std::pair<uint64_t, const char*> kTable[] = {
      {0, "0 s"},         {45'400, "45 s"},          {59'499, "59 s"},
      {59'500, "1 min"},  {1'888'400, "31 min"},     {3'570'000, "1 h"},
      {3'599'000, "1 h"}, {30'660'000, "8 h 31 min"}};
  for (const auto& [milliseconds, expected] : kTable) {
    CHECK(HumanDuration(milliseconds) == expected);
  }
}

TEST_CASE("HumanDate: as people write it, and for machines") {
  CHECK(HumanDate(1'793'692'800) == "3 Nov 2026");
  CHECK(HumanDate(1'795'737'600) == "27 Nov 2026");
  CHECK(IsoDay(1'793'692'800) == "2026-11-03");
}

}  // namespace
}  // namespace audiodl
