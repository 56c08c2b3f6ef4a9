// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/json_text.h"

#include "common/base/json.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("JsonText: what must be escaped is, what is no UTF-8 is replaced") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", R"("")"},
      {"a/b.mp3", R"("a/b.mp3")"},
      {"say \"no\" \\", R"("say \"no\" \\")"},
      {"\n\x1f\x7f", R"("\u000a\u001f\u007f")"},
      {"H\xc3\xb6rbuch", "\"H\xc3\xb6rbuch\""},
      {"\xff", "\"\xEF\xBF\xBD\""},
  };
  for (const auto& [text, json] : rows) {
    CHECK(JsonText(text) == json);
    CHECK(Json::Parse(JsonText(text)).ok());
  }
}

TEST_CASE("JsonObject and JsonArray: member by member") {
  CHECK(JsonObject().Text() == "{}");
  CHECK(JsonArray().Text() == "[]");
  const std::string one = JsonObject().Add("n", uint64_t{18446744073709551615u}).Text();
  CHECK(one == R"({"n":18446744073709551615})");
  JsonArray array;
  array.AddRaw(one).AddRaw("2");
  CHECK(array.bytes() == array.Text().size());
  const std::string text =
      JsonObject().Add("a \"name\"", "text").Add("yes", true).AddRaw("list", array.Text()).Text();
  CHECK(text == R"({"a \"name\"":"text","yes":true,"list":[{"n":18446744073709551615},2]})");
  CHECK(Json::Parse(text).ok());
}

}  // namespace
}  // namespace audiodl
