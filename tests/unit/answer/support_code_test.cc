// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/support_code.h"

#include <set>
#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("SupportCode: new ones differ and are read as they are") {
  std::set<std::string> seen;
  std::set<char> characters;
  for (int i = 0; i < 10000; ++i) {
    const std::string code = NewSupportCode();
    REQUIRE(code.size() == kSupportCodeLength);
    REQUIRE(code.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ") == std::string::npos);
    REQUIRE(ReadSupportCode(code) == code);
    REQUIRE(seen.insert(code).second);
    characters.insert(code.begin(), code.end());
  }
  CHECK(characters.size() == 32);
}

TEST_CASE("SupportCode: what people make of one is read, and nothing else") {
  const struct {
    std::string typed;
    std::optional<std::string> expected;
  } kTable[] = {
      {"7Q4MZ0K9XA", "7Q4MZ0K9XA"},    {"7q4mz0k9xa", "7Q4MZ0K9XA"},
      {"7Q4MZ-0K9XA", "7Q4MZ0K9XA"},   {" 7q4m z0k9 xa\n", "7Q4MZ0K9XA"},
      {"7Q4MZOK9XA", "7Q4MZ0K9XA"},    {"ilILoO0000", "1111000000"},
      {"7Q4MZ0K9X", std::nullopt},     {"7Q4MZ0K9XAB", std::nullopt},
      {"7Q4MZ0K9XU", std::nullopt},    {"7Q4MZ0K9X.", std::nullopt},
      {"7Q4MZ0K9X\xc3", std::nullopt}, {"", std::nullopt},
      {"not-entitled", std::nullopt},  {"----------", std::nullopt},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.typed);
    CHECK(ReadSupportCode(row.typed) == row.expected);
  }
}

}  // namespace
}  // namespace audiodl
