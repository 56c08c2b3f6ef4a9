// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/id3_tag.h"

#include "common/audio/audio_tags.h"
#include "common/audio/id3_text.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Id3Tag ReadText(const std::string& bytes) {
  ByteSource source(bytes);
  return Id3Tag::Read(source);
}

std::string Frame(const std::string& id, const std::string& body, const std::string& flags) {
  std::string frame = id;
  for (const int shift : {24, 16, 8, 0}) frame.push_back(static_cast<char>(body.size() >> shift));
  return frame + flags + body;
}

std::string Frame(const std::string& id, const std::string& body) {
  return Frame(id, body, std::string(2, '\0'));
}

const std::string kNul(1, '\0');

TEST_CASE("DecodeId3Text: all four encodings, and what is malformed") {
  CHECK(DecodeId3Text(kNul + "caf\xe9") == "caf\xc3\xa9");
  CHECK(DecodeId3Text(std::string("\1\xff\xfe\xe9\0\x3d\xd8\0\xde", 9)) ==
        "\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(DecodeId3Text(std::string("\1\xfe\xff\0\xe9", 5)) == "\xc3\xa9");
  CHECK(DecodeId3Text(std::string("\2\0\xe9", 3)) == "\xc3\xa9");
  CHECK(DecodeId3Text("\3caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(DecodeId3Text(kNul + "one" + kNul + "two") == "one");
  CHECK(DecodeId3Text(kNul + " a\nb\t") == "a b");
  CHECK(DecodeId3Text("\3\xff") == "\xef\xbf\xbd");
  CHECK(DecodeId3Text(std::string("\1\xff\xfe\0\xd8x", 6)) == "\xef\xbf\xbd");
  CHECK(DecodeId3Text("").empty());
  CHECK(DecodeId3Text("\7x").empty());
}

TEST_CASE("EncodeId3Text: what was encoded is decoded") {
  for (const char* text : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80!"}) {
    CHECK(DecodeId3Text(EncodeId3Text(text)) == text);
  }
  CHECK(EncodeId3Text("caf\xc3\xa9") == kNul + "caf\xe9");
}

TEST_CASE("Id3Tag: what is written is read") {
  Id3Tag tag;
  tag.title =
      "Teil 1 \xe2\x80\x93 \xc3\x9c"
      "ber";
  tag.album = "Album";
  tag.artist = "A. Author";
  tag.track = "3/12";
  tag.chapters = {{.start_ms = 0, .end_ms = 1000, .title = "One"},
                  {.start_ms = 1000, .end_ms = 90000, .title = "\xe2\x82\xac"}};
  tag.others = {{.id = "APIC", .body = std::string("\0image/png\0\3\0\xff\xd8", 15)}};
  const std::string text = tag.Text();
  CHECK(ReadText(text + SilentFrames(3)) == tag);
  ByteSource source(text);
  CHECK(Id3v2Bytes(source, 0) == text.size());
}

TEST_CASE("Id3Tag: LAME's own") {
  const Id3Tag tag = ReadText(Sample("mpeg1-cbr-joint.mp3"));
  CHECK(tag.title == "One");
  CHECK(tag.album == "The Album");
  CHECK(tag.artist == "Someone");
}

TEST_CASE("Id3Tag: versions 2.2 to 2.4, extended headers, several tags") {
  const std::string title = kNul + "Title";
  CHECK(ReadText(Id3v2(2, 0, std::string("TT2\0\0\6", 6) + title)).title == "Title");
  CHECK(ReadText(Id3v2(3, 0, Frame("TIT2", title))).title == "Title");
  CHECK(ReadText(Id3v2(4, 0, Frame("TIT2", title))).title == "Title");
  const std::string extended3 = std::string("\0\0\0\6\0\0\0\0\0\0", 10);
  CHECK(ReadText(Id3v2(3, 0x40, extended3 + Frame("TIT2", title))).title == "Title");
  const std::string extended4 = std::string("\0\0\0\6\1\0", 6);
  CHECK(ReadText(Id3v2(4, 0x40, extended4 + Frame("TIT2", title))).title == "Title");
  CHECK(ReadText(Id3v2(3, 0, "") + Id3v2(4, 0, Frame("TIT2", title))).title == "Title");
}

TEST_CASE("Id3Tag: sizes of 2.4, as they should be and as iTunes wrote them") {
  const std::string long_text = kNul + std::string(199, 'a');
  std::string right = Frame("TALB", long_text);
  right.replace(4, 4, std::string("\0\0\1\x48", 4));  // 200, seven bits a byte
  const std::string title = Frame("TIT2", kNul + "x");
  CHECK(ReadText(Id3v2(4, 0, right + title)).title == "x");
  CHECK(ReadText(Id3v2(4, 0, Frame("TALB", long_text) + title)).title == "x");
}

TEST_CASE("Id3Tag: unsynchronisation and data lengths are undone, secrets passed over") {
  const std::string text("\1\xff\xfe\xe9\0", 5);
  const std::string unsynced("\1\xff\0\xfe\xe9\0", 6);
  CHECK(ReadText(Id3v2(3, '\x80',
                       [&] {
                         std::string frame = Frame("TIT2", text);
                         return frame.replace(11, 1, std::string("\xff\0", 2));
                       }()))
            .title == "\xc3\xa9");
  CHECK(
      ReadText(
          Id3v2(4, 0, Frame("TIT2", std::string("\0\0\0\5", 4) + unsynced, std::string("\0\3", 2))))
          .title == "\xc3\xa9");
  const std::string encrypted = Frame("TIT2", kNul + "x", std::string("\0\4", 2));
  CHECK(ReadText(Id3v2(4, 0, encrypted + Frame("TALB", kNul + "y"))).album == "y");
  CHECK(ReadText(Id3v2(4, 0, encrypted)).title.empty());
}

TEST_CASE("Id3Tag: chapters come by their start, damaged ones not at all") {
  const auto chapter = [](char id, char start, const std::string& rest) {
    return Frame("CHAP", std::string(1, id) + kNul + std::string("\0\0\0", 3) + start +
                             std::string("\0\0\0\x7f", 4) + std::string(8, '\xff') + rest);
  };
  const Id3Tag tag =
      ReadText(Id3v2(3, 0,
                     chapter('b', 9, Frame("TIT2", kNul + "B")) + chapter('a', 1, "") +
                         Frame("CHAP", "no end") + Frame("CHAP", "x" + kNul + "short")));
  REQUIRE(tag.chapters.size() == 2);
  CHECK(tag.chapters[0].start_ms == 1);
  CHECK(tag.chapters[1].title == "B");
  CHECK(tag.chapters[1].end_ms == 0x7f);
}

TEST_CASE("Id3Tag: no byte of a damaged tag is read beyond its end") {
  Id3Tag tag;
  tag.title = "Title";
  tag.chapters = {{.start_ms = 0, .end_ms = 1, .title = "One"}};
  const std::string text = tag.Text();
  for (size_t size = 0; size <= text.size(); ++size) ReadText(text.substr(0, size));
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string damaged = text;
      damaged[at] = byte;
      ReadText(damaged);
    }
  }
  CHECK(ReadText(text) == tag);
}

}  // namespace
}  // namespace audiodl
