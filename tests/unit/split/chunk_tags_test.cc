// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/chunk_tags.h"

#include "common/audio/mp3_scan.h"
#include "common/split/xing_frame.h"
#include "tests/unit/audio/mp3_sample.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const std::vector<Chapter> kChapters = {{.start_ms = 0, .title = "One"},
                                        {.start_ms = 1000, .title = "Two"},
                                        {.start_ms = 2000, .title = "Three"}};

Id3Tag Source() {
  Id3Tag tag;
  tag.title = "The whole";
  tag.artist = "Someone";
  tag.chapters = {{.start_ms = 0, .end_ms = 3000, .title = "One"}};
  return tag;
}

TEST_CASE("ChunkTags: the chapters that are heard, from the chunk's beginning on") {
  const ChunkTags tags(Source(), kChapters);
  const Id3Tag first = tags.Make({0, 1500}, 1, 2);
  CHECK(first.title == "One \xe2\x80\x93 Two");
  CHECK(first.album == "The whole");
  CHECK(first.artist == "Someone");
  CHECK(first.track == "1/2");
  CHECK(first.length_ms == 1500);
  CHECK(first.chapters ==
        std::vector<Id3Chapter>{{.start_ms = 0, .end_ms = 1000, .title = "One"},
                                {.start_ms = 1000, .end_ms = 1500, .title = "Two"}});
  const Id3Tag second = tags.Make({1500, 3000}, 2, 2);
  CHECK(second.chapters ==
        std::vector<Id3Chapter>{{.start_ms = 0, .end_ms = 500, .title = "Two"},
                                {.start_ms = 500, .end_ms = 1500, .title = "Three"}});
}

TEST_CASE("ChunkTags: a cut a frame beside a chapter's end is at its end") {
  const ChunkTags tags(Source(), kChapters);
  CHECK(tags.Make({0, 1020}, 1, 2).title == "One");
  CHECK(tags.Make({980, 2000}, 1, 2).title == "Two");
  CHECK(tags.Make({1020, 2000}, 1, 2).chapters.at(0).start_ms == 0);
}

TEST_CASE("ChunkTags: without chapters a chunk is called by its number") {
  CHECK(ChunkTags(Source(), {}).Make({0, 1000}, 3, 12).title == "3/12");
}

TEST_CASE("ChunkTags: no tag is larger than was said") {
  Id3Tag source = Source();
  source.others = {{.id = "APIC", .body = std::string(100000, 'x')}};
  const ChunkTags tags(source, kChapters);
  const uint64_t most = tags.MaxBytes({0, 3000});
  for (const size_t number : {1, 999}) {
    const uint64_t size = tags.Make({0, 3000}, number, 1000).Text().size();
    CHECK(size <= most);
    CHECK(size + 100 > most);
  }
}

TEST_CASE("FramesForParts: what tells of the whole is left out, encodings are 2.3's") {
  Id3Tag source;
  source.others = {{.id = "TLEN",
                    .body = std::string("\0"
                                        "5",
                                        2)},
                   {.id = "MLLT", .body = "x"},
                   {.id = "TCOM", .body = "\3caf\xc3\xa9"},
                   {.id = "APIC", .body = std::string("\3image/png\0\3\0\xff\xd8", 15)},
                   {.id = "COMM",
                    .body = "\3eng"
                            "caf\xc3\xa9"},
                   {.id = "TCON", .body = std::string("\0Audiobook", 10)}};
  const std::vector<Id3Frame> frames = FramesForParts(source);
  REQUIRE(frames.size() == 3);
  CHECK(frames[0] == Id3Frame{.id = "TCOM", .body = std::string("\0caf\xe9", 5)});
  CHECK(frames[1].body == std::string("\0image/png\0\3\0\xff\xd8", 15));
  CHECK(frames[2].id == "TCON");
}

TEST_CASE("XingFrame: a player, and our own reader, find in it what follows") {
  for (const char* name : {"mpeg1-vbr-crc.mp3", "mpeg25-abr-mono.mp3", "mpeg2-no-header.mp3"}) {
    CAPTURE(name);
    const std::string bytes = Sample(name);
    ByteSource source(bytes);
    const FrameIndex index = FrameIndex::Make(source).value();
    const std::string frame = XingFrame(index, 2, 12);
    CHECK(frame.size() <= kMaxXingFrameBytes);
    const std::string part = frame + bytes.substr(index.offset(2), index.bytes(2, 12));
    ByteSource part_source(part);
    const Result<Mp3Facts> facts = ScanMp3(part_source);
    REQUIRE(facts.ok());
    CHECK(facts->frames == 10);
    REQUIRE(facts->vbr_header);
    CHECK(facts->vbr_header->frames == 10);
    CHECK(facts->vbr_header->bytes == part.size());
    // A frame less, and it is noticed.
    const std::string cut = part.substr(0, part.size() - index.bytes(11, 12));
    ByteSource cut_source(cut);
    CHECK_FALSE(ScanMp3(cut_source).ok());
  }
}

}  // namespace
}  // namespace audiodl
