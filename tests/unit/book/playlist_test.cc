// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/playlist.h"

#include <algorithm>

#include "common/s3write/xml_document.h"
#include "tests/unit/book/sample_book.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("M3u8: a line for each part, with its length") {
  BookView book = SampleBook();
  book.address.link = "alc=42";
  CHECK(RenderM3u8(book) ==
        "#EXTM3U\n#PLAYLIST:Dune\n#EXTALB:Dune\n#EXTART:Frank Herbert\n"
        "#EXTINF:1800.500,Frank Herbert - Book Two\n"
        "https://www.example.org/download/fantasy/dune/02.mp3?alc=42\n"
        "#EXTINF:1888.400,Frank Herbert - Book One\n"
        "https://www.example.org/download/fantasy/dune/01.mp3?alc=42\n"
        "#EXTINF:-1,Frank Herbert - 10 \xC3\xBC & more\n"
        "https://www.example.org/download/fantasy/dune/10%20%C3%BC%20%26%20more.mp3?alc=42\n");
}

TEST_CASE("Playlists: no title can begin a line of its own") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    const std::string m3u8 = RenderM3u8(HostileBook(text));
    CHECK(std::count(m3u8.begin(), m3u8.end(), '\n') == 4 + 2 * 3);
    const std::string cue = RenderCue(HostileBook(text)).value();
    CHECK(std::count(cue.begin(), cue.end(), '\n') == 2 + 3 + 3 * 2 * 3);
    CHECK(std::count(cue.begin(), cue.end(), '"') == 2 * (2 + 3 + 3 * 2));
  }
}

TEST_CASE("Cue: a track for each chapter, in time of 75 frames a second") {
  BookView book = SampleBook();
  book.parts.erase(book.parts.begin());
  CHECK(RenderCue(book).value() ==
        "PERFORMER \"Frank Herbert\"\nTITLE \"Dune\"\n"
        "FILE \"Dune - 02 - Book One.mp3\" MP3\n"
        "  TRACK 01 AUDIO\n    TITLE \"One\"\n    INDEX 01 00:00:00\n"
        "  TRACK 02 AUDIO\n    TITLE \"Chapter 2\"\n    INDEX 01 01:02:37\n"
        "FILE \"10 \xC3\xBC & more.mp3\" MP3\n"
        "  TRACK 03 AUDIO\n    TITLE \"10 \xC3\xBC & more\"\n    INDEX 01 00:00:00\n");
}

TEST_CASE("Cue: there is none of a hundred tracks; one that begins late leaves no gap") {
  BookView book = SampleBook();
  book.parts.resize(1);
  book.parts[0].chapters.assign(99, {0, "x"});
  CHECK(RenderCue(book).has_value());
  book.parts[0].chapters.push_back({0, "x"});
  CHECK_FALSE(RenderCue(book).has_value());
  book.parts[0].chapters = {{5000, "late"}};
  CHECK(RenderCue(book).value().find("TRACK 02 AUDIO\n    TITLE \"late\"\n    INDEX 01 00:05:00") !=
        std::string::npos);
}

TEST_CASE("Metalink: size, digest and every server of each part") {
  BookView book = SampleBook();
  book.address.mirrors = {"https://www2.example.org/download"};
  const Result<XmlNode> root = ParseXml(RenderMetalink(book));
  REQUIRE(root.ok());
  CHECK(root->name == "metalink");
  const std::vector<const XmlNode*> files = root->All("file");
  REQUIRE(files.size() == 3);
  CHECK(files[0]->TextOf("size") == "30000002");
  CHECK(files[0]->TextOf("hash") ==
        "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78");
  REQUIRE(files[0]->All("url").size() == 2);
  CHECK(files[0]->All("url")[1]->text == "https://www2.example.org/download/fantasy/dune/02.mp3");
  CHECK(files[2]->Find("size") == nullptr);
  CHECK(files[2]->Find("hash") == nullptr);
  CHECK(RenderMetalink(book).find("<file name=\"Dune/Dune - 01 - Book Two.mp3\">") !=
        std::string::npos);
}

// The values of all attributes called name.
std::vector<std::string> NamesIn(const std::string& text) {
  constexpr std::string_view kBefore = "<file name=\"";
  std::vector<std::string> names;
  for (size_t at = text.find(kBefore); at != text.npos; at = text.find(kBefore, at + 1)) {
    const size_t begin = at + kBefore.size();
    names.push_back(text.substr(begin, text.find('"', begin) - begin));
  }
  return names;
}

TEST_CASE("Metalink: no title leads out of the folder") {
  for (const char* title : {"..", "../../etc", "/etc", "a/../b", ".", "\\\\server\\x", "C:"}) {
    BookView book = SampleBook();
    book.title = title;
    const std::vector<std::string> names = NamesIn(RenderMetalink(book));
    REQUIRE(names.size() == 3);
    for (const std::string& name : names) {
      CAPTURE(name);
      CHECK(std::count(name.begin(), name.end(), '/') == 1);
      CHECK(name.find_first_of("\\:") == name.npos);
      CHECK_FALSE((name.starts_with("../") || name.starts_with("./") || name.starts_with("/")));
    }
  }
}

TEST_CASE("Playlists in XML: any text comes back as it was") {
  for (const std::string& text : HostileTexts()) {
    CAPTURE(text);
    const Result<XmlNode> xspf = ParseXml(RenderXspf(HostileBook(text)));
    REQUIRE(xspf.ok());
    CHECK(xspf->Find("title")->text == text);
    REQUIRE(xspf->Find("trackList")->children.size() == 3);
    CHECK(xspf->Find("trackList")->children[0].Find("title")->text == text);
    const Result<XmlNode> metalink = ParseXml(RenderMetalink(HostileBook(text)));
    REQUIRE(metalink.ok());
    CHECK(metalink->Find("file")->Find("description")->text == text);
  }
}

}  // namespace
}  // namespace audiodl
