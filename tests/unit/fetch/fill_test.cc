// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill.h"

#include <fcntl.h>

#include <algorithm>
#include <random>

#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kTwelveBlocks = 11 * kBlockBytes + 4097;

bool Whole(const FillWorld& world, const std::string& key, const std::string& object) {
  CacheReader reader;
  return world.Open(key, reader).ok() && reader.complete() && Visible(world, key) == object;
}

TEST_CASE("Fill: a cold object is fetched whole, each byte once, in block-aligned parts") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
  CHECK(rig.origin.sent() == kTwelveBlocks);
  CHECK(rig.origin.sent_twice() == 0);
  for (const ReadRequest& asked : rig.origin.history()) {
    CHECK(asked.offset % kBlockBytes == 0);
    CHECK((asked.offset + asked.length == kTwelveBlocks || asked.length % kBlockBytes == 0));
  }
  CHECK(rig.completed.size() == 1);
  CacheReader reader;
  REQUIRE(world.Open(kKey, reader).ok());
  CHECK(reader.header().etag == Md5Tag(object));
  CHECK(reader.header().content_type == "audio/mpeg");
  CHECK(reader.header().last_modified == 1700000000);
  CHECK(reader.marker() == 1);
}

TEST_CASE("Fill: every GET after the first carries the generation") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Run();
  const std::vector<ReadRequest>& history = rig.origin.history();
  REQUIRE(history.size() > 2);
  CHECK(history[0].if_match.empty());
  CHECK(std::all_of(history.begin() + 1, history.end(),
                    [](const ReadRequest& asked) { return asked.if_match == "\"v1\""; }));
}

TEST_CASE("Fill: objects of every size around the blocks") {
  for (const uint64_t size :
       {uint64_t{1}, uint64_t{4096}, kBlockBytes - 1, kBlockBytes, kBlockBytes + 1, 2 * kBlockBytes,
        5 * kBlockBytes - 1, 5 * kBlockBytes + 1}) {
    INFO(size);
    FillWorld world;
    FillRig rig(world);
    const std::string object = SampleBytes(size);
    rig.origin.Put(kKey, object, Md5Tag(object));
    rig.WantBytes(kKey);
    rig.Run();
    CHECK(Whole(world, kKey, object));
    CHECK(rig.origin.sent_twice() == 0);
  }
}

TEST_CASE("Fill: an empty object is complete, whatever was asked of it") {
  for (const WantKind kind : {WantKind::kInfo, WantKind::kBytes, WantKind::kVerify}) {
    FillWorld world;
    FillRig rig(world);
    rig.origin.Put(kKey, "", Md5Tag(""));
    rig.Handle(kind, kKey);
    rig.Run();
    CHECK(Whole(world, kKey, ""));
    CHECK(rig.completed.size() == 1);
  }
}

TEST_CASE("Fill: a range fetches its own blocks only") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey, 5 * kBlockBytes + 100, kBlockBytes);  // touches blocks 5 and 6
  rig.Run();
  CHECK(rig.origin.sent() == 2 * kBlockBytes);
  CHECK((Visible(world, kKey, 5 * kBlockBytes) == object.substr(5 * kBlockBytes, 2 * kBlockBytes)));
  CHECK(Visible(world, kKey).empty());
  CHECK(rig.completed.empty());
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
  CHECK(rig.origin.sent_twice() == 0);
}

TEST_CASE("Fill: asking for the head makes the file known and fetches no byte") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, SampleBytes(kTwelveBlocks), "\"v1\"");
  rig.Handle(WantKind::kInfo, kKey);
  rig.Run();
  CHECK(rig.origin.heads() == 1);
  CHECK(rig.origin.history().size() == 1);
  CacheReader reader;
  REQUIRE(world.Open(kKey, reader).ok());
  CHECK(reader.header().size == kTwelveBlocks);
  rig.Handle(WantKind::kInfo, kKey);
  rig.Run();
  CHECK(rig.origin.history().size() == 1);
}

// As a client may write it: Range: bytes=18446744073709551615-
TEST_CASE("Fill: bytes past the end make the size known and are no error") {
  for (const uint64_t offset : {kTwelveBlocks, 100 * kBlockBytes + 7, kMaxObjectBytes,
                                UINT64_MAX - kBlockBytes, UINT64_MAX - 1, UINT64_MAX}) {
    for (const uint64_t length : {uint64_t{0}, uint64_t{1}, Want::kToTheEnd}) {
      INFO(offset << " " << length);
      FillWorld world;
      FillRig rig(world);
      rig.origin.Put(kKey, SampleBytes(kTwelveBlocks), "\"v1\"");
      const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
      rig.WantBytes(kKey, offset, length);
      rig.Run();
      CacheReader reader;
      CHECK(world.Open(kKey, reader).ok());
      CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == std::nullopt);
      CHECK(rig.origin.sent() <= kBlockBytes);  // the end of the last block, at most
      for (const ReadRequest& asked : rig.origin.history()) {
        CHECK(
            (asked.info_only || (asked.length > 0 && asked.offset + asked.length > asked.offset)));
      }
    }
  }
}

TEST_CASE("Fill: wants in any order, reads moving in any order: each byte once, all of it right") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&random](uint64_t limit) { return random() % limit; };
    const uint64_t size = 1 + below(12 * kBlockBytes);
    const std::string object = SampleBytes(size, seed);
    FillLimits limits = SmallParts();
    limits.first_part_bytes = (1 + below(4)) * kBlockBytes;
    limits.split_distance = seed % 2 == 0 ? 2 * kBlockBytes : kMaxObjectBytes;
    FillWorld world;
    FillRig rig(world, limits);
    rig.origin.Put(kKey, object, Md5Tag(object));
    for (int step = 0; step < 60; ++step) {
      if (below(6) == 0) rig.WantBytes(kKey, below(size + 1000), 1 + below(size), below(3));
      rig.Advance();
      if (rig.origin.open() > 0)
        rig.origin.Step(below(rig.origin.open()), 1 + below(2 * kBlockBytes));
    }
    rig.WantBytes(kKey);
    rig.Run();
    CHECK(Whole(world, kKey, object));
    // A read that was shortened may bring a little that was on its way already.
    if (seed % 2 == 1) CHECK(rig.origin.sent_twice() == 0);
  }
}

TEST_CASE("Fill: as many reads as allowed, and no more") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Advance();
  CHECK(rig.origin.open() == 1);  // until its head tells the size
  REQUIRE(rig.origin.Head(0));
  rig.Advance();
  CHECK(rig.origin.open() == 4);
  rig.Run();
  CHECK(Whole(world, kKey, object));
}

TEST_CASE("Fill: parts share what is needed evenly") {
  FillLimits limits = SmallParts();
  limits.parts_per_object = 4;
  FillWorld world;
  FillRig rig(world, limits);
  const std::string object = SampleBytes(13 * kBlockBytes);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  rig.Advance();
  std::vector<uint64_t> lengths;
  for (size_t read = 0; read < rig.origin.open(); ++read) {
    lengths.push_back(rig.origin.request(read).length / kBlockBytes);
  }
  CHECK(lengths == std::vector<uint64_t>{1, 4, 4, 4});
}

TEST_CASE("Fill: the marks in the file are the CRC-32C of the blocks") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(3 * kBlockBytes + 5);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Run();
  CacheReader reader;
  REQUIRE(world.Open(kKey, reader).ok());
  const auto entries = reader.ReadEntries(0, 4);
  REQUIRE(entries.ok());
  for (uint64_t block = 0; block < 4; ++block) {
    CHECK((*entries)[block].crc == Crc32c(BlockOf(object, block)));
  }
}

TEST_CASE("Fill: every block is visible when its ring is heard") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
  REQUIRE(rig.origin.Body(0, kBlockBytes - 1));
  CHECK(world.bells->Peek(world.BellOf(kKey)) == seen);
  CHECK(Visible(world, kKey).empty());
  REQUIRE(rig.origin.Body(0, 1));
  CHECK(world.bells->Peek(world.BellOf(kKey)) == seen + 1);
  CHECK((Visible(world, kKey) == object.substr(0, kBlockBytes)));
}

TEST_CASE("Fill: the last block is held back until the digest agrees") {
  FillLimits limits = SmallParts();
  limits.first_part_bytes = 64 * kBlockBytes;
  FillWorld world;
  FillRig rig(world, limits);
  const std::string object = SampleBytes(20 * kBlockBytes + 9);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey);
  rig.Advance();
  rig.origin.Serve(0);
  CHECK((Visible(world, kKey).size() == 20 * kBlockBytes));
  rig.Advance();  // hashes some of it
  CHECK((Visible(world, kKey).size() == 20 * kBlockBytes));
  CHECK(rig.engine().due() == world.now);
  rig.Run();
  CHECK(Whole(world, kKey, object));
}

TEST_CASE("Fill: a corrupt object is never complete, and its file is retired") {
  for (const uint64_t flipped : {uint64_t{0}, 3 * kBlockBytes, kTwelveBlocks - 1}) {
    INFO(flipped);
    FillWorld world;
    FillRig rig(world);
    std::string object = SampleBytes(kTwelveBlocks);
    const std::string etag = Md5Tag(object);
    object[flipped] = static_cast<char>(object[flipped] ^ 1);
    rig.origin.Put(kKey, object, etag);
    const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
    rig.WantBytes(kKey);
    rig.Advance();
    REQUIRE(rig.origin.Head(0));
    CacheReader follower;
    REQUIRE(world.Open(kKey, follower).ok());
    rig.origin.Body(0, kBlockBytes);
    rig.origin.End(0);
    rig.Run();
    CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == Code::kCorrupt);
    CHECK(follower.FilledFrom(0).value() < kTwelveBlocks);
    CHECK(follower.Refresh().code() == Code::kChanged);
    CacheReader later;
    CHECK(world.Open(kKey, later).code() == Code::kNotFound);
    CHECK(rig.completed.empty());
  }
}

TEST_CASE("Fill: an entity tag that is no MD5 is not taken for one") {
  FillWorld world;
  const std::string object = SampleBytes(3 * kBlockBytes);
  const std::string tags[] = {
      "\"opaque\"", "\"9bb58f26192e4ba00f01e2e7b136bbd8-3\"", "\"9bb58f26192e4ba00f01e2e7b136bbd\"",
      "\"9bb58f26192e4ba00f01e2e7b136bbdG\"", "\"9BB58F26192E4BA00F01E2E7B136BBD8\""};
  for (const std::string& etag : tags) {
    INFO(etag);
    FillRig rig(world);
    rig.origin.Put(etag, object, etag);
    rig.WantBytes(etag);
    rig.Run();
    CHECK(Whole(world, etag, object));
  }
  FillRig rig(world);
  rig.origin.Put(kKey, object, Md5Tag("other"));
  rig.origin.InfoOf(kKey).sse = "aws:kms";
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
}

TEST_CASE("Fill: what a dead fetcher left is gone on with, only missing blocks are fetched") {
  FillWorld world;
  const std::string object = SampleBytes(kTwelveBlocks);
  uint64_t sent_before = 0;
  {
    FillRig dying(world);
    dying.origin.Put(kKey, object, Md5Tag(object));
    dying.WantBytes(kKey);
    dying.Advance();
    dying.origin.Serve(0);
    dying.Advance();
    dying.origin.Serve(1);
    REQUIRE(dying.origin.Head(0));
    dying.origin.Body(0, kBlockBytes / 2);  // lost: its block never got a mark
    sent_before = dying.origin.sent() - kBlockBytes / 2;
    dying.Die();
  }
  FillRig rig(world);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
  CHECK(rig.origin.sent() == kTwelveBlocks - sent_before);
  CHECK(rig.origin.heads() == 0);
  CHECK(rig.origin.history()[0].if_match == Md5Tag(object));
}

TEST_CASE(
    "Fill: killed between the last mark and the state, the object is completed without a read") {
  FillWorld world;
  const std::string object = SampleBytes(3 * kBlockBytes);
  {
    ObjectHeader header = SampleHeader(object.size());
    header.origin = world.store.identity;
    header.key = kKey;
    auto writer = CacheWriter::Create(world.dir.path(), world.IdOf(kKey), header, 1);
    REQUIRE(writer.ok());
    for (uint64_t block = 0; block < 3; ++block) REQUIRE(PutBlock(**writer, object, block).ok());
  }
  FillRig rig(world);
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
  CHECK(rig.origin.history().empty());
  CHECK(rig.completed.size() == 1);
}

TEST_CASE("Fill: a complete object is not asked for again") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(3 * kBlockBytes);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey);
  rig.Run();
  REQUIRE(rig.completed.size() == 1);
  REQUIRE(rig.completed[0]->Sync().ok());
  const size_t asked = rig.origin.history().size();
  rig.WantBytes(kKey);
  rig.Handle(WantKind::kInfo, kKey);
  rig.Run();
  CHECK(rig.origin.history().size() == asked);
  CHECK(rig.completed.size() == 1);  // durable already
}

TEST_CASE("Fill: a damaged file in the cache is replaced") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(3 * kBlockBytes);
  rig.origin.Put(kKey, object, Md5Tag(object));
  std::filesystem::create_directories(std::filesystem::path(world.PathOf(kKey)).parent_path());
  const UniqueFd fd(open(world.PathOf(kKey).c_str(), O_RDWR | O_CREAT, 0600));
  REQUIRE(WriteAt(fd.get(), 0, SampleBytes(50000, 9)).ok());
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(Whole(world, kKey, object));
}

TEST_CASE("Fill: when the last follower has gone it stops after the reads under way") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 41);
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 42);
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  Want gone;
  gone.kind = WantKind::kRelease;
  gone.store = world.store.id;
  gone.key = kKey;
  gone.follower = 41;
  rig.engine().Handle(gone);
  rig.Advance();
  CHECK(rig.origin.open() == 4);  // another one is still there
  gone.follower = 42;
  rig.engine().Handle(gone);
  const size_t asked = rig.origin.history().size();
  rig.origin.Body(0, kBlockBytes);
  rig.origin.End(0);
  rig.Run();
  CHECK(rig.origin.history().size() == asked);
  CHECK(Visible(world, kKey).size() >= kBlockBytes);
  CHECK_FALSE(world.bells->IsFilling(world.BellOf(kKey)));
}

TEST_CASE("Fill: what somebody waits for goes before the rest") {
  FillLimits limits = SmallParts();
  limits.parts_per_object = 1;
  limits.urgent_extra = 0;
  limits.split_distance = kBlockBytes;
  FillWorld world;
  FillRig rig(world, limits);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 1);
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  rig.WantBytes(kKey, 9 * kBlockBytes, Want::kToTheEnd, 2);
  rig.origin.Body(0, kBlockBytes);
  rig.origin.End(0);
  rig.Advance();
  REQUIRE(rig.origin.open() == 1);
  CHECK(rig.origin.request(0).offset == 9 * kBlockBytes);
  rig.Run();
  CHECK(Whole(world, kKey, object));
  CHECK(rig.origin.sent_twice() == 0);
}

TEST_CASE(
    "Fill: a block far ahead in a running read is taken out of it, and still asked for once") {
  FillLimits limits = SmallParts();
  limits.first_part_bytes = 12 * kBlockBytes;
  limits.split_distance = 2 * kBlockBytes;
  FillWorld world;
  FillRig rig(world, limits);
  const std::string object = SampleBytes(kTwelveBlocks);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 1);
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  REQUIRE(rig.origin.Body(0, 100));
  rig.WantBytes(kKey, 8 * kBlockBytes + 5, 1000, 2);
  rig.Advance();
  REQUIRE(rig.origin.open() > 1);
  CHECK(rig.origin.request(1).offset == 8 * kBlockBytes);
  // The first read brings what is its own; at the border the fill wants no more of it.
  bool more = true;
  while (more && rig.origin.position(0) < kTwelveBlocks) more = rig.origin.Body(0, 50000);
  CHECK_FALSE(more);
  CHECK(rig.origin.position(0) < 8 * kBlockBytes + 50000);
  rig.origin.End(0, Status(Code::kIo, "given up"));
  rig.Run();
  CHECK(Whole(world, kKey, object));
}

}  // namespace
}  // namespace audiodl
