// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/page_request.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr char kBrowser[] = "text/html,application/xhtml+xml,*/*;q=0.8";

PageRequest Asked(std::string_view query, std::string_view accept = kBrowser) {
  return ParsePageRequest(query, accept).value();
}

TEST_CASE("ParsePageRequest: the form by its name, else by Accept") {
  CHECK(Asked("format=rss").format == BookFormat::kRss);
  CHECK_FALSE(Asked("format=rss").is_negotiated);
  CHECK(Asked("format=html", "application/json").format == BookFormat::kHtml);
  CHECK(Asked("").format == BookFormat::kHtml);
  CHECK(Asked("").is_negotiated);
  CHECK(Asked("", "application/json").format == BookFormat::kJson);
  CHECK(Asked("", "text/html;q=0.1, application/json").format == BookFormat::kJson);
  for (const char* accept : {"", "*/*", "text/plain", "audio/*"}) {
    CHECK(Asked("", accept).format == BookFormat::kHtml);
  }
  for (const char* query : {"format=", "format=RSS", "format=exe", "format=%00", "format"}) {
    CAPTURE(query);
    CHECK(ParsePageRequest(query, kBrowser).status().code() == Code::kInvalid);
  }
}

TEST_CASE("ParsePageRequest: values are decoded as forms write them") {
  CHECK(Asked("play=a+b%2Fc%C3%bc").play == "a b/c\xC3\xBC");
  CHECK(Asked("part=100%&x").part == "100%");
  CHECK(Asked("part=%4").part == "%4");
  CHECK(Asked("device=+Mum%27s+phone+").device == "Mum's phone");
  CHECK(Asked("t=62").start_seconds == 62);
  CHECK(Asked("t=-1").start_seconds == 0);
  CHECK(Asked("links=signed").wants_signed_links);
  CHECK_FALSE(Asked("links=1&xlinks=signed").wants_signed_links);
  CHECK(Asked("&&=x&a&play=1&play=2").play == "2");
}

TEST_CASE("BookFormat: each is found by its name") {
  for (const char* name :
       {"html", "fragment", "json", "m3u8", "xspf", "cue", "metalink", "rss", "chapters"}) {
    REQUIRE(FindBookFormat(name) != nullptr);
    CHECK(&InfoOf(FindBookFormat(name)->format) == FindBookFormat(name));
  }
  CHECK(FindBookFormat("zap") == nullptr);
}

}  // namespace
}  // namespace audiodl
