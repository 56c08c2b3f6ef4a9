// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the files of one store's fills are: in its cache directory, within the limits; and while
// that is full or its disk fails, in a folder in memory (spill_dir.h), because a full disk should
// cost speed, not sales. A fill does not see the difference; a worker looks in memory first while
// SpillBoard says so.
//
//   room.Adopt(id, key)             a file that is there already
//   room.Create(id, header, marker) a new one, with room made for it
//   room.Reserve(file, id)          the whole of an adopted one
//   room.Settle(id)                 the fill is over, however it ended
//
// One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_STORE_ROOM_H_
#define AUDIODL_COMMON_FETCH_STORE_ROOM_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/log.h"
#include "common/cache/cache_space.h"
#include "common/cache/cache_writer.h"
#include "common/fetch/shared_state.h"
#include "common/fetch/store.h"

namespace audiodl {

class StoreRoom {
 public:
  using Writer = std::unique_ptr<CacheWriter>;

  // All borrowed. Without a shared state there is no spilling, and without a cache space no limit:
  // enough for tests of what is above.
  explicit StoreRoom(const StoreConfig& store, SharedState* shared = nullptr, LogSink log = {});
  ~StoreRoom();
  StoreRoom(const StoreRoom&) = delete;
  StoreRoom& operator=(const StoreRoom&) = delete;

  // Borrowed; null: the directory cannot be used, everything is spilled.
  void SetCache(CacheSpace* cache) { cache_ = cache; }

  // As CacheWriter::Adopt().
  Result<Writer> Adopt(const ObjectId& id, const std::string& key);
  // As CacheWriter::Create(). kNoSpace: neither in the cache nor in memory.
  Result<Writer> Create(const ObjectId& id, const ObjectHeader& header, int64_t marker);
  // As CacheWriter::Reserve(), within the limits.
  Status Reserve(CacheWriter& file, const ObjectId& id);
  void Settle(const ObjectId& id);

  // The cache's disk failed a fill of that object: the file is retired, and for a while all new
  // ones are made in memory. False: there is no memory to go to, or it was there that it failed.
  bool LeaveDisk(CacheWriter& file, const ObjectId& id, const Status& trouble);

  void Touch(const ObjectId& id);
  // The spill's background work. True: do not wait a second.
  bool Turn();

 private:
  Result<Writer> CreateInCache(const ObjectId& id, const ObjectHeader& header, int64_t marker);
  Result<Writer> CreateInSpill(const ObjectId& id, const ObjectHeader& header, int64_t marker);
  Status OpenSpill();
  Status OpenSpillSpace();
  void CloseSpillIfEmpty();
  bool IsSpilled(const ObjectId& id) const;
  bool DiskFails() const;
  CachedObject Described(const ObjectId& id, const ObjectHeader& header) const;
  void ComplainAtTimes(const Status& trouble);

  const StoreConfig& store_;
  SharedState* const shared_;
  const LogSink log_;
  CacheSpace* cache_ = nullptr;
  std::unique_ptr<CacheSpace> spill_;
  std::optional<std::chrono::steady_clock::time_point> failed_at_;
  std::optional<std::chrono::steady_clock::time_point> complained_at_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_STORE_ROOM_H_
