// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/podcast_feed.h"

#include <set>

#include "common/base/dates.h"
#include "common/s3write/xml_document.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

XmlNode ChannelOf(const std::string& feed) {
  const Result<XmlNode> root = ParseXml(feed);
  REQUIRE(root.ok());
  REQUIRE(root->Find("channel") != nullptr);
  return *root->Find("channel");
}

LibraryView SampleLibrary() {
  LibraryView library;
  library.address = {"https://www.example.org", "/download/", "alc=42&ald=phone", {}, "/download"};
  library.shop = "www.example.org";
  library.books = {SampleBook(), SampleBook()};
  library.books[1].book = "other/dune";
  return library;
}

TEST_CASE("BookFeed: an episode for each part, in the book's order by number and by time") {
  const XmlNode channel = ChannelOf(RenderBookFeed(SampleBook()));
  CHECK(channel.TextOf("title") == "Dune");
  CHECK(channel.TextOf("block") == "Yes");
  CHECK(channel.TextOf("type") == "serial");
  const std::vector<const XmlNode*> items = channel.All("item");
  REQUIRE(items.size() == 3);
  CHECK(items[0]->TextOf("title") == "Book Two");
  CHECK(items[0]->TextOf("duration") == "1801");
  CHECK(items[0]->TextOf("pubDate") == "Fri, 20 Nov 2026 06:00:00 GMT");
  CHECK(items[2]->TextOf("pubDate") == "Fri, 20 Nov 2026 06:00:02 GMT");
  CHECK(items[2]->TextOf("episode") == "3");
  CHECK(items[2]->Find("duration") == nullptr);
  CHECK(items[0]->Find("chapters") == nullptr);
  CHECK(items[1]->Find("chapters") != nullptr);
}

TEST_CASE("BookFeed: identities stay, whoever asks and by whichever way") {
  BookView other = SampleBook();
  other.address = {"https://www7.example.org", "/dl/fantasy/dune/", "alc=7", {}, "/dl"};
  other.published_at += 1000;
  other.parts[0].title = "Renamed";
  other.parts[0].size = 1;
  const XmlNode a = ChannelOf(RenderBookFeed(SampleBook()));
  const XmlNode b = ChannelOf(RenderBookFeed(other));
  std::set<std::string> ids;
  for (size_t i = 0; i < 3; ++i) {
    CHECK(a.All("item")[i]->TextOf("guid") == b.All("item")[i]->TextOf("guid"));
    ids.emplace(a.All("item")[i]->TextOf("guid"));
  }
  CHECK(ids.size() == 3);
  // This one is written down so that it never changes by accident: apps would fetch all again.
  CHECK(a.All("item")[0]->TextOf("guid") == "audiodl:838befffda9ec923b7071fa64c3a7067");
}

TEST_CASE("BookFeed: addresses are ASCII and bear the link, escaped once") {
  BookView book = SampleBook();
  book.address.link = "alc=42&als=x_y-z";
  const std::string feed = RenderBookFeed(book);
  CHECK(feed.find("<enclosure url=\"https://www.example.org/download/fantasy/dune/"
                  "10%20%C3%BC%20%26%20more.mp3?alc=42&amp;als=x_y-z\" length=\"0\" "
                  "type=\"audio/mpeg\"/>") != std::string::npos);
  CHECK(feed.find("<podcast:chapters url=\"https://www.example.org/download/fantasy/dune/"
                  "?format=chapters&amp;part=01.mp3&amp;alc=42&amp;als=x_y-z\"") !=
        std::string::npos);
  CHECK(feed.find("length=\"30000002\"") != std::string::npos);
}

TEST_CASE("LibraryFeed: each book is a season") {
  const XmlNode channel = ChannelOf(RenderLibraryFeed(SampleLibrary()));
  CHECK(channel.TextOf("title") == "My audiobooks at www.example.org");
  const std::vector<const XmlNode*> items = channel.All("item");
  REQUIRE(items.size() == 6);
  CHECK(items[0]->TextOf("season") == "1");
  CHECK(items[5]->TextOf("season") == "2");
  CHECK(items[5]->TextOf("episode") == "3");
  CHECK(items[0]->TextOf("title") == "Dune \xE2\x80\x93 Book Two");
  CHECK(items[0]->TextOf("guid") != items[3]->TextOf("guid"));
  CHECK(items[0]->TextOf("guid") ==
        ChannelOf(RenderBookFeed(SampleBook())).All("item")[0]->TextOf("guid"));
}

TEST_CASE("Feeds: any text comes back as it was") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    const XmlNode channel = ChannelOf(RenderBookFeed(HostileBook(text)));
    CHECK(channel.Find("title")->text == text);
    CHECK(channel.Find("description")->text == text);
    REQUIRE(channel.All("item").size() == 3);
    CHECK(channel.All("item")[0]->Find("title")->text == text);
    LibraryView library = SampleLibrary();
    library.books[0] = HostileBook(text);
    CHECK(ChannelOf(RenderLibraryFeed(library)).All("item")[0]->All("season")[1]->text == "1");
  }
}

}  // namespace
}  // namespace audiodl
