// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every system call that a fill makes on the cache's disk fails, once or from then on, with the
// room, the index and the memory beside it that a real fetcher has: the download comes out right
// all the same, in the cache or in memory, and the cache is never fuller than its index says.

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>

#include "common/fetch/shared_state.h"
#include "common/fetch/store_room.h"
#include "tests/fault/fault_settings.h"
#include "tests/fault/system_calls.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

const std::string kKey = "prod/dune/01.mp3", kOther = "prod/dune/02.mp3";
constexpr uint64_t kSize = 2 * kBlockBytes + 4097;
constexpr uint64_t kFile = Layout(kSize).file_bytes;
const std::string kObject = SampleBytes(kSize, 1);

// Fails calls on what lies below a directory: the n-th of a kind, or all from there on.
class FailingDisk : public SystemCallHook {
 public:
  FailingDisk(std::string dir, CallKind kind, int error_number, int nth, bool for_good)
      : dir_(std::move(dir)),
        kind_(kind),
        error_number_(error_number),
        nth_(nth),
        for_good_(for_good) {}

  Verdict Before(const SystemCall& call) override {
    const Verdict good = call.kind == CallKind::kSync ? Verdict::Pretend() : Verdict::Pass();
    if (healed_ || call.kind != kind_ || !IsOurs(call)) return good;
    const int number = count_++;
    if (number != nth_ && !(for_good_ && number > nth_)) return good;
    ++hits_;
    return Verdict::Fail(error_number_);
  }
  int hits() const { return hits_; }
  void Heal() { healed_ = true; }

 private:
  bool IsOurs(const SystemCall& call) const {
    if (call.path != nullptr) return std::string_view(call.path).starts_with(dir_);
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(call.fd);
    const ssize_t length = readlink(link.c_str(), path, sizeof path);
    return length > 0 && std::string_view(path, static_cast<size_t>(length)).starts_with(dir_);
  }

  const std::string dir_;
  const CallKind kind_;
  const int error_number_;
  const int nth_;
  const bool for_good_;
  bool healed_ = false;
  int count_ = 0;
  int hits_ = 0;
};

// A fetcher with room for one object, in which another one lies, and memory to go to.
class Fetcher {
 public:
  Fetcher() {
    world.store.spill_dir = memory_.Of("spill");
    OpenCache();
    room_ = std::make_unique<StoreRoom>(world.store, shared_.get(), log_.sink());
    room_->SetCache(cache_.get());
    rig = std::make_unique<FillRig>(world, SmallParts(), room_.get());
  }
  ~Fetcher() { rig.reset(); }

  // Serves what there is to serve, in pieces, and looks after each. False: a wrong byte was seen.
  bool Run(const std::string& key) {
    rig->WantBytes(key);
    for (int turn = 0; turn < 2000; ++turn) {
      rig->Advance();
      if (!Right(key)) return false;
      if (rig->engine().idle()) return true;
      if (rig->origin.open() > 0) {
        rig->origin.Step(0, 100000);
      } else if (!rig->Sleep()) {
        FAIL("the fill is neither finished nor waiting for anything");
      }
    }
    FAIL("the fill never ends");
    return false;
  }

  // What a worker sends of the object: it looks in memory first where something is noted there.
  std::string Sent(const std::string& key) const {
    CacheReader reader;
    if (!Open(key, reader)) return {};
    const Result<uint64_t> filled = reader.FilledFrom(0);
    return filled.ok() ? ReadBytes(reader.fd(), 0, *filled) : std::string();
  }
  bool InMemory(const std::string& key) const {
    return fs::exists(world.store.spill_dir + "/" + world.IdOf(key).RelativePath());
  }
  uint64_t Indexed() const { return cache_->index().bytes(); }
  uint64_t OnDisk() const {
    const Unhooked own;
    uint64_t bytes = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(world.dir.path())) {
      const bool object = entry.is_regular_file() && entry.path().filename().string().size() == 64;
      bytes += object ? entry.file_size() : 0;
    }
    return bytes;
  }
  std::optional<Code> error() const { return world.bells->ErrorSince(world.BellOf(kKey), 0); }

  FillWorld world;
  std::unique_ptr<FillRig> rig;

 private:
  void OpenCache() {
    SpaceSettings settings;
    settings.dir = world.dir.path();
    settings.limits.max_size = kFile + kFile / 2;
    cache_ = std::move(CacheSpace::Open(settings)).value();
    cache_->WalkAll();
  }
  bool Open(const std::string& key, CacheReader& reader) const {
    if (shared_->spills.IsNoted(world.store.id)) {
      const std::string path = world.store.spill_dir + "/" + world.IdOf(key).RelativePath();
      if (reader.Open(path.c_str(), world.store.identity, key).ok()) return true;
    }
    return world.Open(key, reader).ok();
  }
  bool Right(const std::string& key) const {
    const Unhooked own;
    CacheReader reader;
    if (!Open(key, reader)) return true;
    for (uint64_t block = 0; block < BlockCount(kSize); ++block) {
      const Result<uint64_t> filled = reader.FilledFrom(block * kBlockBytes);
      if (!filled.ok()) return false;
      const std::string_view expected = BlockOf(kObject, block);
      if (*filled > 0 && ReadBytes(reader.fd(), block * kBlockBytes, expected.size()) != expected) {
        return false;
      }
    }
    return true;
  }

  TempDir memory_;
  std::unique_ptr<SharedState> shared_ = std::make_unique<SharedState>();
  std::unique_ptr<CacheSpace> cache_;
  LogRecorder log_;
  std::unique_ptr<StoreRoom> room_;
};

struct Trouble {
  CallKind kind;
  int error_number;
};

const std::vector<Trouble>& Troubles() {
  static const std::vector<Trouble> troubles = {
      {CallKind::kOpen, ENOSPC},  {CallKind::kOpen, EIO},     {CallKind::kOpen, EMFILE},
      {CallKind::kWrite, ENOSPC}, {CallKind::kWrite, EIO},    {CallKind::kAppend, ENOSPC},
      {CallKind::kAppend, EIO},   {CallKind::kRead, EIO},     {CallKind::kReserve, ENOSPC},
      {CallKind::kReserve, EIO},  {CallKind::kTruncate, EIO}, {CallKind::kRename, ENOSPC},
      {CallKind::kRename, EIO},   {CallKind::kUnlink, EIO},   {CallKind::kMakeDir, ENOSPC},
      {CallKind::kMakeDir, EIO},  {CallKind::kStat, EIO},     {CallKind::kDiskSpace, EIO},
  };
  return troubles;
}

std::string Describe(const Trouble& trouble) {
  return std::string(CallName(trouble.kind)) + " errno " + std::to_string(trouble.error_number);
}

// A cold fill for which another object has to go. Returns how often the trouble struck.
int Strike(const Trouble& trouble, int nth, bool for_good) {
  Fetcher fetcher;
  for (const std::string& key : {kKey, kOther})
    fetcher.rig->origin.Put(key, kObject, Md5Tag(kObject));
  REQUIRE(fetcher.Run(kOther));
  REQUIRE((fetcher.Sent(kOther) == kObject));
  FailingDisk disk(fetcher.world.dir.path(), trouble.kind, trouble.error_number, nth, for_good);
  {
    const ScopedHook hooked(disk);
    REQUIRE(fetcher.Run(kKey));
    const Unhooked own;
    CHECK(fetcher.error() == std::nullopt);
    CHECK((fetcher.Sent(kKey) == kObject));
    CHECK(fetcher.Indexed() >= fetcher.OnDisk());
    CHECK(fetcher.OnDisk() <= kFile + kFile / 2);
    disk.Heal();
  }
  REQUIRE(fetcher.Run(kOther));
  CHECK((fetcher.Sent(kOther) == kObject));
  CHECK(fetcher.OnDisk() <= kFile + kFile / 2);
  return disk.hits();
}

void StrikeEverywhere(bool for_good) {
  std::map<CallKind, int> struck;
  int fills = 0;
  for (const Trouble& trouble : Troubles()) {
    int hits = 1;
    for (int nth = 0; hits > 0; ++nth) {
      INFO(Describe(trouble) << " at call " << nth << (for_good ? " and all after it" : ""));
      hits = Strike(trouble, nth, for_good);
      struck[trouble.kind] += hits;
      ++fills;
    }
  }
  Note(std::string(for_good ? "lasting" : "passing") + ": " + std::to_string(Troubles().size()) +
       " troubles, " + std::to_string(fills) + " downloads");
  // Where nothing was struck the linker did not wrap the call, and nothing was tested.
  for (const Trouble& trouble : Troubles()) {
    if (trouble.kind == CallKind::kTruncate) continue;  // only where there is no fallocate()
    INFO(CallName(trouble.kind));
    CHECK(struck[trouble.kind] > 0);
  }
}

TEST_CASE("Disk faults: whichever call fails once, the download it is made for is right") {
  StrikeEverywhere(false);
}
TEST_CASE("Disk faults: a disk that fails from some call on costs no download") {
  StrikeEverywhere(true);
}

}  // namespace
}  // namespace audiodl
