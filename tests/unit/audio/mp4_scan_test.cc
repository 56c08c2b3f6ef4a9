// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/mp4_scan.h"

#include "common/audio/audio_file.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

std::string Number(uint64_t number, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift));
  }
  return out;
}

std::string Box(const std::string& type, const std::string& content) {
  return Number(content.size() + 8, 4) + type + content;
}

std::string Text(const std::string& type, const std::string& text) {
  return Box(type, Box("data", std::string("\0\0\0\1\0\0\0\0", 8) + text));
}

std::string Mvhd() { return Box("mvhd", std::string(12, '\0') + Number(600, 4) + Number(3001, 4)); }

std::string Book(const std::string& mvhd = Mvhd()) {
  const std::string chpl = std::string("\1\0\0\0\0\0\0\0\2", 9) + Number(0, 8) + "\3One" +
                           Number(25000000, 8) + std::string("\0", 1);
  const std::string ilst = Box("ilst", Text("\xa9nam", "Title") + Text("\xa9"
                                                                       "ART",
                                                                       "Author"));
  const std::string udta = Box("udta", Box("chpl", chpl) + Box("meta", Number(0, 4) + ilst));
  return Box("ftyp", "M4B mp42") + Box("moov", mvhd + Box("trak", "") + udta) +
         Box("mdat", std::string(1000, 'x'));
}

Result<Mp4Facts> Scan(const std::string& bytes) {
  ByteSource source(bytes);
  return ScanMp4(source);
}

TEST_CASE("ScanMp4: duration, titles and chapters") {
  const Result<Mp4Facts> facts = Scan(Book());
  REQUIRE(facts.status().text().empty());
  CHECK(facts->duration->count() == 5001);
  CHECK(facts->title == "Title");
  CHECK(facts->artist == "Author");
  CHECK(facts->chapters == std::vector<Mp4Chapter>{{0, "One"}, {2500, ""}});
}

TEST_CASE("ScanMp4: long forms of sizes and times, and a box to the end") {
  const std::string mvhd =
      Box("mvhd", "\1" + std::string(19, '\0') + Number(1000, 4) + Number(7000, 8));
  CHECK(Scan(Book(mvhd))->duration->count() == 7000);
  const std::string head = Box("ftyp", "M4A ") + Box("moov", Mvhd());
  CHECK(Scan(head + Number(1, 4) + "mdat" + Number(19, 8) + "abc").ok());
  CHECK(Scan(head + Number(0, 4) + "mdatabc").ok());
}

TEST_CASE("ScanMp4: a duration that nobody knows is none") {
  const std::string unknown = Box("mvhd", std::string(12, '\0') + Number(600, 4) + Number(~0U, 4));
  REQUIRE(Scan(Book(unknown)).ok());
  CHECK_FALSE(Scan(Book(unknown))->duration);
  CHECK_FALSE(Scan(Book(Box("mvhd", "short")))->duration);
}

TEST_CASE("ScanMp4: cut anywhere it is refused") {
  const std::string whole = Book();
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    REQUIRE(Scan(whole.substr(0, size)).status().code() == Code::kCorrupt);
  }
  CHECK(Scan(whole.substr(0, whole.size() - 10)).status().text() ==
        "broken at byte " + std::to_string(whole.size() - 10) +
            ": the box 'mdat' that begins at byte " + std::to_string(whole.size() - 1008) +
            " lacks 10 bytes");
}

TEST_CASE("ScanMp4: what is no whole m4b") {
  CHECK_FALSE(Scan("").ok());
  CHECK_FALSE(Scan("ID3").ok());
  CHECK_FALSE(Scan(Book() + "xyz").ok());
  CHECK_FALSE(Scan(Book() + std::string(100, '\0') + "y").ok());
  CHECK_FALSE(Scan(Box("ftyp", "M4A ") + Box("mdat", "x")).ok());
  CHECK_FALSE(Scan(Box("ftyp", "M4A ") + Box("moov", Mvhd())).ok());
  CHECK_FALSE(Scan(Box("ftyp", "M4A ") + Box("moov", Mvhd() + "xx") + Box("mdat", "x")).ok());
}

TEST_CASE("KindOf: by the ending, in any case") {
  CHECK(KindOf("a.MP3") == AudioFacts::Kind::kMp3);
  CHECK(KindOf("a.m4b") == AudioFacts::Kind::kMp4);
  CHECK(KindOf("a.mp3.pdf") == AudioFacts::Kind::kOther);
  CHECK(KindOf("mp3") == AudioFacts::Kind::kOther);
}

}  // namespace
}  // namespace audiodl
