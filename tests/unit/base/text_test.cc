// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/text.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Trim: takes blanks off both ends only") {
  CHECK(Trim(" \t a b\r\n") == "a b");
  CHECK(Trim("").empty());
  CHECK(Trim(" \r\n").empty());
}

TEST_CASE("Text: case is ASCII's, other bytes are left alone") {
  CHECK(ToLower("ETag-\xc3\x84") == "etag-\xc3\x84");
  CHECK(EqualsIgnoreCase("Content-Range", "content-RANGE"));
  CHECK_FALSE(EqualsIgnoreCase("etag", "etags"));
}

TEST_CASE("ParseDecimal: digits only, and no overflow") {
  CHECK(ParseDecimal("0") == 0u);
  CHECK(ParseDecimal("18446744073709551615") == 18446744073709551615u);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseDecimal(bad).has_value());
  }
}

TEST_CASE("SplitWords: quotes keep blanks as in httpd's directives") {
  struct Row {
    const char* text;
    std::vector<std::string> words;
  };
  const Row rows[] = {
      {"", {}},
      {"  a \t b ", {"a", "b"}},
      {R"("s3://b/Audio Books" region=r)", {"s3://b/Audio Books", "region=r"}},
      {R"('it "is"' x)", {"it \"is\"", "x"}},
      {R"("a \"b\" \\ \n")", {R"(a "b" \ \n)"}},
      {R"("")", {""}},
      {R"(a"b c)", {"a\"b", "c"}},
      {R"(C:\x)", {R"(C:\x)"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<std::vector<std::string>> words = SplitWords(row.text);
    REQUIRE(words.ok());
    CHECK(*words == row.words);
  }
}

TEST_CASE("SplitWords: an open quote is refused") {
  CHECK(SplitWords("a \"b c").status().code() == Code::kInvalid);
  CHECK(SplitWords("\"a\\\"").status().code() == Code::kInvalid);
  CHECK(SplitWords("'").status().code() == Code::kInvalid);
}

TEST_CASE("Printable: no control character gets through, and long text is cut between characters") {
  CHECK(Printable("a\r\nb\x7f\x1b[0m") == "a??b??[0m");
  CHECK(Printable("abcdef", 6) == "abcdef");
  CHECK(Printable("abcdef", 5) == "abcde...");
  CHECK(Printable("abc\xc3\xa9xyz", 4) == "abc...");
  CHECK(Printable("\xbf\xbf\xbf", 1) == "...");
}

}  // namespace
}  // namespace audiodl
