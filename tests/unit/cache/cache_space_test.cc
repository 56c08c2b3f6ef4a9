// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_space.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include "common/cache/cache_reader.h"
#include "tests/unit/cache/sample_object.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kObject = 3 * kBlockBytes;
constexpr uint64_t kFile = Layout(kObject).file_bytes;
constexpr uint64_t kPlenty = uint64_t{1} << 40;

// A cache directory with a clock and a disk that the test sets.
class Cache {
 public:
  Cache() { (void)PrepareCacheDir(dir.path()).ok(); }

  std::unique_ptr<CacheSpace> Open(CacheIndex::Access access = CacheIndex::Access::kWrite) {
    SpaceSettings settings;
    settings.dir = dir.path();
    settings.limits = limits;
    settings.listed = listed;
    settings.log = [this](LogLevel, std::string_view text) { log += std::string(text) + "\n"; };
    settings.access = access;
    settings.probe = [this](const std::string&) -> Result<DiskSpace> {
      if (const auto act = before_probe) act();
      return DiskSpace{kPlenty, free_bytes};
    };
    settings.now = [this] { return now; };
    auto space = CacheSpace::Open(std::move(settings));
    REQUIRE(space.ok());
    return std::move(space).value();
  }

  static ObjectId IdOf(const std::string& key) { return ObjectId::Of("s3://books", key); }
  std::string PathOf(const std::string& key) const {
    return dir.path() + "/" + IdOf(key).RelativePath();
  }
  bool Has(const std::string& key) const { return fs::exists(PathOf(key)); }

  static CachedObject Wanted(const std::string& key) {
    return {IdOf(key), "s3://books", key, kFile, 0, false};
  }
  std::unique_ptr<CacheWriter> Create(const std::string& key) const {
    ObjectHeader header = SampleHeader(kObject);
    header.key = key;
    auto writer = CacheWriter::Create(dir.path(), IdOf(key), header, 0);
    REQUIRE(writer.ok());
    return std::move(writer).value();
  }
  // A complete file, as the fetcher would make it; each is used a second after the one before.
  void Fill(CacheSpace& space, const std::string& key) {
    ++now;
    REQUIRE(space.MakeRoom(Wanted(key)).ok());
    const auto writer = Create(key);
    REQUIRE(PutAll(*writer, SampleBytes(kObject)).ok());
    REQUIRE(writer->SetLastUsed(now).ok());
    space.Settle(IdOf(key));
  }

  const TempDir dir;
  CacheLimits limits;
  std::vector<ListedStore> listed;
  int64_t now = 1000000;
  uint64_t free_bytes = kPlenty;
  std::function<void()> before_probe;  // what another process does just then
  std::string log;
};

std::vector<std::string> Keys(const std::vector<Victim>& victims) {
  std::vector<std::string> keys;
  for (const Victim& victim : victims) keys.push_back(victim.key);
  return keys;
}

TEST_CASE("CacheSpace: what was used longest ago makes room, before anything is written") {
  Cache cache;
  cache.limits.max_size = 3 * kFile;
  const auto space = cache.Open();
  for (const char* key : {"a", "b", "c"}) cache.Fill(*space, key);
  cache.now += 100;
  space->Touch(Cache::IdOf("a"));
  CHECK(space->MakeRoom(Cache::Wanted("d")).ok());
  CHECK(cache.Has("a"));
  CHECK_FALSE(cache.Has("b"));
  CHECK(cache.Has("c"));
  CHECK(space->index().bytes() == 3 * kFile);
}

TEST_CASE("CacheSpace: a touch is written into the file too, so that it outlives the index") {
  Cache cache;
  {
    const auto space = cache.Open();
    for (const char* key : {"a", "b"}) cache.Fill(*space, key);
    cache.now += 100;
    space->Touch(Cache::IdOf("a"));
  }
  fs::remove(CacheIndex::PathIn(cache.dir.path()));
  cache.limits.max_size = kFile;
  const auto space = cache.Open();
  space->WalkAll();
  CHECK(Keys(space->Plan(0, 10).victims) == std::vector<std::string>{"b"});
}

TEST_CASE("CacheSpace: room that is promised is not promised twice") {
  Cache cache;
  cache.limits.max_size = 2 * kFile;
  const auto space = cache.Open();
  CHECK(space->MakeRoom(Cache::Wanted("a")).ok());
  CHECK(space->MakeRoom(Cache::Wanted("b")).ok());
  CHECK(space->MakeRoom(Cache::Wanted("c")).code() == Code::kNoSpace);
  space->Settle(Cache::IdOf("a"));  // nothing came of it
  CHECK(space->MakeRoom(Cache::Wanted("c")).ok());
}

TEST_CASE("CacheSpace: two processes share one limit") {
  Cache cache;
  cache.limits.max_size = 2 * kFile;
  const auto one = cache.Open();
  const auto two = cache.Open();
  cache.Fill(*one, "a");
  cache.Fill(*two, "b");
  cache.Fill(*one, "c");
  CHECK_FALSE(cache.Has("a"));
  CHECK(cache.Has("b"));
  CHECK(two->index().Sync().ok());
  CHECK(two->index().bytes() == 2 * kFile);
}

TEST_CASE("CacheSpace: room that is promised to a file without a name yet stays taken") {
  Cache cache;
  const auto fetcher = cache.Open();
  const auto operators = cache.Open();
  operators->WalkAll();
  auto locks = FillLocks::Open(cache.dir.path());
  REQUIRE(locks->TryLock(Cache::IdOf("a")).ok());
  REQUIRE(fetcher->MakeRoom(Cache::Wanted("a")).ok());
  REQUIRE(operators->index().Sync().ok());
  REQUIRE(operators->index().Find(Cache::IdOf("a")) != nullptr);
  SECTION("a sweep walks") {
    operators->WalkAll();
    CHECK(operators->walk_trouble().ok());
  }
  SECTION("a purge finds nothing") { REQUIRE(operators->Purge(Cache::IdOf("a")).ok()); }
  SECTION("it is touched") {
    cache.now += 100;
    operators->Touch(Cache::IdOf("a"));
    CHECK_FALSE(cache.Has("a"));
  }
  REQUIRE(operators->index().Sync().ok());
  CHECK(operators->index().bytes() == kFile);
  REQUIRE(fetcher->index().Sync().ok());
  CHECK(fetcher->index().bytes() == kFile);
  // The fill has failed: now it is missing.
  fetcher->Settle(Cache::IdOf("a"));
  CHECK(fetcher->index().bytes() == 0);
}

TEST_CASE("CacheSpace: a walk does not take the room of a replacement for that of the old file") {
  Cache cache;
  const auto fetcher = cache.Open();
  const auto operators = cache.Open();
  cache.Fill(*fetcher, "a");
  auto locks = FillLocks::Open(cache.dir.path());
  REQUIRE(locks->TryLock(Cache::IdOf("a")).ok());
  CachedObject larger = Cache::Wanted("a");
  larger.bytes = 2 * kFile;
  REQUIRE(fetcher->MakeRoom(larger).ok());
  operators->WalkAll();
  CHECK(operators->index().bytes() == 2 * kFile);
}

TEST_CASE("CacheSpace: two fetchers that take the last room at once do not both get it") {
  Cache cache;
  cache.limits.max_size = kFile;
  const auto draining = cache.Open();
  const auto successor = cache.Open();
  auto locks = FillLocks::Open(cache.dir.path());
  REQUIRE(locks->TryLock(Cache::IdOf("a")).ok());
  REQUIRE(locks->TryLock(Cache::IdOf("b")).ok());
  // The successor has looked at the index before the other one wrote to it; its next record brings
  // the other's.
  cache.before_probe = [&] {
    cache.before_probe = {};
    REQUIRE(draining->MakeRoom(Cache::Wanted("a")).ok());
  };
  CHECK(successor->MakeRoom(Cache::Wanted("b")).code() == Code::kNoSpace);
  CHECK(successor->index().bytes() == kFile);
}

TEST_CASE("CacheSpace: a file that has its room already is not refused it") {
  Cache cache;
  {
    const auto space = cache.Open();
    cache.Fill(*space, "a");
  }
  cache.limits.max_size = kFile / 2;
  const auto space = cache.Open();
  CHECK(space->MakeRoomFor(Cache::IdOf("a")).ok());
  CHECK(space->MakeRoom(Cache::Wanted("b")).code() == Code::kNoSpace);
}

TEST_CASE("CacheSpace: what is larger than the limit evicts nothing") {
  Cache cache;
  cache.limits.max_size = 2 * kFile;
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  CachedObject large = Cache::Wanted("large");
  large.bytes = 3 * kFile;
  CHECK(space->MakeRoom(large).code() == Code::kNoSpace);
  CHECK(cache.Has("a"));
}

TEST_CASE("CacheSpace: the disk's free room is kept, whoever takes it") {
  Cache cache;
  cache.limits.min_free_bytes = 10 * kFile;
  const auto space = cache.Open();
  for (const char* key : {"a", "b", "c"}) cache.Fill(*space, key);
  cache.free_bytes = 10 * kFile + kFile / 2;
  CHECK(Keys(space->Plan(0, 10).victims).empty());
  CHECK(Keys(space->Plan(kFile, 10).victims) == std::vector<std::string>{"a"});
  cache.free_bytes = 8 * kFile;
  CHECK(Keys(space->Plan(0, 10).victims) == std::vector<std::string>{"a", "b"});
  // Evicting brings this disk nothing: somebody else eats it. The sweep gives, a fill is told so.
  CHECK(space->MakeRoom(Cache::Wanted("d")).code() == Code::kNoSpace);
  space->Turn();
  CHECK_FALSE(cache.Has("a"));
}

TEST_CASE("CacheSpace: a share of the disk can be what stays free") {
  Cache cache;
  cache.limits.SetMinFree({0, 50.0});
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  CHECK(space->Plan(0, 10).enough);
  cache.free_bytes = kPlenty / 2 - 1;
  CHECK(Keys(space->Plan(0, 10).victims) == std::vector<std::string>{"a"});
}

TEST_CASE("CacheSpace: what nobody asked for within AudioCacheMaxAge goes, but not the pinned") {
  Cache cache;
  cache.limits.max_age = std::chrono::seconds(60);
  const auto space = cache.Open();
  for (const char* key : {"a", "b", "c"}) cache.Fill(*space, key);
  REQUIRE(space->index().SetPin(Cache::IdOf("a"), {cache.now + 1000, "s3://books", "a"}).ok());
  cache.now += 60;
  CHECK(Keys(space->Plan(0, 10).victims) == std::vector<std::string>{"b"});
  cache.now += 2000;
  CHECK(Keys(space->Plan(0, 10).victims) == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("CacheSpace: what is being filled, here or by another process, is not evicted") {
  Cache cache;
  cache.limits.max_size = 0;
  auto locks = FillLocks::Open(cache.dir.path());
  REQUIRE(locks.ok());
  cache.limits.max_size = 3 * kFile;
  const auto space = cache.Open();
  for (const char* key : {"a", "b", "c"}) cache.Fill(*space, key);
  REQUIRE(locks->TryLock(Cache::IdOf("a")).ok());
  REQUIRE(space->MakeRoomFor(Cache::IdOf("b")).ok());
  CHECK(space->MakeRoom(Cache::Wanted("d")).ok());
  CHECK(cache.Has("a"));
  CHECK(cache.Has("b"));
  CHECK_FALSE(cache.Has("c"));
  CHECK(space->Evict(Cache::IdOf("a")).code() == Code::kBusy);
  CHECK(space->Evict(Cache::IdOf("b")).code() == Code::kBusy);
}

TEST_CASE("CacheSpace: who reads an evicted file finishes, who waits for the rest of one is told") {
  Cache cache;
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  CacheReader complete, partial;
  REQUIRE(complete.Open(cache.PathOf("a").c_str(), "s3://books", "a").ok());
  REQUIRE(space->MakeRoom(Cache::Wanted("p")).ok());
  const auto writer = cache.Create("p");
  REQUIRE(partial.Open(cache.PathOf("p").c_str(), "s3://books", "p").ok());
  space->Settle(Cache::IdOf("p"));
  CHECK(space->Evict(Cache::IdOf("a")).ok());
  CHECK(space->Evict(Cache::IdOf("p")).ok());
  CHECK(space->index().bytes() == 0);
  CHECK(complete.Refresh().ok());
  CHECK((ReadBytes(complete.fd(), 0, kObject) == SampleBytes(kObject)));
  CHECK(partial.Refresh().code() == Code::kChanged);
  CHECK(writer->Nameless());
}

TEST_CASE("CacheSpace: a missing index is made anew from the files, in small steps") {
  Cache cache;
  {
    const auto space = cache.Open();
    for (int i = 0; i < 100; ++i) cache.Fill(*space, "key" + std::to_string(i));
  }
  fs::remove(CacheIndex::PathIn(cache.dir.path()));
  const auto space = cache.Open();
  CHECK(space->index().size() == 0);
  int turns = 1;
  while (space->Turn()) ++turns;
  CHECK(turns > 2);
  CHECK(space->index().size() == 100);
  CHECK(space->index().bytes() == 100 * kFile);
  CHECK(space->index().known_all());
  CHECK(space->index().Find(Cache::IdOf("key7"))->key == "key7");
}

TEST_CASE("CacheSpace: a lying index is corrected by a walk") {
  Cache cache;
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  cache.Fill(*space, "b");
  CachedObject lie = Cache::Wanted("never");
  REQUIRE(space->index().Add(lie).ok());
  lie = Cache::Wanted("a");
  lie.bytes = 1;
  REQUIRE(space->index().Add(lie).ok());
  REQUIRE(space->index().Remove(Cache::IdOf("b")).ok());
  space->WalkAll();
  CHECK(space->index().size() == 2);
  CHECK(space->index().bytes() == 2 * kFile);
}

TEST_CASE("CacheSpace: foreign files are reported and survive everything") {
  Cache cache;
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  const fs::path folder = fs::path(cache.PathOf("a")).parent_path();
  const std::vector<fs::path> foreign = {
      fs::path(cache.dir.path()) / "thesis.tex", folder / "notes.txt",
      folder / std::string(64, 'f'), folder / (folder.filename().string() + std::string(62, '0'))};
  for (const fs::path& path : foreign) std::ofstream(path) << std::string(10000, 'x');
  fs::create_symlink(foreign[0], folder / (folder.filename().string() + std::string(62, '1')));
  // A cache file under another object's name is somebody's doing, too.
  fs::copy_file(cache.PathOf("a"), folder / (folder.filename().string() + std::string(62, '2')));
  space->WalkAll();
  CHECK(space->foreign().size() == 6);
  while (space->Turn()) continue;
  for (const fs::path& path : foreign) CHECK(fs::exists(path));
  CHECK(space->index().size() == 1);
  CHECK(cache.log.find("6 files in it were not made by audiodl") != std::string::npos);
}

TEST_CASE("CacheSpace: a foreign file in an object's very place is not evicted") {
  Cache cache;
  const auto space = cache.Open();
  cache.Fill(*space, "a");
  fs::remove(cache.PathOf("a"));
  std::ofstream(cache.PathOf("a")) << std::string(10000, 'x');
  CHECK(space->Evict(Cache::IdOf("a")).code() == Code::kCorrupt);
  CHECK(cache.Has("a"));
  CHECK(space->index().size() == 0);
  CHECK(space->Purge(Cache::IdOf("a")).code() == Code::kCorrupt);
  CHECK(cache.Has("a"));
}

TEST_CASE(
    "CacheSpace: files of another format, damaged or abandoned ones leave, and are named once") {
  Cache cache;
  const auto space = cache.Open();
  for (const char* key : {"old", "damaged", "abandoned", "good"}) cache.Fill(*space, key);
  const auto patch = [&](const std::string& key, uint64_t from_end, std::string_view bytes) {
    std::fstream file(cache.PathOf(key), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-static_cast<std::streamoff>(from_end), std::ios::end);
    file << bytes;
  };
  patch("old", kPageBytes - 8, std::string("\0\0\0\0", 4));
  patch("damaged", kPageBytes - 40, "damage");
  patch("abandoned", kPageBytes - kMutableOffset, BytesOf(FileState::kAbandoned));
  space->WalkAll();
  CHECK(space->Plan(0, 10).victims.size() == 3);
  while (space->Turn()) continue;
  CHECK(cache.Has("good"));
  for (const char* key : {"old", "damaged", "abandoned"}) CHECK_FALSE(cache.Has(key));
}

TEST_CASE("CacheSpace: a dry run names exactly what the sweep removes, and removes nothing") {
  Cache cache;
  {
    const auto space = cache.Open();
    for (const char* key : {"a", "b", "c", "d"}) cache.Fill(*space, key);
  }
  cache.limits.max_size = 2 * kFile;
  std::vector<Victim> planned;
  {
    const auto dry = cache.Open(CacheIndex::Access::kRead);
    dry->WalkAll();
    planned = dry->Plan(0, SIZE_MAX).victims;
  }
  CHECK(Keys(planned) == std::vector<std::string>{"a", "b"});
  CHECK(planned[0].reason == "over AudioCacheMaxSize");
  CHECK(cache.Has("a"));
  const auto space = cache.Open();
  while (space->Turn()) continue;
  CHECK_FALSE(cache.Has("a"));
  CHECK_FALSE(cache.Has("b"));
  CHECK(cache.Has("c"));
}

TEST_CASE("CacheSpace: complete files that are not durable are given to be synced, once") {
  Cache cache;
  {
    const auto space = cache.Open();
    cache.Fill(*space, "a");
    cache.Fill(*space, "b");
    auto writer = CacheWriter::Adopt(cache.dir.path(), Cache::IdOf("b"), "s3://books", "b");
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Sync().ok());
    while (space->Turn()) continue;
    CHECK_FALSE(space->NextToSync().has_value());
    CHECK(space->index().Find(Cache::IdOf("b"))->durable);
  }
  const auto space = cache.Open();
  while (space->Turn()) continue;
  const auto next = space->NextToSync();
  REQUIRE(next.has_value());
  CHECK(next->key == "a");
  CHECK_FALSE(space->NextToSync().has_value());
}

// A shop's listing beside its cache.
class Listing {
 public:
  explicit Listing(Cache& cache) {
    cache.listed = {{"s3://books", "prod/", dir.path()}};
    Add("other/01.mp3");
  }
  void Add(const std::string& chunk) const {
    fs::create_directories(fs::path(dir.Of(chunk)).parent_path());
    std::ofstream(dir.Of(chunk)).flush();
  }
  const TempDir dir;
};

TEST_CASE("CacheSpace: a withdrawn chunk leaves by itself, pinned or not") {
  Cache cache;
  const Listing listing(cache);
  listing.Add("dune/01.mp3");
  const auto space = cache.Open();
  for (const char* key : {"prod/dune/01.mp3", "prod/dune/02.mp3", "elsewhere/x/1.mp3"}) {
    cache.Fill(*space, key);
  }
  REQUIRE(space->index()
              .SetPin(Cache::IdOf("prod/dune/02.mp3"), {CacheIndex::kForever, "s3://books", "02"})
              .ok());
  while (space->Turn()) continue;
  CHECK(cache.Has("prod/dune/01.mp3"));
  CHECK_FALSE(cache.Has("prod/dune/02.mp3"));
  CHECK(cache.Has("elsewhere/x/1.mp3"));
}

TEST_CASE("CacheSpace: a listing that is empty or away withdraws nothing") {
  Cache cache;
  const Listing listing(cache);
  const auto space = cache.Open();
  cache.Fill(*space, "prod/dune/01.mp3");
  SECTION("empty") { CHECK(fs::remove_all(listing.dir.Of("other")) == 2); }
  SECTION("away") { CHECK(fs::remove_all(listing.dir.path()) == 3); }
  for (int i = 0; i < 5; ++i) space->Turn();
  CHECK(cache.Has("prod/dune/01.mp3"));
}

TEST_CASE("CacheSpace: many at once are not withdrawn unless the operator says so") {
  Cache cache;
  const Listing listing(cache);
  const auto space = cache.Open();
  for (int i = 0; i < 20; ++i) cache.Fill(*space, "prod/dune/" + std::to_string(i));
  for (int i = 0; i < 5; ++i) space->Turn();
  CHECK(space->index().size() == 20);
  CHECK(space->warning().find("20 of 20") != std::string::npos);
  CHECK(cache.log.find("sweep --withdrawn") == cache.log.rfind("sweep --withdrawn"));
  space->AllowManyWithdrawals();
  for (int i = 0; i < 5; ++i) space->Turn();
  CHECK(space->index().size() == 0);
}

}  // namespace
}  // namespace audiodl
