// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/chapter_list.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ParseCue: titles, the performer, and where tracks begin") {
  const Result<CueSheet> sheet = ParseCue(
      "\xef\xbb\xbfREM GENRE Audiobook\r\nPERFORMER \"Frank Herbert\"\r\nTITLE \"Dune\"\r\n"
      "FILE \"dune.mp3\" MP3\r\n  TRACK 01 AUDIO\r\n    TITLE \"Book \"One\"\"\r\n"
      "    PERFORMER \"Simon Vance\"\r\n    INDEX 01 00:00:00\r\n  track 02 audio\r\n"
      "    INDEX 00 61:00:00\r\n    INDEX 01 61:01:37\r\n");
  REQUIRE(sheet.ok());
  CHECK(sheet->title == "Dune");
  CHECK(sheet->performer == "Frank Herbert");
  CHECK(sheet->chapters == std::vector<Chapter>{{.start_ms = 0, .title = "Book \"One\""},
                                                {.start_ms = 3661493, .title = ""}});
}

TEST_CASE("ParseCue: what is wrong is named by its line") {
  CHECK(ParseCue("").status().text().find("no track") != std::string::npos);
  CHECK(ParseCue("TRACK 1\nINDEX 01 1:00").status().text().find("line 2") == 0);
  CHECK(ParseCue("TRACK 1\nINDEX 01 00:60:00").status().text().find("line 2") == 0);
  CHECK(ParseCue("TRACK 1\nINDEX 01 00:00:75").status().text().find("line 2") == 0);
  CHECK(ParseCue("TRACK 1\nINDEX 01 01:00:00\nTRACK 2\nINDEX 01 00:00:00").status().text() ==
        "line 4: a chapter begins before the one above it");
  CHECK(ParseCue("FILE a\nTRACK 1\nINDEX 01 00:00:00\nFILE b").status().text().find("line 4") == 0);
}

TEST_CASE("ParseChapterList: times with titles, in both forms") {
  const std::vector<Chapter> expected = {{.start_ms = 0, .title = "Opening"},
                                         {.start_ms = 754567, .title = "The second  one"},
                                         {.start_ms = 3723500, .title = ""}};
  const Result<std::vector<Chapter>> lines =
      ParseChapterList("# a comment\n0:00 Opening\n\n12:34.567\tThe second  one \n01:02:03.5\n");
  REQUIRE(lines.ok());
  CHECK(*lines == expected);
  const Result<std::vector<Chapter>> assigned = ParseChapterList(
      "CHAPTER01=00:00:00.000\nCHAPTER01NAME=Opening\nChapter02=00:12:34.567\n"
      "Chapter02Name=The second  one\nCHAPTER03=01:02:03.500\n");
  REQUIRE(assigned.ok());
  CHECK(*assigned == expected);
}

TEST_CASE("ParseChapterList: what is wrong is named by its line") {
  for (const char* text :
       {"0:00 a\nx", "0:00 a\n5 b", "0:00 a\n0:60 b", "0:00 a\n1:60:00 b", "0:00 a\n-1:00 b",
        "0:00 a\n1:00. b", "1:00 a\n0:59 b", "0:00 a\n1:2:3:4 b", "0:00 a\n99999999999:00 b",
        "CHAPTER01=0:00\nCHAPTER02", "CHAPTER01=0:00\nCHAPTER02=x"}) {
    CAPTURE(text);
    CHECK(ParseChapterList(text).status().text().find("line 2: ") == 0);
  }
  CHECK(ParseChapterList("CHAPTER01NAME=x").status().code() == Code::kInvalid);
  CHECK(ParseChapterList("# nothing\n").status().code() == Code::kInvalid);
}

}  // namespace
}  // namespace audiodl
