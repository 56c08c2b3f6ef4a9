// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/store_room.h"

#include <sys/stat.h>

#include <string>
#include <utility>

#include "common/cache/file_removal.h"
#include "common/fetch/spill_dir.h"

namespace audiodl {
namespace {

using std::chrono::steady_clock;

// How long a disk that failed is left alone.
constexpr std::chrono::seconds kDiskRest{60};
constexpr std::chrono::seconds kComplainEvery{60};

// As CacheWriter::Create(), but for a folder that somebody removed: it is made again, or it is the
// disk that is at fault. That something of ours is missing must never look as if the object were.
Result<StoreRoom::Writer> CreateIn(const std::string& dir, const ObjectId& id,
                                   const ObjectHeader& header, int64_t marker) {
  Result<StoreRoom::Writer> file = CacheWriter::Create(dir, id, header, marker);
  if (file.status().code() == Code::kNotFound && PrepareCacheDir(dir).ok()) {
    file = CacheWriter::Create(dir, id, header, marker);
  }
  if (file.status().code() != Code::kNotFound) return file;
  return Status(Code::kIo, file.status().text());
}

bool IsDiskTrouble(const Status& status) {
  return status.code() == Code::kNoSpace || status.code() == Code::kIo;
}

}  // namespace

StoreRoom::StoreRoom(const StoreConfig& store, SharedState* shared, LogSink log)
    : store_(store), shared_(shared), log_(std::move(log)) {
  struct stat info;
  // What an earlier fetcher left in memory is taken over, or removed.
  if (shared_ == nullptr) return;
  if (lstat(store_.spill_dir.c_str(), &info) != 0 || !OpenSpill().ok()) {
    shared_->spills.Forget(store_.id);
  }
}

StoreRoom::~StoreRoom() = default;

CachedObject StoreRoom::Described(const ObjectId& id, const ObjectHeader& header) const {
  return {id, store_.identity, std::string(header.key), Layout(header.size).file_bytes, 0, false};
}

bool StoreRoom::IsSpilled(const ObjectId& id) const {
  return spill_ && spill_->index().Find(id) != nullptr;
}

bool StoreRoom::DiskFails() const {
  return failed_at_ && steady_clock::now() - *failed_at_ < kDiskRest;
}

Result<StoreRoom::Writer> StoreRoom::Adopt(const ObjectId& id, const std::string& key) {
  if (spill_) {
    auto spilled = CacheWriter::Adopt(store_.spill_dir, id, store_.identity, key);
    if (spilled.ok()) return spilled;
  }
  if (DiskFails()) return Status(Code::kNotFound, "the cache's disk is left alone");
  return CacheWriter::Adopt(store_.cache_dir, id, store_.identity, key);
}

Result<StoreRoom::Writer> StoreRoom::Create(const ObjectId& id, const ObjectHeader& header,
                                            int64_t marker) {
  Result<Writer> file = CreateInCache(id, header, marker);
  if (file.ok()) {
    // An older generation in memory would be found first.
    if (!IsSpilled(id)) return file;
    (void)RemoveCacheFile(store_.spill_dir + "/" + id.RelativePath());
    spill_->Settle(id);
    return file;
  }
  if (shared_ == nullptr || !IsDiskTrouble(file.status())) return file;
  ComplainAtTimes(file.status());
  Result<Writer> spilled = CreateInSpill(id, header, marker);
  if (!spilled.ok()) {
    return Status(Code::kNoSpace,
                  file.status().text() + "; and in memory: " + spilled.status().text());
  }
  shared_->counters.fetcher.spilled_files.Add();
  return spilled;
}

Result<StoreRoom::Writer> StoreRoom::CreateInCache(const ObjectId& id, const ObjectHeader& header,
                                                   int64_t marker) {
  if (DiskFails()) return Status(Code::kIo, store_.cache_dir + ": its disk failed a moment ago");
  if (cache_ == nullptr && shared_ != nullptr) {
    return Status(Code::kIo, store_.cache_dir + " cannot be used");
  }
  if (cache_ == nullptr) return CreateIn(store_.cache_dir, id, header, marker);
  if (Status s = cache_->MakeRoom(Described(id, header)); !s.ok()) return s;
  Result<Writer> file = CreateIn(store_.cache_dir, id, header, marker);
  if (!file.ok()) cache_->Settle(id);
  return file;
}

Result<StoreRoom::Writer> StoreRoom::CreateInSpill(const ObjectId& id, const ObjectHeader& header,
                                                   int64_t marker) {
  if (Status s = OpenSpill(); !s.ok()) return s;
  if (Status s = spill_->MakeRoom(Described(id, header)); !s.ok()) return s;
  Result<Writer> file = CreateIn(store_.spill_dir, id, header, marker);
  if (!file.ok()) {
    spill_->Settle(id);
    return file;
  }
  // An older generation would be found again as soon as the spill is closed.
  (void)RemoveCacheFile(store_.cache_dir + "/" + id.RelativePath());
  if (cache_ != nullptr) cache_->Settle(id);
  return file;
}

Status StoreRoom::OpenSpill() {
  if (Status s = MakeSpillDir(store_.spill_dir); !s.ok()) return s;
  // Said again each time: a successor may have found the folder empty, and said that it is closed.
  if (!shared_->spills.Note(store_.id)) {
    return Status(Code::kNoSpace, "too many stores are full at once");
  }
  if (spill_) return Status::Ok();
  Status opened = OpenSpillSpace();
  if (!opened.ok()) shared_->spills.Forget(store_.id);
  return opened;
}

Status StoreRoom::OpenSpillSpace() {
  if (Status s = PrepareCacheDir(store_.spill_dir); !s.ok()) return s;
  SpaceSettings settings;
  settings.dir = store_.spill_dir;
  // A fill holds the lock of its object in the cache directory, wherever its file is.
  settings.lock_dir = store_.cache_dir;
  settings.limits = SpillLimits();
  settings.probe = FindSpillSpace;
  auto space = CacheSpace::Open(settings);
  if (!space.ok()) {
    settings.lock_dir = store_.spill_dir;
    space = CacheSpace::Open(settings);
  }
  if (!space.ok()) return space.status();
  spill_ = std::move(space).value();
  return Status::Ok();
}

Status StoreRoom::Reserve(CacheWriter& file, const ObjectId& id) {
  CacheSpace* space = IsSpilled(id) ? spill_.get() : cache_;
  if (space != nullptr) {
    Status status = space->MakeRoomFor(id);
    if (status.code() == Code::kNotFound) {
      return Status(Code::kChanged, "its cache file was removed: " + status.text());
    }
    if (!status.ok()) return status;
  }
  return file.Reserve();
}

void StoreRoom::Settle(const ObjectId& id) {
  if (cache_ != nullptr) cache_->Settle(id);
  if (spill_) spill_->Settle(id);
}

bool StoreRoom::LeaveDisk(CacheWriter& file, const ObjectId& id, const Status& trouble) {
  if (shared_ == nullptr || !IsDiskTrouble(trouble) || IsSpilled(id)) return false;
  if (Status status = OpenSpill(); !status.ok()) return false;
  if (trouble.code() == Code::kIo) failed_at_ = steady_clock::now();
  ComplainAtTimes(trouble);
  // On a disk that takes no more writes this fails too; the file in memory is found first.
  (void)file.Retire();
  if (cache_ != nullptr) cache_->Settle(id);
  return true;
}

void StoreRoom::Touch(const ObjectId& id) {
  if (IsSpilled(id)) spill_->Touch(id);
  if (cache_ != nullptr) cache_->Touch(id);
}

bool StoreRoom::Turn() {
  // A predecessor that drains may have begun it.
  if (!spill_ && shared_ != nullptr && shared_->spills.IsNoted(store_.id)) (void)OpenSpill();
  if (!spill_) return false;
  const bool more = spill_->Turn();
  CloseSpillIfEmpty();
  return more;
}

void StoreRoom::CloseSpillIfEmpty() {
  if (spill_->index().size() > 0 || !spill_->index().known_all()) return;
  // A worker that still looks there finds nothing. The folder stays, so that nobody else takes its
  // name.
  shared_->spills.Forget(store_.id);
  spill_.reset();
}

void StoreRoom::ComplainAtTimes(const Status& trouble) {
  const auto now = steady_clock::now();
  if (complained_at_ && now - *complained_at_ < kComplainEvery) return;
  complained_at_ = now;
  log_(LogLevel::kError, trouble.text() +
                             ": objects are kept in memory meanwhile, and fetched again "
                             "for later customers; make room on the disk of " +
                             store_.cache_dir);
}

}  // namespace audiodl
