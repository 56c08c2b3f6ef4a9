// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a fill does when its file is purged, or finds no room.

#include <filesystem>

#include "common/cache/file_removal.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kSize = 8 * kBlockBytes + 4097;

// One object, its file made and some of it there.
struct Begun {
  Begun() {
    rig.origin.Put(kKey, object, Md5Tag(object));
    rig.WantBytes(kKey);
    rig.Advance();
    REQUIRE(rig.origin.Head(0));
    rig.Advance();
    REQUIRE(rig.origin.Body(0, kBlockBytes));
    REQUIRE(Visible(world, kKey).size() > 0);
  }

  FillWorld world;
  FillRig rig{world};
  const std::string object = SampleBytes(kSize);
};

TEST_CASE("Fill: what is purged while it is filled does not come back by itself") {
  Begun begun;
  CacheReader follower;
  REQUIRE(begun.world.Open(kKey, follower).ok());
  REQUIRE(RemoveCacheFile(begun.world.PathOf(kKey)).ok());
  CHECK(follower.Refresh().code() == Code::kChanged);
  begun.rig.Run();
  CHECK(begun.rig.engine().idle());
  CHECK_FALSE(std::filesystem::exists(begun.world.PathOf(kKey)));
}

TEST_CASE("Fill: who asks after a purge gets what the origin has now") {
  Begun begun;
  REQUIRE(RemoveCacheFile(begun.world.PathOf(kKey)).ok());
  const std::string newer = SampleBytes(kSize, 2);
  begun.rig.origin.Put(kKey, newer, Md5Tag(newer));
  begun.rig.WantBytes(kKey);
  begun.rig.Run();
  CacheReader reader;
  REQUIRE(begun.world.Open(kKey, reader).ok());
  CHECK(reader.complete());
  CHECK(Visible(begun.world, kKey) == newer);
}

}  // namespace
}  // namespace audiodl
