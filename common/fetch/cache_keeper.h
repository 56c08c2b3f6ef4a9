// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Everything the fetcher does about the room of its cache directories: one CacheSpace for each
// directory, one StoreRoom for each store, their work in the background, and the numbers about
// them.
//
// A directory that cannot be used now (full to the last byte, its disk failing) is tried again once
// a minute; until then its stores keep in memory what they fetch.
//
// One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_CACHE_KEEPER_H_
#define AUDIODL_COMMON_FETCH_CACHE_KEEPER_H_

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/cache/cache_space.h"
#include "common/cache/cache_writer.h"
#include "common/cache/store_note.h"
#include "common/fetch/fill_lock.h"
#include "common/fetch/shared_state.h"
#include "common/fetch/store.h"
#include "common/fetch/store_room.h"
#include "common/fetch/want.h"

namespace audiodl {

class CacheKeeper {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using SyncFile = std::function<void(std::unique_ptr<CacheWriter>)>;

  // `stores` and `shared` are borrowed. `sync` is given complete files that an earlier fetcher left
  // without making them durable.
  CacheKeeper(const std::vector<StoreConfig>& stores, SharedState& shared, LogSink log,
              SyncFile sync);

  // Prepares every directory and opens what is known about it. What fails is logged and tried
  // again.
  void Open();

  // REQUIRES: Open() was called, and the store is one of those given.
  StoreRoom& RoomOf(uint64_t store);
  // The directory's locks, or, where its disk takes none, some in memory.
  Result<FillLocks> OpenLocks(const StoreConfig& store) const;

  // A request was served from that object.
  void Touch(const Want& want);

  // Does a little, where it is time. Returns when it wants to be called again.
  Time Turn(Time now);

 private:
  struct Directory {
    std::string path;
    std::vector<NotedStore> stores;
    std::unique_ptr<CacheSpace> space;  // null: cannot be used
  };

  Status OpenDirectory(Directory& directory);
  void TryDirectories();
  void SyncInherited(CacheSpace& space);
  void Count();

  const std::vector<StoreConfig>& stores_;
  SharedState& shared_;
  const LogSink log_;
  const SyncFile sync_;
  std::list<Directory> directories_;
  std::map<uint64_t, StoreRoom> rooms_;
  std::optional<Time> next_turn_;
  std::optional<Time> tried_at_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_CACHE_KEEPER_H_
