// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_view.h"

#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ViewOf: the manifest's words where there are any, else the names") {
  const BookView book = SampleBook();
  CHECK(book.title == "Dune");
  CHECK(book.author == "Frank Herbert");
  CHECK(book.published_at == 1'795'154'400);  // as released, not as the markers
  REQUIRE(book.parts.size() == 3);
  CHECK(book.parts[0].title == "Book Two");
  CHECK(book.parts[0].file_name == "Dune - 01 - Book Two.mp3");
  CHECK(book.parts[1].chapters[1].title == "Chapter 2");
  CHECK(book.parts[2].title == "10 \xC3\xBC & more");
  CHECK(book.parts[2].type == "audio/mpeg");
  CHECK_FALSE(book.parts[2].size.has_value());
}

TEST_CASE("ViewOf: without a manifest a book is called as its folder") {
  const BookView book = ViewOf("a/b/Moby Dick", {{"1.m4b", nullptr, 7}}, nullptr);
  CHECK(book.title == "Moby Dick");
  CHECK(book.published_at == 7);
  CHECK(book.parts[0].title == "1");
  CHECK(book.parts[0].type == "audio/mp4");
  CHECK(ViewOf("Emma", {{"1.mp3", nullptr, -7}}, nullptr).published_at == 0);
  CHECK(ViewOf("Emma", {{"1.mp3", nullptr, INT64_MAX}}, nullptr).published_at == 253'402'300'799);
  CHECK(ViewOf("Emma", {{".mp3", nullptr, 7}}, nullptr).parts[0].title == ".mp3");
}

TEST_CASE("ViewOf: what is no language is left out") {
  for (const auto& [language, expected] :
       {std::pair("de-AT", "de-AT"), std::pair("e", ""), std::pair("en\" x=\"", ""),
        std::pair("-en", ""), std::pair("", "")}) {
    Manifest manifest;
    manifest.language = language;
    CHECK(ViewOf("b", {{"1.mp3", nullptr, 7}}, &manifest).language == expected);
  }
}

TEST_CASE("KeepApart: only books that would fall into one another are moved") {
  std::vector<BookView> books(4, SampleBook());  // of three parts each
  books[0].published_at = 1000;
  books[1].published_at = 100;
  books[2].published_at = 100;
  books[3].published_at = 103;
  KeepApart(books);
  CHECK(books[0].published_at == 1000);
  CHECK(books[1].published_at == 100);
  CHECK(books[2].published_at == 103);
  CHECK(books[3].published_at == 106);
}

TEST_CASE("BookView: a total is known where every part is") {
  BookView book = SampleBook();
  CHECK_FALSE(book.TotalSize().has_value());
  book.parts.pop_back();
  CHECK(book.TotalSize() == 60'000'003);
  CHECK(book.TotalDuration() == 3'688'900);
}

TEST_CASE("BookAddress: every address is encoded and bears the link that let the client in") {
  BookAddress address = SampleBook().address;
  CHECK(address.PartUrl("10 \xC3\xBC & more.mp3") ==
        "https://www.example.org/download/fantasy/dune/10%20%C3%BC%20%26%20more.mp3");
  CHECK(address.PartPath("a/b?#%:.mp3") == "/download/fantasy/dune/a%2Fb%3F%23%25%3A.mp3");
  CHECK(address.FormatPath(BookFormat::kRss) == "/download/fantasy/dune/?format=rss");
  CHECK(address.PartUrlOn("https://www2.example.org/dl", "1.mp3") ==
        "https://www2.example.org/dl/fantasy/dune/1.mp3");
  address.link = "alc=42&als=x";
  CHECK(address.PartPath("1.mp3") == "/download/fantasy/dune/1.mp3?alc=42&als=x");
  CHECK(address.FormatPath(BookFormat::kChapters, "part=1.mp3") ==
        "/download/fantasy/dune/?format=chapters&part=1.mp3&alc=42&als=x");
  CHECK(address.PagePath() == "/download/fantasy/dune/?alc=42&als=x");
  CHECK(address.PageUrl() == "https://www.example.org/download/fantasy/dune/");
}

}  // namespace
}  // namespace audiodl
