// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill_engine.h"

#include <algorithm>
#include <map>

#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 8 * kBlockBytes;

std::string KeyOf(int number) { return "prod/dune/" + std::to_string(number) + ".mp3"; }

TEST_CASE("FillEngine: objects take turns, and no more reads than allowed are open") {
  FillWorld world;
  FillRig rig(world);  // four a fill, six in all
  const std::string object = SampleBytes(kSize);
  for (int i = 0; i < 3; ++i) rig.origin.Put(KeyOf(i), object, "\"v1\"");
  for (int i = 0; i < 3; ++i) rig.WantBytes(KeyOf(i));
  rig.Advance();
  CHECK(rig.origin.open() == 3);
  for (size_t i = 0; i < 3; ++i) REQUIRE(rig.origin.Head(i));
  rig.Advance();
  CHECK(rig.origin.open() == 6);
  std::map<std::string, int> reads;
  for (size_t i = 0; i < rig.origin.open(); ++i) ++reads[rig.origin.request(i).key];
  for (int i = 0; i < 3; ++i) CHECK(reads[KeyOf(i)] == 2);
  rig.Run();
  for (int i = 0; i < 3; ++i) CHECK(Visible(world, KeyOf(i)) == object);
}

TEST_CASE("FillEngine: a newcomer gets the next free read") {
  FillLimits limits = SmallParts();
  limits.parts_per_object = 6;
  FillWorld world;
  FillRig rig(world, limits);
  const std::string object = SampleBytes(40 * kBlockBytes);
  rig.origin.Put(KeyOf(1), object, "\"v1\"");
  rig.origin.Put(KeyOf(2), object, "\"v1\"");
  rig.WantBytes(KeyOf(1));
  rig.Advance();
  REQUIRE(rig.origin.Head(0));
  rig.Advance();
  REQUIRE(rig.origin.open() == 6);
  rig.WantBytes(KeyOf(2));
  rig.Advance();
  CHECK(rig.origin.open() == 6);
  rig.origin.Serve(0);
  rig.Advance();
  CHECK(rig.origin.open() == 6);
  CHECK(rig.origin.request(5).key == KeyOf(2));
}

TEST_CASE("FillEngine: a hundred wants of one object are one fill") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kSize);
  rig.origin.Put(KeyOf(1), object, Md5Tag(object));
  for (uint64_t i = 0; i < 100; ++i) rig.WantBytes(KeyOf(1), 0, Want::kToTheEnd, i);
  CHECK(rig.engine().fills() == 1);
  rig.Run();
  CHECK(rig.origin.sent() == kSize);
  CHECK(rig.engine().idle());
  CHECK(rig.engine().due() == std::nullopt);
}

TEST_CASE("FillEngine: one object's trouble leaves the others alone") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kSize);
  rig.origin.Put(KeyOf(1), object, Md5Tag(object));
  rig.WantBytes(KeyOf(1));
  rig.WantBytes(KeyOf(2));  // there is none
  const uint32_t seen = world.bells->Peek(world.BellOf(KeyOf(2)));
  rig.Run();
  CHECK((Visible(world, KeyOf(1)) == object));
  CHECK(world.bells->ErrorSince(world.BellOf(KeyOf(2)), seen) == Code::kNotFound);
}

TEST_CASE("FillEngine: a want for a store that is not configured is dropped") {
  FillWorld world;
  FillRig rig(world);
  Want want;
  want.store = 99;
  want.key = KeyOf(1);
  rig.engine().Handle(want);
  CHECK(rig.engine().idle());
}

TEST_CASE("FillEngine: a release of what nobody fills begins nothing") {
  FillWorld world;
  FillRig rig(world);
  rig.Handle(WantKind::kRelease, KeyOf(1));
  CHECK(rig.engine().idle());
}

// As after a graceful restart: the old fetcher finishes what it has begun.
TEST_CASE("FillEngine: two engines on one directory, the second waits for the first and goes on") {
  FillWorld world;
  const std::string object = SampleBytes(kSize);
  FillRig draining(world), next(world);
  for (FillRig* rig : {&draining, &next}) rig->origin.Put(KeyOf(1), object, Md5Tag(object));
  draining.WantBytes(KeyOf(1), 0, 3 * kBlockBytes);
  draining.Advance();
  draining.origin.Serve(0);
  next.WantBytes(KeyOf(1));
  next.Advance();
  CHECK(next.origin.open() == 0);
  REQUIRE(next.Sleep());
  next.Advance();
  CHECK(next.origin.open() == 0);
  draining.Run();
  CHECK(draining.origin.sent() == 3 * kBlockBytes);
  next.Run();
  CHECK((Visible(world, KeyOf(1)) == object));
  CHECK(next.origin.sent() == kSize - 3 * kBlockBytes);
}

TEST_CASE(
    "FillEngine: two engines, the first one killed: the second takes over at the good blocks") {
  FillWorld world;
  const std::string object = SampleBytes(kSize);
  FillRig dying(world), next(world);
  for (FillRig* rig : {&dying, &next}) rig->origin.Put(KeyOf(1), object, Md5Tag(object));
  dying.WantBytes(KeyOf(1));
  next.WantBytes(KeyOf(1));
  dying.Advance();
  dying.origin.Serve(0);
  dying.Advance();
  dying.Die();
  next.Run();
  CHECK((Visible(world, KeyOf(1)) == object));
  CHECK(next.origin.sent() == kSize - kBlockBytes);
}

TEST_CASE("FillEngine: the failure of the first is told by its bell, the second tries for itself") {
  FillWorld world;
  const std::string object = SampleBytes(kSize);
  FillRig draining(world), next(world);
  next.origin.Put(KeyOf(1), object, Md5Tag(object));
  draining.WantBytes(KeyOf(1));
  draining.Advance();
  next.WantBytes(KeyOf(1));
  next.Advance();
  draining.Run();  // it finds nothing there
  next.Run();
  CHECK((Visible(world, KeyOf(1)) == object));
}

TEST_CASE("FillEngine: progress is shown, no more than asked for") {
  FillWorld world;
  FillRig rig(world);
  const std::string object = SampleBytes(kSize);
  for (int i = 0; i < 3; ++i) rig.origin.Put(KeyOf(i), object, "\"v1\"");
  for (int i = 0; i < 3; ++i) rig.WantBytes(KeyOf(i));
  rig.Advance();
  for (int i = 0; i < 3; ++i) rig.origin.Serve(0);
  CHECK(rig.engine().Progress(2).size() == 2);
  const std::vector<FillProgress> all = rig.engine().Progress(10);
  REQUIRE(all.size() == 3);
  for (const FillProgress& fill : all) CHECK(fill.percent == 12);
}

}  // namespace
}  // namespace audiodl
