// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/login_url.h"

#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("LoginUrl: the way back is a path of ours and its query, escaped as one value") {
  const LoginUrl login =
      LoginUrl::Parse("https://www.example.org/login?next=%{return}&x=1").value();
  const std::string before = "https://www.example.org/login?next=";
  const struct {
    std::string path, query, expected;
  } kTable[] = {
      {"/download/b/01.mp3", "", "%2Fdownload%2Fb%2F01.mp3"},
      {"/download/b/01.mp3", "a=1&b=%20", "%2Fdownload%2Fb%2F01.mp3%3Fa%3D1%26b%3D%2520"},
      {"/download/ä b/1.mp3", "", "%2Fdownload%2F%25C3%25A4%2520b%2F1.mp3"},
      {"/d/x", "alc=42&alx=1&alk=k&als=secret", "%2Fd%2Fx"},
      {"/d/x", "a=1&als=secret&ALC=1&b", "%2Fd%2Fx%3Fa%3D1%26b"},
      // What a browser would take for another server.
      {"//evil.example/x", "", "%2Fevil.example%2Fx"},
      {"///evil.example", "", "%2Fevil.example"},
      {"/\\evil.example", "", "%2F%255Cevil.example"},
      {"/d/x\r\nSet-Cookie: a=b", "", "%2Fd%2Fx%250D%250ASet-Cookie%253A%2520a%253Db"},
      {"", "", "%2F"},
      {"/" + std::string(3000, 'x'), "", "%2F"},
      {"/x", std::string(3000, 'x'), "%2F"},
  };
  for (const auto& row : kTable) {
    CAPTURE(row.path, row.query);
    CHECK(login.For(row.path, row.query) == before + row.expected + "&x=1");
  }
}

TEST_CASE("LoginUrl: without a place for the way back it stays as it is") {
  CHECK(LoginUrl::Parse("/login").value().For("/download/b/1", "x") == "/login");
}

TEST_CASE("LoginUrl: what no browser should be sent to is refused") {
  for (const std::string_view text :
       {"", "login", "//evil.example/login", "ftp://x/", "javascript:alert(1)", "https://",
        "https:///x", "https://x/a b", "https://x/\n", "https://x/\"", "/\\x", "%{return}",
        "https://%{return}", "/login?a=%{return}&b=%{return}", "/login?a=%{back}"}) {
    CAPTURE(text);
    CHECK(LoginUrl::Parse(text).status().code() == Code::kInvalid);
  }
  for (const std::string_view text : {"/", "/login?next=%{return}", "http://x/",
                                      "https://www.example.org/l%20n?u=%{return}#top"}) {
    CAPTURE(text);
    CHECK(LoginUrl::Parse(text).ok());
  }
}

}  // namespace
}  // namespace audiodl
