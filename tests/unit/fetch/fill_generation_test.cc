// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Generations: an object that is replaced while it is filled, and wants to verify one.

#include <set>

#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kSize = 6 * kBlockBytes + 99;

const std::string kOld = SampleBytes(kSize, 1);
const std::string kNew = SampleBytes(kSize + kBlockBytes, 2);

// An object of which the beginning is there, with a follower.
struct Begun {
  enum class Versions : unsigned char { kNone, kKept };

  explicit Begun(Versions versions) : rig(world) {
    if (versions == Versions::kKept) rig.origin.KeepVersions();
    rig.origin.Put(kKey, kOld, Md5Tag(kOld));
    rig.WantBytes(kKey);
    rig.Advance();
    rig.origin.Serve(0);
    rig.Advance();
    REQUIRE(world.Open(kKey, follower).ok());
    REQUIRE_FALSE(follower.complete());
    seen = world.bells->Peek(bell);
  }

  std::optional<Code> Error() const { return world.bells->ErrorSince(bell, seen); }
  std::string Followed() {
    REQUIRE(follower.Refresh().ok());
    return ReadBytes(follower.fd(), 0, kSize);
  }

  FillWorld world;
  FillRig rig;
  const uint64_t bell = world.BellOf(kKey);
  CacheReader follower;
  uint32_t seen = 0;
};

// And then the origin has another generation.
struct Replaced : Begun {
  Replaced() : Begun(Versions::kNone) {
    rig.origin.Put(kKey, kNew, Md5Tag(kNew));
    seen = world.bells->Peek(bell);
  }
};

void CheckCleanBreak(Replaced& replaced) {
  CHECK(replaced.Error() == Code::kChanged);
  CHECK(replaced.rig.engine().idle());
  CHECK(replaced.rig.origin.open() == 0);
  CHECK(replaced.follower.Refresh().code() == Code::kChanged);
  CHECK((ReadBytes(replaced.follower.fd(), 0, kBlockBytes) == BlockOf(kOld, 0)));
  CHECK_FALSE(std::filesystem::exists(replaced.world.PathOf(kKey)));
  replaced.rig.WantBytes(kKey);
  replaced.rig.Run();
  CHECK((Visible(replaced.world, kKey) == kNew));
  CHECK((ReadBytes(replaced.follower.fd(), 0, kBlockBytes) == BlockOf(kOld, 0)));
}

TEST_CASE(
    "Generations: a 412 ends the fill with a clean break, and the next want fetches the new one") {
  Replaced replaced;
  replaced.rig.origin.Serve(0);
  replaced.rig.Advance();
  CheckCleanBreak(replaced);
}

// An origin that ignores If-Match.
TEST_CASE("Generations: another entity tag or size in a head is a change, no byte of it is taken") {
  for (const bool same_tag : {false, true}) {
    Replaced replaced;
    if (same_tag) replaced.rig.origin.Put(kKey, kNew, Md5Tag(kOld));
    const ReadRequest asked = replaced.rig.origin.request(0);
    CHECK_FALSE(replaced.rig.origin.HeadOf(0, asked.offset, asked.offset + asked.length));
    replaced.rig.origin.End(0, Status(Code::kIo, "given up"));
    replaced.rig.Advance();
    replaced.rig.origin.Put(kKey, kNew, Md5Tag(kNew));
    CheckCleanBreak(replaced);
  }
}

TEST_CASE("Generations: an object deleted while it is filled leaves no partial file") {
  Replaced replaced;
  replaced.rig.origin.Remove(kKey);
  replaced.rig.origin.Serve(0);
  replaced.rig.Advance();
  CHECK(replaced.Error() == Code::kNotFound);
  CHECK(replaced.follower.Refresh().code() == Code::kChanged);
  CHECK_FALSE(std::filesystem::exists(replaced.world.PathOf(kKey)));
}

TEST_CASE(
    "Generations: a partial file of an older generation is found out when it is gone on with") {
  Replaced replaced;
  replaced.rig.Die();
  FillRig next(replaced.world);
  next.origin.Put(kKey, kNew, Md5Tag(kNew));
  next.WantBytes(kKey);
  next.Run();
  CHECK(replaced.Error() == Code::kChanged);
  CHECK(replaced.follower.Refresh().code() == Code::kChanged);
  next.WantBytes(kKey);
  next.Run();
  CHECK((Visible(replaced.world, kKey) == kNew));
}

// At an origin that keeps versions what is under way goes on with the old one.
TEST_CASE("Versions: a download goes on with the version it began with, the next has the new one") {
  Begun old(Begun::Versions::kKept);
  old.rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  old.rig.Run();
  CHECK_FALSE(old.Error());
  CHECK(old.follower.Refresh().ok());
  CHECK(old.follower.complete());
  CHECK((old.Followed() == kOld));
  CHECK(old.rig.origin.history().back().version == "v1");

  old.rig.Handle(WantKind::kVerify, kKey, 2);
  old.rig.WantBytes(kKey);
  old.rig.Run();
  CHECK((Visible(old.world, kKey) == kNew));
  CHECK((ReadBytes(old.follower.fd(), 0, kSize) == kOld));
}

TEST_CASE("Versions: a download goes on though the object was deleted") {
  Begun old(Begun::Versions::kKept);
  old.rig.origin.Remove(kKey);
  old.rig.Run();
  CHECK_FALSE(old.Error());
  CHECK((old.Followed() == kOld));
}

TEST_CASE("Versions: who asks for the new one waits for downloads of the old, but not for ever") {
  FillLimits limits = SmallParts();
  limits.hedge_after = 2 * limits.older_first;
  const bool in_time = GENERATE(true, false);
  FillWorld world;
  FillRig rig(world, limits);
  rig.origin.KeepVersions();
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.WantBytes(kKey, 0, kBlockBytes);
  rig.WantBytes(kKey, 5 * kBlockBytes, kBlockBytes);
  rig.Advance();
  rig.origin.Serve(0);
  rig.Advance();
  REQUIRE(rig.origin.open() == 1);
  rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  // A player of the old one asks for a block, and for another, now or later.
  rig.WantBytes(kKey, 2 * kBlockBytes, kBlockBytes);
  rig.Handle(WantKind::kVerify, kKey, 2);
  rig.Advance();
  REQUIRE(rig.origin.open() == 2);
  if (!in_time) world.now += limits.older_first;
  rig.WantBytes(kKey, 4 * kBlockBytes, kBlockBytes);
  rig.Advance();
  CHECK(rig.origin.open() == (in_time ? 3 : 2));
  rig.Run();
  CHECK(rig.origin.heads() == 1);
  std::set<uint64_t> of_version;
  for (const ReadRequest& asked : rig.origin.history()) {
    if (asked.version == "v1") of_version.insert(asked.offset / kBlockBytes);
  }
  CHECK(of_version == (in_time ? std::set<uint64_t>{2, 4, 5} : std::set<uint64_t>{2, 5}));
  CHECK((Visible(world, kKey, 4 * kBlockBytes).substr(0, kBlockBytes) == BlockOf(kNew, 4)));
}

TEST_CASE("Versions: while the newest is asked for, no read of the old one begins") {
  const std::string replacement = GENERATE(as<std::string>{}, kNew, kNew.substr(0, kBlockBytes));
  FillWorld world;
  FillRig rig(world);
  rig.origin.KeepVersions();
  rig.origin.Put(kKey, kOld, "\"of-parts-1\"");
  rig.WantBytes(kKey, 0, kBlockBytes);
  rig.Advance();
  rig.origin.Head(0);
  rig.Handle(WantKind::kVerify, kKey, 2);
  rig.origin.Serve(0);
  rig.origin.Put(kKey, replacement, "\"of-parts-2\"");
  rig.Advance();
  REQUIRE(rig.origin.heads() == 1);
  REQUIRE(rig.origin.open() == 1);
  rig.WantBytes(kKey, 2 * kBlockBytes, kBlockBytes);
  rig.Advance();
  CHECK(rig.origin.open() == 1);
  // Were there one, its bytes would come into the new one's file.
  if (rig.origin.open() > 1) {
    rig.origin.Serve(1);  // 412
    rig.Advance();
    rig.origin.Head(1);
    rig.origin.Serve(0);
  }
  rig.Run();
  rig.WantBytes(kKey);
  rig.Run();
  CHECK((Visible(world, kKey) == replacement));
}

TEST_CASE("Versions: one that cannot be read is a clean break") {
  Begun old(Begun::Versions::kKept);
  old.rig.origin.InfoOf(kKey).version.clear();  // it says it has one, and does not know it
  old.rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  const bool forbidden = GENERATE(true, false);
  old.rig.origin.Serve(0);
  old.rig.Advance();
  REQUIRE(old.rig.origin.open() > 0);
  const size_t last = old.rig.origin.open() - 1;
  if (forbidden && !old.rig.origin.request(last).version.empty()) {
    old.rig.origin.End(last, Status(Code::kForbidden, "no s3:GetObjectVersion"));
  }
  old.rig.Run();
  CHECK(old.Error() == Code::kChanged);
  CHECK(old.follower.Refresh().code() == Code::kChanged);
  old.rig.WantBytes(kKey);
  old.rig.Run();
  CHECK((Visible(old.world, kKey) == kNew));
}

// A complete object, its marker 1.
struct Complete {
  Complete() : rig(world) {
    rig.origin.Put(kKey, kOld, Md5Tag(kOld));
    rig.WantBytes(kKey);
    rig.Run();
    REQUIRE(world.Open(kKey, reader).ok());
    REQUIRE(reader.complete());
    asked = rig.origin.history().size();
    seen = world.bells->Peek(world.BellOf(kKey));
  }
  int64_t Marker() const {
    CacheReader now;
    return world.Open(kKey, now).ok() ? now.marker() : -1;
  }
  std::optional<Code> Error() const { return world.bells->ErrorSince(world.BellOf(kKey), seen); }

  FillWorld world;
  FillRig rig;
  CacheReader reader;
  size_t asked = 0;
  uint32_t seen = 0;
};

TEST_CASE("Generations: the same one confirmed gets the new marker, for one HEAD") {
  Complete complete;
  complete.rig.Handle(WantKind::kVerify, kKey, 2);
  complete.rig.Run();
  CHECK(complete.rig.origin.history().size() == complete.asked + 1);
  CHECK(complete.rig.origin.history().back().info_only);
  CHECK(complete.rig.origin.history().back().if_match.empty());
  CHECK(complete.Marker() == 2);
  CHECK(complete.world.bells->Peek(complete.world.BellOf(kKey)) != complete.seen);
  REQUIRE(complete.reader.Refresh().ok());
  CHECK(complete.reader.complete());
}

TEST_CASE("Generations: a marker that is confirmed already costs nothing") {
  Complete complete;
  complete.rig.Handle(WantKind::kVerify, kKey, 1);
  complete.rig.Run();
  CHECK(complete.rig.origin.history().size() == complete.asked);
}

TEST_CASE("Generations: another one found replaces the file; who has the old one open keeps it") {
  Complete complete;
  complete.rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  complete.rig.Handle(WantKind::kVerify, kKey, 2);
  complete.rig.Run();
  CHECK(complete.Marker() == 2);
  CacheReader now;
  REQUIRE(complete.world.Open(kKey, now).ok());
  CHECK(now.header().etag == Md5Tag(kNew));
  CHECK_FALSE(now.complete());
  CHECK((ReadBytes(complete.reader.fd(), 0, kSize) == kOld));
  complete.rig.WantBytes(kKey);
  complete.rig.Run();
  CHECK((Visible(complete.world, kKey) == kNew));
}

TEST_CASE("Generations: what cannot be confirmed stays as it is") {
  for (const Code code :
       {Code::kForbidden, Code::kUnreachable, Code::kThrottled, Code::kNotFound}) {
    Complete complete;
    complete.rig.Handle(WantKind::kVerify, kKey, 2);
    for (int i = 0; i < 4; ++i) {
      complete.rig.Advance();
      if (complete.rig.origin.open() > 0) complete.rig.origin.End(0, Status(code, "no"));
      complete.rig.Advance();
      complete.rig.Sleep();
    }
    CHECK(complete.rig.engine().idle());
    CHECK(complete.Error() == code);
    CHECK(complete.Marker() == 1);
    CHECK(complete.reader.Refresh().ok());
  }
}

TEST_CASE("Generations: to verify what is not there is to ask for its head") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.Handle(WantKind::kVerify, kKey, 5);
  rig.Run();
  CacheReader reader;
  REQUIRE(world.Open(kKey, reader).ok());
  CHECK(reader.marker() == 5);
  CHECK(rig.origin.heads() == 1);
}

TEST_CASE(
    "Generations: verified while it is being filled, and replaced: the wants go over to the new "
    "one") {
  Replaced replaced;
  replaced.rig.Handle(WantKind::kVerify, kKey, 2);
  // The reads under way meet no 412: they were answered before the object was replaced.
  replaced.rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  while (replaced.rig.origin.open() > 0) replaced.rig.origin.Serve(0);
  replaced.rig.Advance();
  REQUIRE(replaced.rig.origin.open() == 1);
  CHECK(replaced.rig.origin.request(0).info_only);
  replaced.rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  replaced.rig.Run();
  CHECK((Visible(replaced.world, kKey) == kNew));
  // The old one was complete by then, and stays so for those who have it.
  CHECK((ReadBytes(replaced.follower.fd(), 0, kSize) == kOld));
}

// The origin was asked before the marker changed, so its answer says nothing about that.
TEST_CASE("Generations: an answer does not confirm a marker that came after the question") {
  Complete complete;
  complete.rig.Handle(WantKind::kVerify, kKey, 2);
  complete.rig.Advance();
  REQUIRE(complete.rig.origin.open() == 1);
  complete.rig.Handle(WantKind::kVerify, kKey, 3);
  complete.rig.Advance();
  complete.rig.origin.Serve(0);
  CHECK(complete.Marker() == 2);
  complete.rig.Run();
  CHECK(complete.Marker() == 3);
  CHECK(complete.rig.origin.history().size() == complete.asked + 2);
}

TEST_CASE("Generations: nor does the answer that makes the file") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.WantBytes(kKey);  // with marker 1
  rig.Advance();
  REQUIRE(rig.origin.open() == 1);
  rig.Handle(WantKind::kVerify, kKey, 2);
  rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  // The first read was answered with the old generation, from before both.
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  REQUIRE(rig.origin.Head(0));
  CacheReader reader;
  REQUIRE(world.Open(kKey, reader).ok());
  CHECK(reader.marker() == 1);
  rig.origin.Body(0, kBlockBytes);
  rig.origin.End(0);
  rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  rig.Run();
  CHECK((Visible(world, kKey) == kNew));
}

// A purge, or an eviction by hand, while it is filled.
TEST_CASE(
    "Generations: a file that was unlinked under the fill is fetched anew for whoever asks then") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 1);
  rig.Advance();
  rig.origin.Serve(0);
  rig.Advance();
  std::filesystem::remove(world.PathOf(kKey));
  rig.WantBytes(kKey, 0, Want::kToTheEnd, 2);
  rig.Run();
  CHECK((Visible(world, kKey) == kOld));
}

// Two servers' clocks, or a listing that was restored: the marker is older than the one confirmed.
TEST_CASE("Generations: requests with different markers do not stand in each other's way") {
  Complete complete;
  complete.rig.Handle(WantKind::kVerify, kKey, 3);
  complete.rig.Run();
  CHECK(complete.Marker() == 3);
  complete.rig.Handle(WantKind::kVerify, kKey, 2);
  complete.rig.Run();
  CHECK(complete.Marker() == 2);
}

}  // namespace
}  // namespace audiodl
