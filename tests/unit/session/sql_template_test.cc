// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/sql_template.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kAllowed[] = {"session", "now"};

std::string Refusal(std::string_view text) {
  const Result<SqlTemplate> sql = SqlTemplate::Parse(text, kAllowed);
  if (sql.ok()) return "accepted";
  CHECK(sql.status().code() == Code::kInvalid);
  return sql.status().text();
}

TEST_CASE("SqlTemplate: names become placeholders, in their order") {
  const Result<SqlTemplate> sql = SqlTemplate::Parse(
      "SELECT data FROM sessions WHERE id = %{session}s AND expires > %{now}d", kAllowed);
  REQUIRE(sql.ok());
  CHECK(sql->apr_text() == "SELECT data FROM sessions WHERE id = %s AND expires > %lld");
  CHECK(sql->names() == std::vector<std::string>{"session", "now"});
  CHECK(sql->Uses("now"));
  CHECK_FALSE(sql->Uses("customer"));
}

TEST_CASE("SqlTemplate: a name may repeat, or be missing") {
  const Result<SqlTemplate> twice =
      SqlTemplate::Parse("select %{now}s,%{session}s,%{now}s", kAllowed);
  REQUIRE(twice.ok());
  CHECK(twice->apr_text() == "select %s,%s,%s");
  CHECK(twice->names() == std::vector<std::string>{"now", "session", "now"});
  const Result<SqlTemplate> none = SqlTemplate::Parse("SELECT 1", kAllowed);
  REQUIRE(none.ok());
  CHECK(none->names().empty());
}

TEST_CASE("SqlTemplate: takes statements that only read") {
  for (const std::string_view text :
       {"SELECT 1", "select 1", " \n SeLeCt*FROM t", "WITH a AS (SELECT 1) SELECT * FROM a"}) {
    CAPTURE(text);
    CHECK(Refusal(text) == "accepted");
  }
  CHECK(Refusal("") == "the SQL statement is empty");
  CHECK(Refusal(" \t\n") == "the SQL statement is empty");
  for (const std::string_view text : {"UPDATE t SET a = 1", "SELECTED", "SEL", "(SELECT 1)", "-- x",
                                      "WITHOUT", "INSERT INTO t SELECT 1"}) {
    CAPTURE(text);
    CHECK(Refusal(text) == "the SQL statement must begin with SELECT or WITH");
  }
  CHECK(Refusal("SELECT 1; DROP TABLE t") == "the SQL statement must be one statement without ';'");
  CHECK(Refusal("SELECT ';'") == "the SQL statement must be one statement without ';'");
  CHECK(Refusal("SELECT 1\0"sv) == "the SQL statement must not hold a NUL byte");
}

TEST_CASE("SqlTemplate: a percent sign is a parameter or doubled") {
  const Result<SqlTemplate> like = SqlTemplate::Parse("SELECT 1 WHERE a LIKE 'x%%'", kAllowed);
  REQUIRE(like.ok());
  CHECK(like->apr_text() == "SELECT 1 WHERE a LIKE 'x%%'");
  for (const std::string_view text : {"SELECT %s", "SELECT 1 %", "SELECT 'x%'", "SELECT %%%",
                                      "SELECT %{now", "SELECT %{now}", "SELECT %now"}) {
    CAPTURE(text);
    CHECK(Refusal(text) ==
          "a '%' must begin a parameter, as %{session}s, %{now}s, or be doubled: '%%'");
  }
  CHECK(Refusal("SELECT %%{now}s") == "accepted");  // a percent sign and "{now}s"
}

TEST_CASE("SqlTemplate: an unknown name or type lists what may be written") {
  CHECK(Refusal("SELECT %{book}s") == "parameter \"book\" is none of %{session}s, %{now}s");
  CHECK(Refusal("SELECT %{}s") == "parameter \"\" is none of %{session}s, %{now}s");
  CHECK(Refusal("SELECT %{NOW}s") == "parameter \"NOW\" is none of %{session}s, %{now}s");
  CHECK(Refusal("SELECT %{now}x") ==
        "parameter %{now} must be followed by s (text) or d (integer)");
}

TEST_CASE("SqlTemplate: a parameter between quotes would be text") {
  for (const std::string_view text : {"SELECT '%{now}s'", "SELECT \"%{now}s\"", "SELECT `%{now}s`",
                                      "SELECT 'it''s %{now}s'", "SELECT '\"' , '%{now}s'"}) {
    CAPTURE(text);
    CHECK(Refusal(text) ==
          "parameter %{now} stands between quotes: leave the quotes out, it is bound");
  }
  CHECK(Refusal("SELECT 'it''s', \"'\", %{now}s") == "accepted");
  CHECK(Refusal("SELECT 'open") == "the SQL statement has a quote that is never closed");
}

TEST_CASE("SqlTemplate: what databases read differently, or nobody binds, is refused") {
  CHECK(Refusal("SELECT 'it\\'s', %{now}s").find("backslash") != std::string::npos);
  CHECK(Refusal("SELECT data FROM t WHERE id = ?") ==
        "the SQL statement has a '?' that nobody binds: write %{name}s");
  CHECK(Refusal("SELECT '?'") == "accepted");
}

}  // namespace
}  // namespace audiodl
