// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/natural_order.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("NaturalLess: numbers by value, letters without case, and all names have one order") {
  const std::vector<std::string> ordered = {"",           "1.mp3",
                                            "01.mp3",     "2.mp3",
                                            "10.mp3",     "99999999999999999999999999.mp3",
                                            "CD1-1.mp3",  "cd1-2.mp3",
                                            "CD1-10.mp3", "CD2-1.mp3",
                                            "part",       "Part 0",
                                            "part 00",    "part 1a",
                                            "part 1b",    "\xc3\xa9tude.mp3"};
  for (size_t i = 0; i < ordered.size(); ++i) {
    for (size_t j = 0; j < ordered.size(); ++j) {
      INFO(ordered[i] << " and " << ordered[j]);
      // "01" and "1" are told apart by their bytes only.
      const bool bytes_decide = (i == 1 && j == 2) || (i == 2 && j == 1);
      CHECK(NaturalLess(ordered[i], ordered[j]) == (bytes_decide ? j < i : i < j));
    }
  }
}

TEST_CASE("NaturalLess: sorts whatever order the folder had") {
  std::vector<std::string> names = {"10.mp3", "9.mp3", "CD10 1", "CD9 12", "1.mp3"};
  std::sort(names.begin(), names.end(), NaturalLess);
  CHECK(names == std::vector<std::string>{"1.mp3", "9.mp3", "10.mp3", "CD9 12", "CD10 1"});
}

}  // namespace
}  // namespace audiodl
