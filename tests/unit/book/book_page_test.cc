// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_page.h"

#include "common/book/library_page.h"
#include "common/book/page_frame.h"
#include "common/book/page_style.h"
#include "common/s3write/xml_document.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// A page of ours is well-formed XML behind its document type.
XmlNode TreeOf(const std::string& page) {
  constexpr std::string_view kType = "<!DOCTYPE html>\n";
  REQUIRE(page.starts_with(kType));
  const Result<XmlNode> root = ParseXml(std::string_view(page).substr(kType.size()));
  REQUIRE(root.ok());
  return *root;
}

// All text in a tree.
std::string TextIn(const XmlNode& node) {
  std::string text = node.text;
  for (const XmlNode& child : node.children) text += TextIn(child);
  return text;
}

size_t CountOf(const XmlNode& node, std::string_view name) {
  size_t count = node.name == name ? 1 : 0;
  for (const XmlNode& child : node.children) count += CountOf(child, name);
  return count;
}

size_t Occurrences(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_CASE("BookPage: each part has its link, size, length and state") {
  BookView book = SampleBook();
  book.parts[1].downloaded_at = 1'793'692'800;
  const std::string page = RenderBookPage({book, ""});
  TreeOf(page);
  CHECK(Occurrences(page, "class=\"get\"") == 3);
  CHECK(page.find("href=\"/download/fantasy/dune/02.mp3\" download=\"\"><span lang=\"en\">Book Two"
                  "</span></a> <span class=\"facts\">30 min \xC2\xB7 30.0 MB</span>") != page.npos);
  CHECK(Occurrences(page, "class=\"done\"") == 1);
  CHECK(page.find("Downloaded on <time datetime=\"2026-11-03\">3 Nov 2026</time>") != page.npos);
  CHECK(page.find("3 parts") != page.npos);
  book.parts[1].is_outdated = true;
  book.parts[0].delivered_percent = 63;
  const std::string later = RenderBookPage({book, ""});
  CHECK(Occurrences(later, "class=\"done\"") == 0);
  CHECK(later.find("3 Nov 2026</time>, replaced since") != later.npos);
  CHECK(later.find("63\xC2\xA0% downloaded, can go on") != later.npos);
  CHECK(page.find("<p lang=\"en\">More sand.</p>") != page.npos);
}

TEST_CASE("BookPage: no text becomes markup, in any place") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    BookView book = HostileBook(text);
    BookPage shown{book, ""};
    shown.playing = &book.parts[0];
    shown.feeds = {true, text, "", text, text, 0};
    const XmlNode page = TreeOf(RenderBookPage(shown));
    BookView plain = HostileBook("plain");
    BookPage plainly{plain, ""};
    plainly.playing = &plain.parts[0];
    plainly.feeds = {true, "plain", "", "plain", "plain", 0};
    const XmlNode expected = TreeOf(RenderBookPage(plainly));
    for (const char* element :
         {"script", "img", "a", "p", "li", "main", "style", "b", "x", "span"}) {
      CHECK(CountOf(page, element) == CountOf(expected, element));
    }
    CHECK(TextIn(page).find(text) != std::string::npos);
  }
}

TEST_CASE("BookPage: one part is never offered as a zip, several are") {
  BookView book = SampleBook();
  CHECK(RenderBookPage({book, ""}).find("format=zip") == std::string::npos);
  book.offers_zip = true;
  CHECK(RenderBookPage({book, ""}).find("/download/fantasy/dune/?format=zip") != std::string::npos);
}

TEST_CASE("BookPage: a player for the part that is asked for, from where it is asked") {
  const BookView book = SampleBook();
  CHECK(RenderBookPage({book, ""}).find("<audio") == std::string::npos);
  const std::string page =
      RenderBookPage({.book = book, .css = "", .playing = &book.parts[1], .start_seconds = 62});
  CHECK(page.find("src=\"/download/fantasy/dune/01.mp3#t=62\"") != page.npos);
  CHECK(page.find("/download/fantasy/dune/?play=01.mp3&amp;t=62#player") != page.npos);
  CHECK(page.find("<a href=\"/download/fantasy/dune/?play=10%20%C3%BC%20%26%20more.mp3#player") !=
        page.npos);
}

TEST_CASE("BookPage: every address bears the link that let the client in") {
  BookView book = SampleBook();
  book.offers_zip = true;
  book.address.link = "alc=42&als=x";
  BookPage shown{book, ""};
  shown.playing = &book.parts[1];
  const std::string page = RenderBookPage(shown);
  CHECK(Occurrences(page, "=\"/download/") > 10);
  CHECK(Occurrences(page, "=\"/download/") == Occurrences(page, "alc=42&amp;als=x"));
}

TEST_CASE("BookPage: feeds are shown where they were made, and asked for only where they may be") {
  const BookView book = SampleBook();
  CHECK(RenderBookPage({book, ""}).find("<form") == std::string::npos);
  BookPage shown{book, ""};
  shown.feeds.offered = true;
  CHECK(RenderBookPage(shown).find(
            "<form method=\"get\" action=\"/download/fantasy/dune/#podcast\"") !=
        std::string::npos);
  shown.feeds = {true, "phone", "", "https://a/b", "https://a/l", 1'793'692'800};
  const std::string page = RenderBookPage(shown);
  CHECK(page.find("value=\"https://a/b\"") != page.npos);
  CHECK(page.find("value=\"https://a/l\"") != page.npos);
  CHECK(page.find("good until 3 Nov 2026") != page.npos);
  shown.feeds.problem = "No.";
  CHECK(RenderBookPage(shown).find("https://a/b") == std::string::npos);
}

TEST_CASE("BookPage: a fragment is the inside alone") {
  const std::string fragment = RenderBookFragment({SampleBook(), ""});
  const Result<XmlNode> root = ParseXml(fragment);
  REQUIRE(root.ok());
  CHECK(root->name == "div");
  CHECK(fragment.find("<style") == std::string::npos);
}

TEST_CASE("LibraryPage: a link to each book, and a word where there is none") {
  LibraryView library;
  library.address = {"https://www.example.org", "/download/", "", {}, "/download"};
  CHECK(TextIn(TreeOf(RenderLibraryPage({library, ""}))).find("no books here yet") !=
        std::string::npos);
  library.books = {SampleBook(), HostileBook(HostileTexts()[0])};
  const std::string page = RenderLibraryPage({library, ""});
  CHECK(CountOf(TreeOf(page), "h2") == 2);
  CHECK(CountOf(TreeOf(page), "script") == 0);
  CHECK(page.find("<a href=\"/download/fantasy/dune/\">") != page.npos);
  CHECK(ParseXml(RenderLibraryFragment({library, ""})).ok());
}

TEST_CASE("PagePolicy: allows what the page is made of, and no more") {
  const std::string own =
      PagePolicy("", {"", "https://img.example.org/a", "https://img.example.org/b"});
  CHECK(own.starts_with("default-src 'none'; style-src 'sha256-"));
  CHECK(own.find("img-src https://img.example.org;") != own.npos);
  CHECK(own.find("script") == own.npos);
  CHECK(PagePolicy("/a.css", {}).starts_with("default-src 'none'; style-src 'self'; media-src"));
  CHECK(PagePolicy("https://www.example.org/a.css", {""})
            .starts_with("default-src 'none'; style-src https://www.example.org; media-src"));
  CHECK(kPageStyle.find('<') == kPageStyle.npos);
}

}  // namespace
}  // namespace audiodl
