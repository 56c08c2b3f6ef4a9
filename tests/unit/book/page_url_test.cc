// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_url.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("CheckPageUrl: a path or a URL of the web, and no other") {
  for (const char* url : {"/a.css", "/a/b.css?v=1&x=%20", "https://img.example.org/a.jpg",
                          "http://[::1]:8080/x", "https://example.org"}) {
    CAPTURE(url);
    CHECK(CheckPageUrl(url).ok());
  }
  for (const char* url :
       {"", "a.css", "//evil.example/a", "javascript:alert(1)", "data:text/css,x", "ftp://x/y",
        "https://", "https:///a", "/a b", "/a;b", "/a,b", "/a\"b", "/a'b", "/a\\b", "/a\nb",
        "/\xC3\xA9", "https://x/a; script-src *", "/<b>"}) {
    CAPTURE(url);
    CHECK(CheckPageUrl(url).code() == Code::kInvalid);
  }
}

TEST_CASE("CoverUrl: absolute, or none at all") {
  CHECK(CoverUrl("/c/d.jpg", "https://www.example.org") == "https://www.example.org/c/d.jpg");
  CHECK(CoverUrl("https://img.example.org/d.jpg", "https://x") == "https://img.example.org/d.jpg");
  for (const char* cover :
       {"", "d.jpg", "//evil.example/d", "javascript:alert(1)", "/\\evil.example"}) {
    CHECK(CoverUrl(cover, "https://x").empty());
  }
}

TEST_CASE("PolicySourceOf: the server alone") {
  CHECK(PolicySourceOf("/a.css") == "'self'");
  CHECK(PolicySourceOf("https://img.example.org:8443/a/b?c") == "https://img.example.org:8443");
  CHECK(PolicySourceOf("https://img.example.org?c") == "https://img.example.org");
  CHECK(PolicySourceOf("https://img.example.org") == "https://img.example.org");
}

}  // namespace
}  // namespace audiodl
