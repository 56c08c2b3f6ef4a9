// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/sql_statement.h"

#include <array>
#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"customer", "book", "now"};

SqlStatement Statement(std::string_view text) {
  Result<SqlTemplate> sql = SqlTemplate::Parse(text, kNames);
  REQUIRE(sql.ok());
  return SqlStatement(std::move(sql).value());
}

TEST_CASE("SqlStatement: values are bound in the order and type of their placeholders") {
  const SqlStatement statement = Statement(
      "SELECT 1 FROM t WHERE a LIKE 'x%%' AND n > %{now}d AND b = %{book}s AND c = %{customer}d");
  BoundValues bound = statement.Bind({{"customer", "42"}, {"book", "dune"}, {"now", "1700000000"}});
  CHECK(*static_cast<const int64_t*>(bound.data()[0]) == 1700000000);
  CHECK(std::string(static_cast<const char*>(bound.data()[1])) == "dune");
  CHECK(*static_cast<const int64_t*>(bound.data()[2]) == 42);
}

TEST_CASE("SqlStatement: a missing value, and a number that is none, become NULL") {
  const SqlStatement statement =
      Statement("SELECT 1 FROM t WHERE c = %{customer}d OR b = %{book}s");
  for (const char* customer : {"", "4x", "x", " 4", "99999999999999999999"}) {
    INFO(customer);
    BoundValues bound = statement.Bind({{"customer", customer}});
    CHECK(bound.data()[0] == nullptr);
    CHECK(bound.data()[1] == nullptr);
  }
}

TEST_CASE("SqlStatement: the label follows the text") {
  const SqlStatement one = Statement("SELECT %{book}s");
  CHECK(one.label() == Statement("SELECT %{book}s").label());
  CHECK(one.label() != Statement("SELECT %{book}d").label());
  CHECK(one.label().size() == 24);
}

TEST_CASE("BoundValues: a message that repeats a value is recognised") {
  BoundValues bound = Statement("SELECT %{book}s, %{now}d").Bind({{"book", "dune"}, {"now", "17"}});
  CHECK(bound.AppearIn("Illegal value 'dune' for column"));
  CHECK(bound.AppearIn("Incorrect DATETIME value: '17'"));
  CHECK_FALSE(bound.AppearIn("Table 'shop.purchases' doesn't exist"));
  CHECK_FALSE(Statement("SELECT %{book}s").Bind({{"book", ""}}).AppearIn("anything"));
}

}  // namespace
}  // namespace audiodl
