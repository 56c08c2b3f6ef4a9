// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/cache_keeper.h"

#include <algorithm>
#include <utility>

#include "common/fetch/spill_dir.h"

namespace audiodl {
namespace {

constexpr std::chrono::seconds kTurn{1};
// While there is more to do. Short enough to get somewhere, long enough for fills to go first.
constexpr std::chrono::milliseconds kBusyTurn{20};
constexpr std::chrono::minutes kTryAgain{1};

NotedStore NoteOf(const StoreConfig& store) {
  return {{store.identity, store.origin.KeyFor(""), store.listing}, store.limits, store.spill_dir};
}

}  // namespace

CacheKeeper::CacheKeeper(const std::vector<StoreConfig>& stores, SharedState& shared, LogSink log,
                         SyncFile sync)
    : stores_(stores), shared_(shared), log_(std::move(log)), sync_(std::move(sync)) {
  for (const StoreConfig& store : stores_) {
    auto known =
        std::find_if(directories_.begin(), directories_.end(),
                     [&](const Directory& other) { return other.path == store.cache_dir; });
    if (known == directories_.end()) {
      known = directories_.insert(known, Directory{store.cache_dir, {}, {}});
    }
    known->stores.push_back(NoteOf(store));
  }
}

void CacheKeeper::Open() {
  for (const StoreConfig& store : stores_) rooms_.try_emplace(store.id, store, &shared_, log_);
  TryDirectories();
}

Status CacheKeeper::OpenDirectory(Directory& directory) {
  if (Status status = PrepareCacheDir(directory.path); !status.ok()) return status;
  SpaceSettings settings;
  settings.dir = directory.path;
  settings.limits = LimitsOf(directory.stores);
  settings.listed = ListedOf(directory.stores);
  settings.log = log_;
  auto space = CacheSpace::Open(std::move(settings));
  if (!space.ok()) return space.status();
  directory.space = std::move(space).value();
  const Status noted = WriteStoreNote(directory.path, directory.stores);
  if (!noted.ok()) log_(LogLevel::kWarning, noted.text() + ": audiodl sweep knows no limits");
  return Status::Ok();
}

void CacheKeeper::TryDirectories() {
  for (Directory& directory : directories_) {
    if (directory.space) continue;
    if (Status status = OpenDirectory(directory); !status.ok()) {
      log_(LogLevel::kError, "AudioCacheDir cannot be used: " + status.text());
    }
  }
  for (const StoreConfig& store : stores_) {
    for (const Directory& directory : directories_) {
      if (directory.path == store.cache_dir) RoomOf(store.id).SetCache(directory.space.get());
    }
  }
}

StoreRoom& CacheKeeper::RoomOf(uint64_t store) { return rooms_.at(store); }

Result<FillLocks> CacheKeeper::OpenLocks(const StoreConfig& store) const {
  Result<FillLocks> locks = FillLocks::Open(store.cache_dir);
  if (locks.ok()) return locks;
  if (Status status = MakeSpillDir(store.spill_dir); !status.ok()) return status;
  return FillLocks::Open(store.spill_dir);
}

void CacheKeeper::Touch(const Want& want) {
  const auto room = rooms_.find(want.store);
  const auto store = std::find_if(stores_.begin(), stores_.end(),
                                  [&](const StoreConfig& other) { return other.id == want.store; });
  if (room != rooms_.end() && store != stores_.end()) room->second.Touch(store->IdOf(want.key));
}

CacheKeeper::Time CacheKeeper::Turn(Time now) {
  if (next_turn_ && now < *next_turn_) return *next_turn_;
  if (!tried_at_) tried_at_ = now;
  if (now - *tried_at_ >= kTryAgain) {
    tried_at_ = now;
    TryDirectories();
  }
  bool more = false;
  for (Directory& directory : directories_) {
    if (!directory.space) continue;
    more = directory.space->Turn() || more;
    SyncInherited(*directory.space);
  }
  for (auto& [id, room] : rooms_) more = room.Turn() || more;
  Count();
  next_turn_ = now + (more ? std::chrono::milliseconds(kBusyTurn) : kTurn);
  return *next_turn_;
}

void CacheKeeper::SyncInherited(CacheSpace& space) {
  const std::optional<CachedObject> object = space.NextToSync();
  if (!object) return;
  auto file = CacheWriter::Adopt(space.dir(), object->id, object->origin, object->key);
  if (file.ok() && (*file)->state() == FileState::kComplete) sync_(std::move(file).value());
}

void CacheKeeper::Count() {
  FetcherCounters& counters = shared_.counters.fetcher;
  uint64_t used = 0, free = 0;
  for (Directory& directory : directories_) {
    if (!directory.space) continue;
    used += directory.space->index().bytes();
    free += directory.space->FreeBytes();
    const Evicted evicted = directory.space->TakeEvicted();
    counters.evicted_files.Add(evicted.files);
    counters.evicted_bytes.Add(evicted.bytes);
  }
  counters.used_bytes.Set(used);
  counters.free_bytes.Set(free);
}

}  // namespace audiodl
