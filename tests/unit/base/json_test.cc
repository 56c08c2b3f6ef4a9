// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/json.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST_CASE("Json: every type is read as itself") {
  const Result<Json> document =
      Json::Parse(R"( {"n":null,"t":true,"f":false,"i":42,"s":"x","a":[1,[],{}],"o":{"k":"v"}} )");
  REQUIRE(document.ok());
  CHECK(document->type() == Json::Type::kObject);
  CHECK(document->names() == std::vector<std::string>{"n", "t", "f", "i", "s", "a", "o"});
  CHECK(document->Find("n")->type() == Json::Type::kNull);
  CHECK(document->Find("t")->AsBool() == true);
  CHECK(document->Find("f")->AsBool() == false);
  CHECK(document->Find("i")->AsUint() == 42u);
  CHECK(document->StringAt("s") == "x");
  CHECK(document->Find("a")->items().size() == 3);
  CHECK(document->Find("a")->items()[1].type() == Json::Type::kArray);
  CHECK(document->Find("o")->StringAt("k") == "v");
}

TEST_CASE("Json: asking for another type gives none") {
  const Result<Json> document = Json::Parse(R"({"s":"1","n":1})");
  REQUIRE(document.ok());
  CHECK_FALSE(document->Find("s")->AsUint().has_value());
  CHECK_FALSE(document->Find("n")->AsString().has_value());
  CHECK_FALSE(document->Find("n")->AsBool().has_value());
  CHECK_FALSE(document->AsString().has_value());
  CHECK(document->Find("missing") == nullptr);
  CHECK_FALSE(document->StringAt("missing").has_value());
  CHECK(document->Find("n")->Find("x") == nullptr);
}

TEST_CASE("Json: numbers are exact, or are not what was asked") {
  const auto parse = [](const char* text) { return Json::Parse(text).value(); };
  CHECK(parse("18446744073709551615").AsUint() == 18446744073709551615u);
  CHECK_FALSE(parse("18446744073709551616").AsUint().has_value());
  CHECK_FALSE(parse("-1").AsUint().has_value());
  CHECK(parse("-9223372036854775808").AsInt() == std::numeric_limits<int64_t>::min());
  CHECK_FALSE(parse("1.0").AsUint().has_value());
  CHECK_FALSE(parse("1e2").AsInt().has_value());
  CHECK(parse("1e2").AsDouble() == 100.0);
  CHECK(parse("-0.5E-1").AsDouble() == -0.05);
  CHECK(parse("0").AsInt() == 0);
  CHECK_FALSE(parse("1e999").AsDouble().has_value());
}

TEST_CASE("Json: strings are decoded to UTF-8") {
  const std::pair<const char*, std::string> rows[] = {
      {R"("")", ""},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\xc3\xa9\xe2\x82\xac"},
      {R"("\ud83c\udfa7")", "\xf0\x9f\x8e\xa7"},
      {R"("\u0000")", std::string(1, '\0')},
      {"\"\xf0\x9f\x8e\xa7\"", "\xf0\x9f\x8e\xa7"},
      {"\"\x7f\"", "\x7f"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Result<Json> document = Json::Parse(text);
    REQUIRE(document.ok());
    CHECK(document->AsString() == expected);
  }
}

TEST_CASE("Json: what RFC 8259 does not have is refused") {
  const std::string rows[] = {"",
                              " ",
                              "{",
                              "}",
                              "[",
                              "]",
                              "[1,]",
                              "[,1]",
                              "[1 2]",
                              "{\"a\":1,}",
                              "{\"a\"}",
                              "{\"a\":}",
                              "{a:1}",
                              "{1:1}",
                              "{'a':1}",
                              "nul",
                              "nulll",
                              "True",
                              "tru",
                              "NaN",
                              "Infinity",
                              "-",
                              "+1",
                              "01",
                              "-01",
                              "1.",
                              ".5",
                              "1e",
                              "1e+",
                              "0x1",
                              "1 2",
                              "[] x",
                              "\"",
                              "\"a",
                              "\"\\",
                              "\"\\x\"",
                              "\"\\u12\"",
                              "\"\\u12g4\"",
                              "\"\n\"",
                              "\"\t\"",
                              "// c\n1",
                              "/**/1",
                              "\xef\xbb\xbf"
                              "1",
                              "<html></html>",
                              std::string("\"\0\"", 3),
                              std::string("1\0", 2),
                              std::string(1, '\0')};
  for (const std::string& text : rows) {
    CAPTURE(text);
    CHECK(Json::Parse(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("Json: text that is not UTF-8 is refused") {
  for (const char* text :
       {"\"\x80\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"", "\"\xff\"", "\"\xf0\x80\x80\x80\""}) {
    CHECK(Json::Parse(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("Json: a lone surrogate is refused") {
  for (const char* text : {R"("\ud83c")", R"("\udfa7")", R"("\ud83cx")", R"("\ud83c\n")",
                           R"("\ud83c\ud83c")", R"("\ud83c\u0041")"}) {
    CAPTURE(text);
    CHECK(Json::Parse(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("Json: a name twice is refused, in nested objects too") {
  CHECK(Json::Parse(R"({"a":1,"b":2,"a":3})").status().code() == Code::kInvalid);
  CHECK(Json::Parse(R"([{"a":1,"\u0061":3}])").status().code() == Code::kInvalid);
  CHECK(Json::Parse(R"([{"a":1},{"a":3}])").ok());
}

TEST_CASE("Json: nesting is bounded") {
  const int deepest = Json::kMaxDepth;
  CHECK(Json::Parse(Repeat("[", deepest) + Repeat("]", deepest)).ok());
  CHECK_FALSE(Json::Parse(Repeat("[", deepest + 1) + Repeat("]", deepest + 1)).ok());
  CHECK_FALSE(Json::Parse(Repeat("[", 1000000)).ok());
  CHECK_FALSE(Json::Parse(Repeat("{\"a\":", 1000000)).ok());
  CHECK(Json::Parse("[" + Repeat("[],", 1000) + "[]]").ok());
}

TEST_CASE("Json: a message has the place and none of the text") {
  const Status status = Json::Parse(R"({"SecretAccessKey" "hunter2"})").status();
  CHECK(status.text() == "JSON: expected : at byte 19");
}

}  // namespace
}  // namespace audiodl
