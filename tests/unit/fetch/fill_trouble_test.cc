// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a fill does when its reads fail.

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kSize = 8 * kBlockBytes + 4097;

const Status kCut(Code::kUnreachable, "cut");

// One object, wanted whole, its file made and four reads under way; the first one had its head.
struct Begun {
  explicit Begun(const FillLimits& limits = SmallParts()) : rig(world, limits) {
    rig.origin.Put(kKey, object, Md5Tag(object));
    seen = world.bells->Peek(bell);
    rig.WantBytes(kKey);
    rig.Advance();
    REQUIRE(rig.origin.Head(0));
    rig.Advance();
    REQUIRE(rig.origin.open() == 4);
  }

  std::optional<Code> Error() const { return world.bells->ErrorSince(bell, seen); }
  bool Whole() const {
    CacheReader reader;
    return world.Open(kKey, reader).ok() && reader.complete() && Visible(world, kKey) == object;
  }

  FillWorld world;
  FillRig rig;
  const std::string object = SampleBytes(kSize);
  const uint64_t bell = world.BellOf(kKey);
  uint32_t seen = 0;
};

TEST_CASE("Fill: a cut body is gone on with at its last byte, of the same generation") {
  for (const uint64_t cut :
       {uint64_t{1}, uint64_t{4096}, kBlockBytes - 1, kBlockBytes, kBlockBytes + 5}) {
    INFO(cut);
    FillLimits limits = SmallParts();
    limits.first_part_bytes = 3 * kBlockBytes;
    Begun begun(limits);
    begun.rig.origin.Body(0, cut);
    begun.rig.origin.End(0, kCut);
    begun.rig.Advance();
    REQUIRE(begun.rig.Sleep());
    begun.rig.Advance();
    const ReadRequest again = begun.rig.origin.history().back();
    CHECK(again.offset == cut);
    CHECK(again.offset + again.length == 3 * kBlockBytes);
    CHECK(again.if_match == Md5Tag(begun.object));
    begun.rig.Run();
    CHECK(begun.Whole());
    CHECK(begun.rig.origin.sent_twice() == 0);
    CHECK(begun.Error() == std::nullopt);
  }
}

TEST_CASE("Fill: a body that ends early without an error is a cut too") {
  Begun begun;
  begun.rig.origin.Body(0, 1000);
  begun.rig.origin.End(0);
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.rig.origin.sent_twice() == 0);
}

TEST_CASE("Fill: an error after the last byte changes nothing") {
  Begun begun;
  begun.rig.origin.Body(0, kBlockBytes);
  begun.rig.origin.End(0, kCut);
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.Error() == std::nullopt);
  for (const ReadRequest& asked : begun.rig.origin.history()) CHECK(asked.length > 0);
}

// The head lied about the body, so none of its bytes can be trusted; and without a digest nothing
// else would tell.
TEST_CASE("Fill: more bytes than the head announced end the generation's file") {
  for (const bool at_once : {false, true}) {
    FillWorld world;
    FillRig rig(world);
    const std::string object = SampleBytes(kSize);
    rig.origin.Put(kKey, object, "\"no md5\"");
    const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
    rig.WantBytes(kKey);
    rig.Advance();
    REQUIRE(rig.origin.Head(0));
    CacheReader follower;
    REQUIRE(world.Open(kKey, follower).ok());
    if (at_once) {
      CHECK_FALSE(rig.origin.Garbage(0, object.substr(0, kBlockBytes) + "surplus"));
    } else {
      REQUIRE(rig.origin.Body(0, kBlockBytes));
      CHECK_FALSE(rig.origin.Garbage(0, "surplus"));
    }
    rig.origin.End(0, Status(Code::kIo, "given up"));
    rig.Advance();
    CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == Code::kCorrupt);
    CHECK(follower.Refresh().code() == Code::kChanged);
    CHECK(Visible(world, kKey).empty());
    rig.WantBytes(kKey);
    rig.Run();
    CHECK((Visible(world, kKey) == object));
  }
}

TEST_CASE("Fill: retries back off, then the failure is posted") {
  for (const Code code : {Code::kUnreachable, Code::kThrottled}) {
    FillWorld world;
    FillRig rig(world);
    rig.origin.Put(kKey, SampleBytes(kSize), "\"v1\"");
    const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
    rig.WantBytes(kKey);
    std::vector<Clock::duration> waits;
    for (int i = 0; i < 4; ++i) {
      rig.Advance();
      REQUIRE(rig.origin.open() == 1);
      rig.origin.End(0, Status(code, "no"));
      rig.Advance();
      CHECK(rig.origin.open() == 0);
      const auto before = world.now;
      if (rig.Sleep()) waits.push_back(world.now - before);
    }
    REQUIRE(waits.size() == 3);
    CHECK((waits[0] >= milliseconds(50) && waits[0] <= milliseconds(100)));
    CHECK((waits[1] >= milliseconds(100) && waits[1] <= milliseconds(200)));
    CHECK((waits[2] >= milliseconds(200) && waits[2] <= milliseconds(400)));
    CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == code);
    CHECK(rig.engine().idle());
    CHECK(rig.origin.history().size() == 4);
  }
}

// One fault of the network cuts all connections at once: that is one failure, not four.
TEST_CASE("Fill: all reads cut at the same moment are tried again") {
  Begun begun;
  while (begun.rig.origin.open() > 0) begun.rig.origin.End(0, kCut);
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.Error() == std::nullopt);
}

TEST_CASE("Fill: an origin that stays away while many reads are open is given up all the same") {
  Begun begun;
  for (int turn = 0; turn < 100 && !begun.rig.engine().idle(); ++turn) {
    while (begun.rig.origin.open() > 0) begun.rig.origin.End(0, kCut);
    begun.rig.Advance();
    begun.rig.Sleep();
    begun.rig.Advance();
  }
  CHECK(begun.rig.engine().idle());
  CHECK(begun.Error() == Code::kUnreachable);
  CHECK(begun.rig.origin.history().size() <= 4 * 4 + 1);
}

TEST_CASE("Fill: progress makes up for failures") {
  Begun begun;
  for (int i = 0; i < 30; ++i) {
    begun.rig.origin.Body(0, 16 * 1024);
    begun.rig.origin.End(0, kCut);
    begun.rig.Advance();
    // The read that was cut comes back last.
    for (int turn = 0; turn < 50 && begun.rig.origin.open() < 4; ++turn) {
      begun.rig.Sleep();
      begun.rig.Advance();
    }
    REQUIRE(begun.rig.origin.open() == 4);
    while (!begun.rig.origin.Head(0)) FAIL("no head");
  }
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.rig.origin.sent_twice() == 0);
}

TEST_CASE("Fill: answers that no retry will change are posted at once") {
  for (const Code code :
       {Code::kNotFound, Code::kForbidden, Code::kArchived, Code::kInvalid, Code::kIo}) {
    FillWorld world;
    FillRig rig(world);
    const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
    rig.WantBytes(kKey);
    rig.Advance();
    REQUIRE(rig.origin.open() == 1);
    rig.origin.End(0, Status(code, "no"));
    rig.Advance();
    CHECK(rig.engine().idle());
    CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == code);
    CHECK(rig.origin.history().size() == 1);
    CHECK_FALSE(std::filesystem::exists(world.PathOf(kKey)));
    CHECK_FALSE(world.bells->IsFilling(world.BellOf(kKey)));
  }
}

TEST_CASE("Fill: a failure leaves the good blocks, and the next want goes on there") {
  Begun begun;
  begun.rig.origin.Body(0, kBlockBytes);
  begun.rig.origin.End(0);
  begun.rig.origin.End(0, Status(Code::kForbidden, "expired"));
  begun.rig.Advance();
  CHECK(begun.Error() == Code::kForbidden);
  CHECK(begun.rig.origin.open() == 0);
  CHECK((Visible(begun.world, kKey) == begun.object.substr(0, kBlockBytes)));
  begun.rig.WantBytes(kKey);
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.rig.origin.sent_twice() == 0);
}

// As libcurl does it: what a callback refused is reported only after the others were moved on.
TEST_CASE("Fill: one read's trouble is not another one's") {
  Begun begun;
  const ReadRequest second = begun.rig.origin.request(1);
  CHECK_FALSE(begun.rig.origin.HeadOf(1, second.offset + 1, second.offset + second.length));
  REQUIRE(begun.rig.origin.Head(2));
  REQUIRE(begun.rig.origin.Body(2, begun.rig.origin.request(2).length));
  begun.rig.origin.End(2);
  begun.rig.origin.End(1, Status(Code::kIo, "given up"));
  begun.rig.Run();
  CHECK(begun.Whole());
  CHECK(begun.Error() == std::nullopt);
  CHECK(begun.rig.origin.sent_twice() == 0);
}

TEST_CASE("Fill: other bytes than were asked for are refused") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kSize);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.WantBytes(kKey);
  rig.Advance();
  rig.origin.Serve(0);
  rig.Advance();
  REQUIRE(rig.origin.open() > 0);
  const ReadRequest asked = rig.origin.request(0);
  CHECK_FALSE(rig.origin.HeadOf(0, asked.offset + kBlockBytes, asked.offset + asked.length));
  rig.origin.End(0, Status(Code::kIo, "given up"));
  rig.Run();
  CHECK((Visible(world, kKey) == object));
}

TEST_CASE("Fill: an origin without ranges sends all of it once") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kSize);
  rig.origin.Put(kKey, object, Md5Tag(object));
  rig.WantBytes(kKey, 5 * kBlockBytes);
  rig.Advance();
  REQUIRE(rig.origin.HeadOf(0, 0, kSize));
  while (rig.origin.position(0) < kSize) REQUIRE(rig.origin.Body(0, 100000));
  rig.origin.End(0);
  rig.Run();
  CHECK((Visible(world, kKey) == object));
  CHECK(rig.origin.history().size() == 1);
}

TEST_CASE(
    "Fill: an origin that refuses a range of what the file says it has, has another generation") {
  Begun begun;
  begun.rig.origin.End(1, Status(Code::kOutOfRange, "past the end"));
  begun.rig.Advance();
  CHECK(begun.Error() == Code::kChanged);
  CacheReader reader;
  CHECK(begun.world.Open(kKey, reader).code() == Code::kNotFound);
}

TEST_CASE("Fill: an overlong content type does not make the object unsaleable") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(1000);
  rig.origin.Put(kKey, object, "\"v1\"");
  rig.origin.InfoOf(kKey).content_type = "audio/mpeg; x=" + std::string(300, 'y');
  rig.WantBytes(kKey);
  rig.Run();
  CHECK((Visible(world, kKey) == object));
}

TEST_CASE("Fill: a cache directory that vanishes under it is told as our trouble") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, SampleBytes(kSize), "\"v1\"");
  const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
  std::filesystem::remove_all(world.dir.path());
  rig.WantBytes(kKey);
  rig.Run();
  CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == Code::kIo);
}

TEST_CASE("Fill: an object with an impossible size is refused, and nothing is made for it") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, "x", "\"v1\"");
  rig.origin.InfoOf(kKey).size = kMaxObjectBytes + 1;
  const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
  rig.Handle(WantKind::kInfo, kKey);
  rig.Run();
  CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == Code::kInvalid);
  CHECK_FALSE(std::filesystem::exists(world.PathOf(kKey)));
}

// Hedging: a second reading of the same bytes, where the first one brings none.
struct Stalled : Begun {
  Stalled() : Begun(Alone()) {
    world.now += std::chrono::seconds(2);
    rig.Advance();
    REQUIRE(rig.origin.open() > 4);
    hedge = rig.origin.open() - 1;
    while (rig.origin.request(hedge).offset != 0) --hedge;
    REQUIRE(hedge > 0);
  }
  static FillLimits Alone() {
    FillLimits limits = SmallParts();
    limits.reads_in_all = 20;
    return limits;
  }
  size_t hedge = 0;  // the second reading of the first part
};

TEST_CASE("Fill: a stalled read is read again in parallel, and whichever comes first goes on") {
  for (const bool second_wins : {false, true}) {
    Stalled stalled;
    FakeOrigin& origin = stalled.rig.origin;
    REQUIRE(origin.Head(stalled.hedge));
    const size_t winner = second_wins ? stalled.hedge : 0;
    const size_t loser = second_wins ? 0 : stalled.hedge;
    CHECK(origin.Body(winner, 1000));
    CHECK_FALSE(origin.Body(loser, 1000));
    CHECK(origin.Body(winner, 1000));
    stalled.rig.Run();
    CHECK(stalled.Whole());
  }
}

TEST_CASE("Fill: the failure of one of two readings is nobody's trouble") {
  Stalled stalled;
  stalled.rig.origin.End(0, kCut);
  stalled.rig.Run();
  CHECK(stalled.Whole());
  CHECK(stalled.Error() == std::nullopt);
}

TEST_CASE("Fill: the winner of two readings is cut before the loser was told") {
  Stalled stalled;
  FakeOrigin& origin = stalled.rig.origin;
  REQUIRE(origin.Head(stalled.hedge));
  CHECK(origin.Body(stalled.hedge, 1000));
  origin.End(stalled.hedge, kCut);
  stalled.rig.Run();
  CHECK(stalled.Whole());
  CHECK(stalled.Error() == std::nullopt);
}

TEST_CASE("Fill: both readings end in either order") {
  for (const bool second_first : {false, true}) {
    Stalled stalled;
    FakeOrigin& origin = stalled.rig.origin;
    REQUIRE(origin.Head(stalled.hedge));
    CHECK(origin.Body(stalled.hedge, 1000));
    if (second_first) {
      origin.End(stalled.hedge, kCut);
      origin.End(0, kCut);
    } else {
      origin.End(0, kCut);
      origin.End(stalled.hedge - 1, kCut);
    }
    stalled.rig.Run();
    CHECK(stalled.Whole());
  }
}

TEST_CASE("Fill: a hedge that meets another generation does not end the first reading's") {
  Stalled stalled;
  FakeOrigin& origin = stalled.rig.origin;
  origin.End(stalled.hedge, Status(Code::kChanged, "412"));
  while (origin.position(0) < kBlockBytes) REQUIRE(origin.Body(0, 100000));
  CHECK((Visible(stalled.world, kKey) == stalled.object.substr(0, kBlockBytes)));
}

TEST_CASE("Fill: the first read of all, hedged before its head came") {
  for (const size_t first : {size_t{0}, size_t{1}}) {
    FillWorld world;
    FillRig rig(world);
    const std::string object = SampleBytes(kSize);
    rig.origin.Put(kKey, object, Md5Tag(object));
    rig.WantBytes(kKey);
    rig.Advance();
    world.now += std::chrono::seconds(2);
    rig.Advance();
    REQUIRE(rig.origin.open() == 2);
    REQUIRE(rig.origin.Head(first));
    REQUIRE(rig.origin.Head(1 - first));
    CHECK(rig.origin.Body(1 - first, 77));
    CHECK_FALSE(rig.origin.Body(first, 77));
    rig.Run();
    CHECK((Visible(world, kKey) == object));
  }
}

// Everything at once: cuts, stalls, short ends and surplus at random, the bytes always right.
TEST_CASE("Fill: whatever the origin does, what is visible is right, and good days complete it") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&random](uint64_t limit) { return random() % limit; };
    const std::string object = SampleBytes(1 + below(9 * kBlockBytes), seed);
    FillLimits limits = SmallParts();
    limits.split_distance = 2 * kBlockBytes;
    FillWorld world;
    FillRig rig(world, limits);
    rig.origin.Put(kKey, object, Md5Tag(object));
    for (int step = 0; step < 150; ++step) {
      if (below(5) == 0)
        rig.WantBytes(kKey, below(object.size() + 1), Want::kToTheEnd, 1 + below(3));
      rig.Advance();
      if (below(3) == 0) REQUIRE(object.starts_with(Visible(world, kKey)));
      if (rig.origin.open() == 0) {
        rig.Sleep();
        continue;
      }
      const size_t read = below(rig.origin.open());
      switch (below(8)) {
        case 0:
          rig.origin.End(read, kCut);
          break;
        case 1:
          rig.origin.End(read, Status(Code::kThrottled, "503"));
          break;
        case 2:
          world.now += milliseconds(1600);
          break;
        case 3:
          rig.origin.End(read);
          break;
        default:
          rig.origin.Step(read, 1 + below(kBlockBytes));
          break;
      }
    }
    rig.WantBytes(kKey);
    rig.Run();
    CHECK((Visible(world, kKey) == object));
    CHECK(rig.origin.open() == 0);
  }
}

}  // namespace
}  // namespace audiodl
