// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The power fails at every boundary of a fill: whatever the disk kept of it, no reader gets a wrong
// byte, and the next fill makes the object whole.

#include <filesystem>
#include <set>

#include "tests/fault/boot_id.h"
#include "tests/fault/fault_settings.h"
#include "tests/fault/simulated_disk.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fill_rig.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

const std::string kKey = "prod/dune/01.mp3";
// A last block of odd length, and short, because each is rebuilt thousands of times.
const std::string kOld = SampleBytes(kBlockBytes + 8195, 1);
const std::string kNew = SampleBytes(kBlockBytes + 12289, 2);
const std::string& OfSize(uint64_t size) { return size == kOld.size() ? kOld : kNew; }

// Back in the real boot, whatever happens.
struct PretendedBoot {
  explicit PretendedBoot(unsigned char number) { PretendBoot(number); }
  ~PretendedBoot() { PretendBoot(0); }
};

void SyncAll(FillRig& rig) {
  for (const auto& file : rig.completed) REQUIRE(file->Sync().ok());
  rig.completed.clear();
}

// What is recorded: an object is fetched and made durable, found to be replaced, fetched and made
// durable again, and replaced once more while that is partial.
void Live(FillWorld& world) {
  FillRig rig(world);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.WantBytes(kKey);
  rig.Run();
  SyncAll(rig);
  rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  rig.Handle(WantKind::kVerify, kKey, 2);
  rig.Run();
  rig.WantBytes(kKey);
  rig.Run();
  SyncAll(rig);
  rig.origin.Put(kKey, kOld, Md5Tag(kOld));
  rig.Handle(WantKind::kVerify, kKey, 3);
  rig.Run();
  rig.WantBytes(kKey, 0, 1);
  rig.Run();
  rig.origin.Put(kKey, kNew, Md5Tag(kNew));
  rig.WantBytes(kKey);
  rig.Run();  // meets the change
  rig.WantBytes(kKey);
  rig.Run();
  SyncAll(rig);
}

// The bytes that a reader takes for right, and that are wrong.
uint64_t WrongBytes(const FillWorld& world) {
  CacheReader reader;
  if (!world.Open(kKey, reader).ok()) return 0;
  const std::string& truth = OfSize(reader.header().size);
  uint64_t wrong = reader.header().etag == Md5Tag(truth) ? 0 : 1;
  for (uint64_t block = 0; block < BlockCount(truth.size()); ++block) {
    const uint64_t offset = block * kBlockBytes;
    const Result<uint64_t> filled = reader.FilledFrom(offset);
    if (!filled.ok() || *filled == 0) continue;
    const std::string_view expected = BlockOf(truth, block);
    const std::string got = ReadBytes(reader.fd(), offset, expected.size());
    for (size_t at = 0; at < expected.size(); ++at)
      wrong += at >= got.size() || got[at] != expected[at] ? 1 : 0;
  }
  return wrong;
}

void EmptyDir(const FillWorld& world) {
  for (const fs::path& entry : fs::directory_iterator(world.dir.path())) fs::remove_all(entry);
}

struct Recording {
  explicit Recording(bool lie = false) : disk(world.dir.path()) {
    if (lie) disk.LieAboutSync();
    const ScopedHook hooked(disk);
    Live(world);
  }
  FillWorld world;
  SimulatedDisk disk;
};

// Over all boundaries, losses and rounds: how many wrong bytes were seen in boot `boot`.
uint64_t CutEverywhere(const SimulatedDisk& disk, unsigned rounds, unsigned char boot,
                       std::mt19937& random) {
  const PretendedBoot pretended(boot);
  FillWorld world;  // its directory is rebuilt again and again
  uint64_t wrong = 0;
  for (size_t calls = 0; calls <= disk.calls(); ++calls) {
    for (const Loss loss :
         {Loss::kNothing, Loss::kAll, Loss::kWrites, Loss::kPages, Loss::kSectors}) {
      const unsigned times = loss <= Loss::kAll ? 1 : rounds;
      for (unsigned round = 0; round < times; ++round) {
        EmptyDir(world);
        disk.RebuildAfter(calls, loss, random, world.dir.path());
        wrong += WrongBytes(world);
      }
    }
  }
  return wrong;
}

TEST_CASE("Power cut: nothing wrong is read in the next boot, wherever the power failed") {
  const Recording recording;
  CHECK(recording.disk.calls() > 40);
  std::mt19937 random(Seed("power cut"));
  const unsigned rounds = FromEnvironment("AUDIODL_POWER_CUTS", 12);
  const uint64_t wrong = CutEverywhere(recording.disk, rounds, 1, random);
  CHECK(wrong == 0);
  Note(std::to_string(recording.disk.calls() + 1) + " boundaries, " +
       std::to_string(2 + 3 * rounds) + " losses at each, " + std::to_string(wrong) +
       " wrong bytes");
}

TEST_CASE("Power cut: a durable object survives it") {
  FillWorld world;
  SimulatedDisk disk(world.dir.path());
  {
    const ScopedHook hooked(disk);
    FillRig rig(world);
    rig.origin.Put(kKey, kOld, Md5Tag(kOld));
    rig.WantBytes(kKey);
    rig.Run();
    SyncAll(rig);
  }
  const PretendedBoot pretended(1);
  std::mt19937 random(1);
  FillWorld after;
  disk.RebuildAfter(disk.calls(), Loss::kNothing, random, after.dir.path());
  CHECK(Visible(after, kKey).size() == kOld.size());
  CHECK(WrongBytes(after) == 0);
}

TEST_CASE(
    "Power cut: the next fill makes the object whole, and what the next cut leaves is right "
    "again") {
  const Recording recording;
  const unsigned seed = Seed("power cut and fill");
  std::mt19937 random(seed);
  const unsigned rounds = 60 * FromEnvironment("AUDIODL_POWER_CUTS", 12) / 12;
  for (unsigned round = 0; round < rounds; ++round) {
    INFO("seed " << seed << " round " << round);
    const auto cut = [&random](const SimulatedDisk& disk, FillWorld& to) {
      EmptyDir(to);
      disk.RebuildAfter(random() % (disk.calls() + 1), static_cast<Loss>(random() % 5), random,
                        to.dir.path());
    };
    const PretendedBoot second(1);
    FillWorld world;
    cut(recording.disk, world);
    REQUIRE(PrepareCacheDir(world.dir.path()).ok());
    SimulatedDisk disk(world.dir.path());
    {
      const ScopedHook hooked(disk);
      FillRig rig(world);
      rig.origin.Put(kKey, kNew, Md5Tag(kNew));
      rig.Handle(WantKind::kVerify, kKey, 9);  // as a worker does where the marker is another one
      rig.Run();
      rig.WantBytes(kKey);
      rig.Run();
      SyncAll(rig);
      const Unhooked own;
      REQUIRE((Visible(world, kKey) == kNew));
      REQUIRE(WrongBytes(world) == 0);
    }
    CHECK(fs::is_empty(world.dir.Of("tmp")));
    const PretendedBoot third(2);
    FillWorld later;
    cut(disk, later);
    REQUIRE(WrongBytes(later) == 0);
  }
  Note(std::to_string(rounds) + " fills after a cut, and cut again");
}

// Each shows that the simulation would notice.
TEST_CASE("Teeth of the power cut: believing what was not synced is seen to be wrong") {
  const Recording recording;
  std::mt19937 random(1);
  // The same boot as the one that wrote: all marks are believed.
  CHECK(CutEverywhere(recording.disk, 2, 0, random) > 0);
}

TEST_CASE(
    "Teeth of the power cut: a mark of durability without the sync before it is seen to be wrong") {
  const Recording recording(true);
  std::mt19937 random(1);
  CHECK(CutEverywhere(recording.disk, 2, 1, random) > 0);
}

}  // namespace
}  // namespace audiodl
