// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Every system call of a fill fails once, in every way it can: no reader ever sees a wrong byte,
// nothing is left behind, and the next try succeeds.

#include <dirent.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "common/fetch/sync_queue.h"
#include "tests/fault/fault_settings.h"
#include "tests/fault/system_calls.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

const std::string kKey = "prod/dune/01.mp3";
constexpr uint64_t kSize = 2 * kBlockBytes + 4097;
const std::string kOld = SampleBytes(kSize, 1);
const std::string kNew = SampleBytes(kSize + 1, 2);

// One kind of trouble.
struct Trouble {
  CallKind kind;
  Verdict verdict;
  std::string name;
};

const std::vector<Trouble>& Troubles() {
  static const std::vector<Trouble> troubles = [] {
    std::vector<Trouble> made;
    const auto errors = [&made](CallKind kind, std::initializer_list<int> numbers) {
      for (const int number : numbers) {
        made.push_back({kind, Verdict::Fail(number),
                        std::string(CallName(kind)) + " errno " + std::to_string(number)});
      }
    };
    errors(CallKind::kOpen, {ENOSPC, EIO, EMFILE, ENFILE, EACCES, EROFS});
    errors(CallKind::kWrite, {ENOSPC, EDQUOT, EIO, EINTR});
    errors(CallKind::kRead, {EIO, EINTR});
    errors(CallKind::kReserve, {ENOSPC, EIO, EINTR, EOPNOTSUPP});
    errors(CallKind::kRename, {EIO, ENOSPC, ENOENT});
    errors(CallKind::kSync, {EIO, ENOSPC});
    errors(CallKind::kUnlink, {EIO, ENOENT});
    errors(CallKind::kMakeDir, {ENOSPC, EIO});
    errors(CallKind::kStat, {EIO});
    errors(CallKind::kLock, {EWOULDBLOCK, ENOLCK});
    errors(CallKind::kFcntl, {ENOLCK, EIO, EAGAIN});
    for (const CallKind kind : {CallKind::kWrite, CallKind::kRead}) {
      for (const uint64_t bytes : {1, 3, 4096}) {
        made.push_back({kind, Verdict::Short(bytes),
                        std::string(CallName(kind)) + " short " + std::to_string(bytes)});
      }
    }
    return made;
  }();
  return troubles;
}

// Lets the n-th call of a kind, or all from the n-th on, meet the trouble.
class FailNth : public SystemCallHook {
 public:
  FailNth(const Trouble& trouble, int nth, bool for_good)
      : trouble_(trouble), nth_(nth), for_good_(for_good) {}

  Verdict Before(const SystemCall& call) override {
    // The real disk is not what is tested, and slow.
    const Verdict good = call.kind == CallKind::kSync ? Verdict::Pretend() : Verdict::Pass();
    if (call.kind != trouble_.kind || healed_) return good;
    const int number = count_++;
    const bool hit = number == nth_ || (for_good_ && number > nth_);
    hits_ += hit ? 1 : 0;
    return hit ? trouble_.verdict : good;
  }
  int hits() const { return hits_; }
  void Heal() { healed_ = true; }

 private:
  const Trouble& trouble_;
  const int nth_;
  const bool for_good_;
  bool healed_ = false;
  int count_ = 0;
  int hits_ = 0;
};

size_t OpenDescriptors() {
  const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(folder), end(folder)));
}

// What readers see of the object must be of one of the two generations, each byte right.
bool Right(const FillWorld& world) {
  const Unhooked own;
  CacheReader reader;
  if (!world.Open(kKey, reader).ok()) return true;
  const std::string& truth = reader.header().size == kOld.size() ? kOld : kNew;
  for (uint64_t block = 0; block < BlockCount(truth.size()); ++block) {
    const Result<uint64_t> filled = reader.FilledFrom(block * kBlockBytes);
    const uint64_t expected = BlockOf(truth, block).size();
    if (!filled.ok()) return false;
    if (*filled == 0) continue;
    if (ReadBytes(reader.fd(), block * kBlockBytes, expected) != BlockOf(truth, block))
      return false;
  }
  return true;
}

bool Complete(const FillWorld& world, const std::string& object) {
  const Unhooked own;
  CacheReader reader;
  return world.Open(kKey, reader).ok() && reader.complete() && Visible(world, kKey) == object;
}

// Serves what there is to serve, in pieces, and looks after each. False: a wrong byte was seen.
bool RunWatched(FillRig& rig) {
  for (int turn = 0; turn < 2000; ++turn) {
    rig.Advance();
    if (!Right(rig.world)) return false;
    if (rig.engine().idle()) return true;
    if (rig.origin.open() > 0) {
      rig.origin.Step(0, 100000);
    } else if (!rig.Sleep()) {
      FAIL("the fill is neither finished nor waiting for anything");
    }
  }
  FAIL("the fill never ends");
  return false;
}

void SyncAll(FillRig& rig) {
  SyncQueue queue(rig.log.sink());
  for (auto& file : rig.completed) queue.Add(std::move(file));
  rig.completed.clear();
}

// A fill that is to come out well when nothing fails.
struct Scenario {
  std::string name;
  std::function<void(FillRig&)> prepare;  // before anything fails
  std::function<void(FillRig&)> want;
  const std::string& outcome;
};

const std::vector<Scenario>& Scenarios() {
  static const std::vector<Scenario> scenarios = {
      {"cold", [](FillRig& rig) { rig.origin.Put(kKey, kOld, Md5Tag(kOld)); },
       [](FillRig& rig) { rig.WantBytes(kKey); }, kOld},
      {"adopted",
       [](FillRig& rig) {
         rig.origin.Put(kKey, kOld, Md5Tag(kOld));
         rig.WantBytes(kKey, kBlockBytes, 1);
         rig.Run();
       },
       [](FillRig& rig) { rig.WantBytes(kKey); }, kOld},
      {"replaced",
       [](FillRig& rig) {
         rig.origin.Put(kKey, kOld, Md5Tag(kOld));
         rig.WantBytes(kKey, kBlockBytes, 1);
         rig.Run();
         rig.origin.Put(kKey, kNew, Md5Tag(kNew));
       },
       [](FillRig& rig) {
         rig.Handle(WantKind::kVerify, kKey, 2);
         rig.WantBytes(kKey);
       },
       kNew},
  };
  return scenarios;
}

// One trouble at one place. Returns how often it struck.
int Strike(const Scenario& scenario, const Trouble& trouble, int nth, bool for_good) {
  const size_t descriptors = OpenDescriptors();
  int hits = 0;
  {
    FillWorld world;
    FillRig rig(world);
    scenario.prepare(rig);
    FailNth hook(trouble, nth, for_good);
    const ScopedHook hooked(hook);
    scenario.want(rig);
    REQUIRE(RunWatched(rig));
    SyncAll(rig);
    REQUIRE(Right(world));
    hits = hook.hits();
    hook.Heal();
    // A generation that was given up costs one more try, as it does for a client.
    for (int tries = 0; tries < 2 && !Complete(world, scenario.outcome); ++tries) {
      scenario.want(rig);
      REQUIRE(RunWatched(rig));
      SyncAll(rig);
    }
    REQUIRE(Complete(world, scenario.outcome));
    // What cannot be unlinked stays until the next start.
    REQUIRE(PrepareCacheDir(world.dir.path()).ok());
    CHECK(std::filesystem::is_empty(world.dir.Of("tmp")));
  }
  CHECK(OpenDescriptors() == descriptors);
  return hits;
}

void StrikeEverywhere(const Scenario& scenario, bool for_good) {
  std::map<CallKind, int> struck;
  int fills = 0;
  for (const Trouble& trouble : Troubles()) {
    int hits = 1;
    for (int nth = 0; hits > 0; ++nth) {
      INFO(scenario.name << ": " << trouble.name << " at call " << nth
                         << (for_good ? " and all after it" : ""));
      hits = Strike(scenario, trouble, nth, for_good);
      struck[trouble.kind] += hits;
      ++fills;
    }
  }
  Note(scenario.name + ": " + std::to_string(Troubles().size()) + " troubles, " +
       std::to_string(fills) + " fills");
  // Where nothing was struck the linker did not wrap the call, and nothing was tested.
  for (const CallKind kind :
       {CallKind::kOpen, CallKind::kWrite, CallKind::kRead, CallKind::kSync, CallKind::kFcntl}) {
    INFO(CallName(kind));
    CHECK(struck[kind] > 0);
  }
  if (scenario.name == "adopted") return;
  for (const CallKind kind :
       {CallKind::kReserve, CallKind::kRename, CallKind::kMakeDir, CallKind::kLock}) {
    INFO(CallName(kind));
    CHECK(struck[kind] > 0);
  }
}

TEST_CASE("Disk faults: each system call of a cold fill fails once") {
  StrikeEverywhere(Scenarios()[0], false);
}
TEST_CASE("Disk faults: each system call of a resumed fill fails once") {
  StrikeEverywhere(Scenarios()[1], false);
}
TEST_CASE("Disk faults: each system call of a replacement fails once") {
  StrikeEverywhere(Scenarios()[2], false);
}
TEST_CASE("Disk faults: a cold fill's disk is full, fails or has no descriptors, and stays so") {
  const std::set<int> lasting = {ENOSPC, EIO, EMFILE};
  for (const Trouble& trouble : Troubles()) {
    if (!lasting.contains(trouble.verdict.error)) continue;
    int hits = 1;
    for (int nth = 0; hits > 0; ++nth) {
      INFO(trouble.name << " from call " << nth << " on");
      hits = Strike(Scenarios()[0], trouble, nth, true);
    }
  }
}

// fsync(2): after an EIO the pages may be marked clean though they never reached the disk, and are
// read back as zeros once they were dropped from memory.
TEST_CASE("Disk faults: a file that could not be synced is not believed any more") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.WantBytes(kKey);
  rig.Run();
  REQUIRE(Complete(world, kOld));
  const Trouble trouble = {CallKind::kSync, Verdict::Fail(EIO), "fdatasync"};
  FailNth hook(trouble, 0, false);
  {
    const ScopedHook hooked(hook);
    SyncAll(rig);
  }
  CHECK(hook.hits() == 1);
  CacheReader reader;
  CHECK(world.Open(kKey, reader).code() == Code::kNotFound);
}

// The maker has created its temporary file and not locked it yet, when another fetcher starts and
// cleans up.
class CleanUpBeforeLock : public SystemCallHook {
 public:
  explicit CleanUpBeforeLock(const std::string& dir) : dir_(dir) {}
  Verdict Before(const SystemCall& call) override {
    if (call.kind == CallKind::kLock && !done_) {
      done_ = true;
      cleaned_ = PrepareCacheDir(dir_).ok();
    }
    return Verdict::Pass();
  }
  bool cleaned() const { return cleaned_; }

 private:
  const std::string dir_;
  bool done_ = false;
  bool cleaned_ = false;
};

TEST_CASE("Disk faults: a clean-up between making a temporary file and locking it costs nothing") {
  FillWorld world;
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  CleanUpBeforeLock hook(world.dir.path());
  const uint32_t seen = world.bells->Peek(world.BellOf(kKey));
  {
    const ScopedHook hooked(hook);
    rig.WantBytes(kKey);
    rig.Run();
  }
  CHECK(hook.cleaned());
  CHECK(Complete(world, kOld));
  CHECK(world.bells->ErrorSince(world.BellOf(kKey), seen) == std::nullopt);
}

}  // namespace
}  // namespace audiodl
