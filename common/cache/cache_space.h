// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The room in one cache directory: kept below its limits before anything is written. One per
// directory and process, shared by the virtual hosts that share the directory. The operator's
// command has one too.
//
//   CacheSpace::Open({dir, limits, listed stores, log})
//   space.MakeRoom({id, origin, key, bytes, 0})   evicts what was used longest ago; kNoSpace: no
//   use CacheWriter::Create(...), … the fill … space.Settle(id)                              the
//   fill is over, well or not space.Turn()                                  once a second: a few
//   evictions, a few looks
//
// Never evicted: what a fill of any process works on (FillLocks), what is pinned, and what is not
// ours. In this order a file goes: useless (no request could be served from it), withdrawn from the
// listing, too old, then whichever was used longest ago until the limits hold.
//
// Room that MakeRoom() promised counts as taken until Settle(), so two fills never get the same
// gigabyte. Evicting a file that somebody still downloads gives its room back only when they are
// done; a MakeRoom() that needs it now says kNoSpace rather than evict everything.
//
// One thread at a time.

#ifndef AUDIODL_COMMON_CACHE_CACHE_SPACE_H_
#define AUDIODL_COMMON_CACHE_CACHE_SPACE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/cache/cache_index.h"
#include "common/cache/cache_limits.h"
#include "common/cache/cache_walk.h"
#include "common/cache/withdrawals.h"
#include "common/fetch/fill_lock.h"

namespace audiodl {

struct SpaceSettings {
  std::string dir;
  std::string lock_dir;  // where the fills' locks are; empty: in dir
  CacheLimits limits;
  std::vector<ListedStore> listed;
  LogSink log;
  CacheIndex::Access access = CacheIndex::Access::kWrite;
  DiskProbe probe = FindDiskSpace;
  std::function<int64_t()> now;  // Unix seconds; empty: the system's clock
};

struct Victim {
  ObjectId id;
  std::string key;  // empty: not known any more
  uint64_t bytes = 0;
  std::string reason;  // "withdrawn from the listing"
};

// What would have to go, and whether that is enough.
struct EvictionPlan {
  std::vector<Victim> victims;
  bool enough = true;
};

struct Evicted {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

class CacheSpace {
 public:
  // REQUIRES: the directory exists. kIo, kNoSpace: its index or lock file cannot be opened.
  static Result<std::unique_ptr<CacheSpace>> Open(SpaceSettings settings);

  // Room for a file of object.bytes that is about to be made, in place of an older one or not;
  // object's last use is set to now. kNoSpace: there is not enough, and nothing was evicted in
  // vain.
  Status MakeRoom(CachedObject object);
  // The same for a file that is there, but may not have all of its disk space yet. Once per fill
  // does.
  Status MakeRoomFor(const ObjectId& id);
  // The fill that room was made for is over; how it ended is seen from the file.
  void Settle(const ObjectId& id);

  // A request was served from it.
  void Touch(const ObjectId& id);

  // A little of what is to be done in the background. True: there is more, do not wait a second.
  bool Turn();

  // Looks at every file, whatever the index says, and corrects the index. May take a while.
  void WalkAll();
  // Looks whether any chunk has been withdrawn, all of them at once.
  void CheckAllListings();
  void AllowManyWithdrawals() { withdrawals_.AllowMany(); }

  // What the limits want gone now, were `needed` more bytes to be written; at most that many. Pins
  // and locks are respected.
  EvictionPlan Plan(uint64_t needed, size_t at_most);
  // kBusy: a fill works on it. kCorrupt: it is not ours.
  Status Evict(const ObjectId& id);
  // As Evict(), but the file is kept in the quarantine; `reason` becomes part of its name.
  Status SetAside(const ObjectId& id, const std::string& reason);
  // Removes a file that is ours whatever works on it, pinned or not: who reads it finishes, who
  // fills it goes on without a name, and fetches anew what is wanted from then on.
  Status Purge(const ObjectId& id);

  // How much more may be written before something must be evicted.
  uint64_t FreeBytes() const;
  // What this object evicted since it was asked last.
  Evicted TakeEvicted() { return std::exchange(evicted_, {}); }

  // Files that are complete, but were not durable when an earlier fetcher ended; each is given
  // once.
  std::optional<CachedObject> NextToSync();

  CacheIndex& index() { return *index_; }
  const CacheIndex& index() const { return *index_; }
  const std::string& dir() const { return settings_.dir; }
  // Of the last walk: what is not ours, and why a part could not be seen.
  const std::vector<std::string>& foreign() const { return foreign_; }
  const Status& walk_trouble() const { return walk_trouble_; }
  // Of the last look at the listings; empty: nothing.
  const std::string& warning() const { return withdrawals_.warning(); }

 private:
  struct Need;

  CacheSpace(SpaceSettings settings, std::unique_ptr<CacheIndex> index, FillLocks locks);

  void Walk(unsigned names);
  void TakeIn(const FoundFile& file);
  void EndWalk();
  void CheckListings(unsigned objects);
  void LookAtUnsettled();

  bool FreeUp(uint64_t bytes);
  Need NeedFor(uint64_t bytes) const;
  uint64_t PromisedButNotTaken() const;
  bool IsFree(const ObjectId& id);
  void ForgetMissing(const ObjectId& id);
  Status TakeAway(const ObjectId& id, const std::string& target);
  std::string PathOf(const ObjectId& id) const;
  void Log(LogLevel level, const std::string& text) const;

  const SpaceSettings settings_;
  const std::unique_ptr<CacheIndex> index_;
  FillLocks locks_;
  std::map<ObjectId, uint64_t> promised_;  // bytes, by fills of this process
  Evicted evicted_;
  std::map<ObjectId, std::string> useless_;  // and why; from a walk
  Withdrawals withdrawals_;
  std::set<ObjectId> withdrawn_;
  std::deque<ObjectId> unsettled_;          // not known to be durable
  std::unordered_set<ObjectId> inherited_;  // those of them from before this process
  std::deque<CachedObject> to_sync_;

  std::optional<CacheWalk> walk_;
  std::unordered_set<ObjectId> seen_;
  std::vector<std::string> foreign_;
  Status walk_trouble_;
  std::string last_warning_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_SPACE_H_
