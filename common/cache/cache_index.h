// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What is in a cache directory, known without walking it: a log, AudioCacheDir/.audiodl-index, of
// what came, was used and went. It decides about space and recency only; whether bytes are right,
// and whether a file may be served, is always asked of the file itself. So a record that is lost or
// lies costs an eviction too many or too few, never a wrong byte.
//
//   Result<std::unique_ptr<CacheIndex>> index = CacheIndex::Open(dir, CacheIndex::Access::kWrite);
//   index->Add({id, origin, key, bytes, now});      // before the file is made
//   index->Remove(id);                              // after it was unlinked
//   index->Sync();                                  // what other processes wrote meanwhile
//
// Several processes append at once (the fetcher, its draining predecessor, the operator's command):
// each append is one write() under a flock() on the log, and each reader takes in the tail under
// the same lock. A log that has grown long is written anew beside itself and renamed into place
// under the lock; the others notice by the inode. Nobody waits for the lock: what cannot be written
// at once is kept, and written with the next record.
//
// The first record says in which boot the log last agreed with the directory. Where that is another
// boot, or there is none, a power cut may have taken either's last moments: known_all() is false,
// and whoever keeps the directory walks it once (CacheWalk) and ends that with Compact().
//
// One thread at a time.

#ifndef AUDIODL_COMMON_CACHE_CACHE_INDEX_H_
#define AUDIODL_COMMON_CACHE_CACHE_INDEX_H_

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/cache/index_record.h"
#include "common/cache/object_id.h"

namespace audiodl {

// A file of the cache. Of one that is not readable any more (damaged, another format) the texts are
// empty.
struct CachedObject {
  ObjectId id;
  std::string origin;
  std::string key;
  uint64_t bytes = 0;  // of the file, with table and header
  int64_t last_used = 0;
  bool durable = false;
  uint64_t order = 0;  // among those of the same second; the index's own
};

// By which objects are ordered: last use, and within a second by what the log says came later.
struct ObjectAge {
  int64_t last_used = 0;
  uint64_t order = 0;
  ObjectId id;

  auto operator<=>(const ObjectAge&) const = default;
};

struct Pin {
  int64_t until = 0;  // Unix seconds
  std::string origin;
  std::string key;
};

class CacheIndex {
 public:
  enum class Access : unsigned char {
    kRead,   // changes are made in this object only: a dry run
    kWrite,  // makes the log where there is none
  };
  // "Never": a pin without an end.
  static constexpr int64_t kForever = INT64_MAX;

  // Reads the log. A missing or damaged one is no error, only less knowledge.
  static Result<std::unique_ptr<CacheIndex>> Open(const std::string& dir, Access access);

  // Takes in what others appended, and writes what could not be written before. kBusy, kNoSpace,
  // kIo: something is still unwritten; it is tried again with the next call of any kind.
  Status Sync();

  // Each applies at once, and its status is Sync()'s.
  Status Add(const CachedObject& object);
  Status Touch(const ObjectId& id, int64_t now);  // of an object that is not here: nothing
  Status Remove(const ObjectId& id);
  Status MarkDurable(const ObjectId& id);
  Status SetPin(const ObjectId& id, const Pin& pin);  // until 0: takes it away

  // Null: not here. Valid until the next call that changes the index.
  const CachedObject* Find(const ObjectId& id) const;
  bool IsPinned(const ObjectId& id, int64_t now) const;

  uint64_t bytes() const { return bytes_; }
  size_t size() const { return objects_.size(); }
  const std::map<ObjectId, CachedObject>& objects() const { return objects_; }
  // By last use, the longest ago first.
  const std::set<ObjectAge>& by_age() const { return by_age_; }
  const std::map<ObjectId, Pin>& pins() const { return pins_; }

  // Whether the log claims to know every file; false: walk the directory.
  bool known_all() const { return known_all_; }
  // Whether records were damaged; known_all() is false then.
  bool damaged() const { return damaged_; }

  // Whether the log is much longer than what it says.
  bool is_long() const { return records_ > 2 * (objects_.size() + pins_.size()) + 1000; }
  // Writes the log anew, as agreeing with the directory in this boot. kBusy: another process is at
  // it.
  Status Compact(int64_t now);

  static std::string PathIn(const std::string& dir);

 private:
  class Lock;

  CacheIndex(const std::string& dir, Access access) : path_(PathIn(dir)), access_(access) {}

  Status OpenLog();
  Status ReadTail();
  Status WritePending();
  Status Record(const IndexRecord& record);
  Result<bool> IsNamed() const;
  void TakeIn(std::string_view log);
  void Apply(const IndexRecord& record);
  void Put(CachedObject object);
  void Drop(const ObjectId& id);
  std::string Everything(int64_t now) const;

  const std::string path_;
  const Access access_;
  UniqueFd log_;
  uint64_t read_ = 0;    // bytes of the log that are taken in
  std::string pending_;  // records of ours that are not in the log yet
  size_t records_ = 0;
  bool known_all_ = false;
  bool damaged_ = false;
  std::map<ObjectId, CachedObject> objects_;
  std::set<ObjectAge> by_age_;
  uint64_t last_order_ = 0;
  std::map<ObjectId, Pin> pins_;
  uint64_t bytes_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_INDEX_H_
