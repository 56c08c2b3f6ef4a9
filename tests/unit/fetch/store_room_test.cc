// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/store_room.h"

#include <sys/stat.h>

#include <filesystem>
#include <memory>

#include "common/fetch/spill_dir.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kObject = 3 * kBlockBytes;
constexpr uint64_t kFile = Layout(kObject).file_bytes;

// A store with a cache of two files, and memory to spill to in a folder of the test's own.
struct World {
  World() : shared(std::make_unique<SharedState>()) {
    config.cache_dir = cache_dir.path();
    config.identity = kSampleOrigin;
    config.id = 7;
    config.spill_dir = memory.Of("spill");
    (void)PrepareCacheDir(config.cache_dir).ok();
    SpaceSettings settings;
    settings.dir = config.cache_dir;
    settings.limits.max_size = 2 * kFile;
    cache = std::move(CacheSpace::Open(std::move(settings))).value();
    room = MakeRoom();
  }
  std::unique_ptr<StoreRoom> MakeRoom() {
    auto made = std::make_unique<StoreRoom>(
        config, shared.get(), [this](LogLevel, std::string_view text) { log.emplace_back(text); });
    made->SetCache(cache.get());
    return made;
  }
  ObjectId IdOf(const std::string& key) const { return config.IdOf(key); }
  Result<StoreRoom::Writer> Create(const std::string& key, uint64_t size = kObject) {
    ObjectHeader header = SampleHeader(size);
    header.key = key;
    return room->Create(IdOf(key), header, 0);
  }
  bool InCache(const std::string& key) const {
    return fs::exists(config.cache_dir + "/" + IdOf(key).RelativePath());
  }
  bool InMemory(const std::string& key) const {
    return fs::exists(config.spill_dir + "/" + IdOf(key).RelativePath());
  }

  const TempDir cache_dir, memory;
  StoreConfig config;
  std::unique_ptr<SharedState> shared;
  std::vector<std::string> log;
  std::unique_ptr<CacheSpace> cache;
  std::unique_ptr<StoreRoom> room;
};

TEST_CASE("StoreRoom: what finds no room in the cache is kept in memory, and that is said once") {
  World world;
  REQUIRE(world.Create("a").ok());
  REQUIRE(world.Create("b").ok());
  CHECK_FALSE(world.shared->spills.IsNoted(7));
  REQUIRE(world.Create("c").ok());
  REQUIRE(world.Create("d").ok());
  CHECK(world.InCache("a"));
  CHECK(world.InMemory("c"));
  CHECK_FALSE(world.InCache("c"));
  CHECK(world.shared->spills.IsNoted(7));
  CHECK(world.shared->counters.fetcher.spilled_files.Get() == 2);
  CHECK(world.log.size() == 1);
  auto adopted = world.room->Adopt(world.IdOf("c"), "c");
  REQUIRE(adopted.ok());
  CHECK(world.room->Reserve(**adopted, world.IdOf("c")).ok());
  struct stat info;
  REQUIRE(stat(world.config.spill_dir.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("StoreRoom: an object is never in both places") {
  World world;
  REQUIRE(world.Create("a").ok());
  REQUIRE(world.Create("b").ok());
  REQUIRE(world.Create("c").ok());
  world.room->Settle(world.IdOf("a"));
  REQUIRE(world.Create("c").ok());  // a newer generation, and there is room now
  CHECK(world.InCache("c"));
  CHECK_FALSE(world.InMemory("c"));
  REQUIRE(world.Create("b").ok());  // too full for two generations at once
  CHECK(world.InMemory("b"));
  CHECK_FALSE(world.InCache("b"));
}

TEST_CASE("StoreRoom: a disk that fails is left, and what is wanted goes to memory") {
  World world;
  auto file = world.Create("a");
  REQUIRE(file.ok());
  CHECK_FALSE(world.room->LeaveDisk(**file, world.IdOf("a"), Status(Code::kChanged, "x")));
  CHECK(world.room->LeaveDisk(**file, world.IdOf("a"), Status(Code::kIo, "bad sector")));
  CHECK_FALSE(world.InCache("a"));
  auto again = world.Create("a");
  REQUIRE(again.ok());
  CHECK(world.InMemory("a"));
  CHECK_FALSE(world.room->LeaveDisk(**again, world.IdOf("a"), Status(Code::kIo, "bad memory")));
}

TEST_CASE("StoreRoom: what fits neither place is said to") {
  World world;
  const auto file = world.Create("huge", kSpillBytes + 1);
  CHECK(file.status().code() == Code::kNoSpace);
  CHECK_FALSE(world.InMemory("huge"));
}

TEST_CASE("StoreRoom: what somebody removes of ours is never taken for a missing object") {
  World world;
  auto file = world.Create("a");
  REQUIRE(file.ok());
  world.room->Settle(world.IdOf("a"));
  fs::remove_all(world.config.cache_dir + "/tmp");
  CHECK(world.Create("b").ok());
  CHECK(world.InCache("b"));
  fs::remove(world.config.cache_dir + "/" + world.IdOf("a").RelativePath());
  CHECK(world.room->Reserve(**file, world.IdOf("a")).code() == Code::kChanged);
  fs::remove_all(world.config.cache_dir);
  CHECK(world.Create("c").ok());
  CHECK(world.InMemory("c"));
  fs::remove_all(world.config.spill_dir);
  CHECK(world.Create("d").ok());
  CHECK(world.InMemory("d"));
}

TEST_CASE("StoreRoom: a folder that is not ours alone is not used") {
  World world;
  REQUIRE(mkdir(world.config.spill_dir.c_str(), 0700) == 0);
  SECTION("others may enter it") { CHECK(chmod(world.config.spill_dir.c_str(), 0755) == 0); }
  SECTION("it is a link") {
    fs::remove(world.config.spill_dir);
    fs::create_directory(world.memory.Of("elsewhere"));
    fs::create_symlink(world.memory.Of("elsewhere"), world.config.spill_dir);
    CHECK(fs::is_symlink(world.config.spill_dir));
  }
  REQUIRE(world.Create("a").ok());
  REQUIRE(world.Create("b").ok());
  CHECK(world.Create("c").status().code() == Code::kNoSpace);
  CHECK_FALSE(world.shared->spills.IsNoted(7));
}

TEST_CASE("StoreRoom: memory is given back when nobody wants it, also what a predecessor left") {
  World world;
  REQUIRE(world.Create("a").ok());
  REQUIRE(world.Create("b").ok());
  {
    auto file = world.Create("c");
    REQUIRE(file.ok());
    REQUIRE(PutAll(**file, SampleBytes(kObject)).ok());
    world.room->Settle(world.IdOf("c"));
  }
  world.room = world.MakeRoom();
  CHECK(world.shared->spills.IsNoted(7));
  CHECK(world.InMemory("c"));
  const std::string path = world.config.spill_dir + "/" + world.IdOf("c").RelativePath();
  fs::remove(path);
  fs::remove(CacheIndex::PathIn(world.config.spill_dir));
  world.room = world.MakeRoom();
  while (world.room->Turn()) continue;
  CHECK_FALSE(world.shared->spills.IsNoted(7));
}

TEST_CASE("SpillBoard: holds so many stores and no more, and forgets") {
  SpillBoard board;
  for (uint64_t store = 1; store <= 16; ++store) CHECK(board.Note(store));
  CHECK(board.Note(16));
  CHECK_FALSE(board.Note(17));
  board.Forget(3);
  CHECK_FALSE(board.IsNoted(3));
  CHECK(board.Note(17));
  CHECK(board.IsNoted(17));
}

}  // namespace
}  // namespace audiodl
