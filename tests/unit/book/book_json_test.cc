// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_json.h"

#include "common/base/json.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("BookJson: what is known, and nothing else") {
  BookView book = SampleBook();
  book.shows_downloads = true;
  book.parts[1].downloaded_at = 1'790'000'000;
  const Result<Json> json = Json::Parse(RenderBookJson(book));
  REQUIRE(json.ok());
  CHECK(json->Find("audiodl")->AsUint() == 1);
  CHECK(json->StringAt("book") == "fantasy/dune");
  CHECK(json->StringAt("url") == "https://www.example.org/download/fantasy/dune/");
  CHECK(json->Find("size") == nullptr);
  const std::vector<Json>& parts = json->Find("parts")->items();
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].Find("size")->AsUint() == 30'000'002);
  CHECK(parts[0].Find("downloaded")->AsBool() == false);
  CHECK(parts[0].Find("chapters") == nullptr);
  CHECK(parts[1].StringAt("downloaded_at") == "2026-09-21T14:13:20Z");
  CHECK(parts[1].Find("chapters")->items()[1].Find("start_ms")->AsUint() == 62'500);
  CHECK(parts[2].Find("size") == nullptr);
  book.parts[1].is_outdated = true;
  book.parts[1].delivered_percent = 63;
  const Json part = Json::Parse(RenderBookJson(book))->Find("parts")->items()[1];
  CHECK(part.Find("downloaded")->AsBool() == false);
  CHECK(part.Find("outdated")->AsBool() == true);
  CHECK(part.Find("delivered_percent")->AsUint() == 63);
  book.shows_downloads = false;
  CHECK(Json::Parse(RenderBookJson(book))->Find("parts")->items()[0].Find("downloaded") == nullptr);
}

TEST_CASE("BookJson: a zip is among the forms where there is one") {
  BookView book = SampleBook();
  const auto zip = [&book] {
    return Json::Parse(RenderBookJson(book))->Find("formats")->StringAt("zip");
  };
  CHECK_FALSE(zip());
  book.offers_zip = true;
  book.address.link = "alc=42";
  CHECK(zip() == "https://www.example.org/download/fantasy/dune/?format=zip&alc=42");
}

TEST_CASE("BookJson: any text comes back as it was") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    const Result<Json> json = Json::Parse(RenderBookJson(HostileBook(text)));
    REQUIRE(json.ok());
    CHECK(json->StringAt("title") == text);
    CHECK(json->Find("parts")->items()[0].StringAt("title") == text);
    CHECK(json->Find("parts")->items()[0].Find("chapters")->items()[0].StringAt("title") == text);
  }
}

TEST_CASE("LibraryJson: each book without its parts") {
  LibraryView library;
  library.address = {"https://www.example.org", "/download/", "", {}, "/download"};
  library.books = {SampleBook(), HostileBook(HostileTexts()[0])};
  const Result<Json> json = Json::Parse(RenderLibraryJson(library));
  REQUIRE(json.ok());
  REQUIRE(json->Find("books")->items().size() == 2);
  CHECK(json->Find("books")->items()[0].Find("parts")->AsUint() == 3);
  CHECK(json->Find("books")->items()[1].StringAt("title") == HostileTexts()[0]);
}

TEST_CASE("ChaptersJson: seconds, with a fraction where there is one") {
  CHECK(RenderChaptersJson(SampleBook().parts[1]) ==
        "{\"version\":\"1.2.0\",\"chapters\":[{\"startTime\":0,\"title\":\"One\"},"
        "{\"startTime\":62.500,\"title\":\"Chapter 2\"}]}\n");
  CHECK(RenderChaptersJson(SampleBook().parts[0]) == "{\"version\":\"1.2.0\",\"chapters\":[]}\n");
}

}  // namespace
}  // namespace audiodl
