// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/session/session_format.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Wrappers = std::vector<SessionWrapper>;

TEST_CASE("SessionFormat: wrappers in the order written, then what is in them") {
  struct Case {
    std::string_view text;
    Wrappers wrappers;
    SessionContent content;
    bool has_keys;
  };
  const Case cases[] = {
      {"php", {}, SessionContent::kPhp, true},
      {"php_binary", {}, SessionContent::kPhpBinary, true},
      {"php_serialize", {}, SessionContent::kPhpSerialize, true},
      {"json", {}, SessionContent::kJson, true},
      {"plain", {}, SessionContent::kPlain, false},
      {"base64 php_serialize", {SessionWrapper::kBase64}, SessionContent::kPhpSerialize, true},
      {"url php", {SessionWrapper::kUrl}, SessionContent::kPhp, true},
      {"url base64 plain",
       {SessionWrapper::kUrl, SessionWrapper::kBase64},
       SessionContent::kPlain,
       false},
      {" base64   url json ",
       {SessionWrapper::kBase64, SessionWrapper::kUrl},
       SessionContent::kJson,
       true},
      {"url url url url php", Wrappers(4, SessionWrapper::kUrl), SessionContent::kPhp, true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Result<SessionFormat> format = SessionFormat::Parse(c.text);
    REQUIRE(format.ok());
    CHECK(format->wrappers == c.wrappers);
    CHECK(format->content == c.content);
    CHECK(format->HasKeys() == c.has_keys);
  }
}

TEST_CASE("SessionFormat: anything else is refused with the words that there are") {
  const std::string_view texts[] = {
      "",           "PHP",          "php_",     "serialize",  "base64",
      "url",        "base64 url",   "json,",    "php base64", "php php",
      "plain json", "base64 \"php", "gzip php", "igbinary",   "url url url url url php"};
  for (const std::string_view text : texts) {
    CAPTURE(text);
    const Result<SessionFormat> format = SessionFormat::Parse(text);
    REQUIRE_FALSE(format.ok());
    CHECK(format.status().code() == Code::kInvalid);
  }
  CHECK(SessionFormat::Parse("igbinary").status().text().find("php_serialize") !=
        std::string::npos);
}

}  // namespace
}  // namespace audiodl
