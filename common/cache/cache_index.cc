// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_index.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "common/base/file_io.h"
#include "common/cache/cache_format.h"

namespace audiodl {
namespace {

constexpr std::string_view kName = "/.audiodl-index";
constexpr mode_t kFileMode = 0600;
constexpr int kLockTries = 20;  // a millisecond apart: whoever holds it does so for microseconds
// 64 MiB at a time: one read for any index that there is reason to expect.
constexpr uint64_t kMaxTail = 64 << 20;

ObjectId IdOfBoot(const BootId& boot) {
  ObjectId id;
  std::copy(boot.begin(), boot.end(), id.bytes.begin());
  return id;
}

ObjectAge AgeOf(const CachedObject& object) { return {object.last_used, object.order, object.id}; }

Result<uint64_t> SizeOf(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return Status::FromErrno(errno, "fstat");
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace

// The flock() on the open log, for as long as this lives.
class CacheIndex::Lock {
 public:
  explicit Lock(int fd) : fd_(fd) {
    for (int tries = kLockTries; tries > 0; --tries) {
      held_ = flock(fd_, LOCK_EX | LOCK_NB) == 0;
      if (held_ || errno != EWOULDBLOCK) return;
      const timespec nap = {0, 1000000};
      nanosleep(&nap, nullptr);
    }
  }
  ~Lock() {
    if (held_) flock(fd_, LOCK_UN);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  bool held() const { return held_; }

 private:
  const int fd_;
  bool held_ = false;
};

std::string CacheIndex::PathIn(const std::string& dir) { return dir + std::string(kName); }

Result<std::unique_ptr<CacheIndex>> CacheIndex::Open(const std::string& dir, Access access) {
  std::unique_ptr<CacheIndex> index(new CacheIndex(dir, access));
  const Status status = index->Sync();
  if (!status.ok() && status.code() != Code::kNotFound && status.code() != Code::kBusy) {
    return status;
  }
  return index;
}

Status CacheIndex::OpenLog() {
  const int flags = access_ == Access::kWrite ? O_RDWR | O_APPEND | O_CREAT : O_RDONLY;
  log_.Reset(open(path_.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kFileMode));
  if (!log_.valid()) return Status::FromErrno(errno, "open " + path_);
  // Another log than before says everything once more.
  objects_.clear();
  by_age_.clear();
  pins_.clear();
  bytes_ = read_ = records_ = 0;
  known_all_ = damaged_ = false;
  return Status::Ok();
}

// Whether the log that is open is the one that the path names. A disk that cannot say is no reason
// to forget what is known.
Result<bool> CacheIndex::IsNamed() const {
  struct stat ours, named;
  if (!log_.valid()) return false;
  if (fstat(log_.get(), &ours) != 0) return Status::FromErrno(errno, "fstat " + path_);
  if (lstat(path_.c_str(), &named) != 0) {
    return errno == ENOENT ? Result<bool>(false) : Status::FromErrno(errno, "stat " + path_);
  }
  return ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

Status CacheIndex::Sync() {
  // Renamed away between the look and the lock: once more, and by then it would be a coincidence.
  for (int tries = 0; tries < 3; ++tries) {
    Result<bool> named = IsNamed();
    if (!named.ok()) return named.status();
    if (!*named) {
      if (Status status = OpenLog(); !status.ok()) return status;
      // What is not in the old log is known to us alone.
      std::string_view unwritten = pending_;
      while (!unwritten.empty()) {
        if (const auto record = TakeRecord(unwritten); record.ok()) Apply(*record);
      }
    }
    const Result<uint64_t> size = SizeOf(log_.get());
    if (!size.ok()) return size.status();
    if (pending_.empty() && *size == read_) return Status::Ok();
    const Lock lock(log_.get());
    if (!lock.held()) return Status(Code::kBusy, path_ + " is locked by another process");
    named = IsNamed();
    if (!named.ok()) return named.status();
    if (!*named) continue;
    if (Status status = ReadTail(); !status.ok()) return status;
    return WritePending();
  }
  return Status(Code::kBusy, path_ + " is being replaced again and again");
}

Status CacheIndex::ReadTail() {
  const Result<uint64_t> now = SizeOf(log_.get());
  if (!now.ok()) return now.status();
  const uint64_t size = *now;
  if (size < read_) damaged_ = true;  // nobody of ours shortens what others have read
  for (read_ = std::min(read_, size); read_ < size;) {
    std::string tail(std::min(size - read_, kMaxTail), '\0');
    if (Status status = ReadAt(log_.get(), read_, tail); !status.ok()) return status;
    // A record across the edge of two pieces is left for the next.
    const bool last = read_ + tail.size() == size;
    const size_t whole = last ? tail.size() : tail.size() - kMaxRecordBytes;
    std::string_view rest = tail;
    while (tail.size() - rest.size() < whole) {
      const Result<IndexRecord> record = TakeRecord(rest);
      damaged_ = damaged_ || !record.ok();
      if (record.ok()) Apply(*record);
    }
    read_ += tail.size() - rest.size();
  }
  if (damaged_) known_all_ = false;
  return Status::Ok();
}

Status CacheIndex::WritePending() {
  if (pending_.empty()) return Status::Ok();
  const Result<uint64_t> size = SizeOf(log_.get());
  if (!size.ok()) return size.status();
  const uint64_t before = *size;
  const ssize_t written = write(log_.get(), pending_.data(), pending_.size());
  const int error_number = written < 0 ? errno : ENOSPC;
  if (written != static_cast<ssize_t>(pending_.size())) {
    // Half a record would be damage for the others.
    if (written > 0) (void)ftruncate(log_.get(), static_cast<off_t>(before));
    return Status::FromErrno(error_number, "append to " + path_);
  }
  read_ = before + pending_.size();
  pending_.clear();
  return Status::Ok();
}

Status CacheIndex::Record(const IndexRecord& record) {
  Apply(record);
  if (access_ == Access::kRead) return Status::Ok();
  pending_ += EncodeRecord(record);
  return Sync();
}

Status CacheIndex::Add(const CachedObject& object) {
  return Record(
      {RecordKind::kAdded, object.id, object.last_used, object.bytes, object.origin, object.key});
}

Status CacheIndex::Touch(const ObjectId& id, int64_t now) {
  if (Find(id) == nullptr) return Status::Ok();
  return Record({RecordKind::kTouched, id, now, 0, {}, {}});
}

Status CacheIndex::Remove(const ObjectId& id) {
  return Record({RecordKind::kRemoved, id, 0, 0, {}, {}});
}

Status CacheIndex::MarkDurable(const ObjectId& id) {
  return Record({RecordKind::kDurable, id, 0, 0, {}, {}});
}

Status CacheIndex::SetPin(const ObjectId& id, const Pin& pin) {
  return Record(
      {RecordKind::kPinned, id, 0, static_cast<uint64_t>(pin.until), pin.origin, pin.key});
}

const CachedObject* CacheIndex::Find(const ObjectId& id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

bool CacheIndex::IsPinned(const ObjectId& id, int64_t now) const {
  const auto pin = pins_.find(id);
  return pin != pins_.end() && pin->second.until > now;
}

void CacheIndex::Drop(const ObjectId& id) {
  const auto found = objects_.find(id);
  if (found == objects_.end()) return;
  bytes_ -= found->second.bytes;
  by_age_.erase(AgeOf(found->second));
  objects_.erase(found);
}

void CacheIndex::Put(CachedObject object) {
  Drop(object.id);
  bytes_ += object.bytes;
  object.order = ++last_order_;
  by_age_.insert(AgeOf(object));
  const ObjectId id = object.id;
  objects_.emplace(id, std::move(object));
}

void CacheIndex::Apply(const IndexRecord& record) {
  ++records_;
  const auto found = objects_.find(record.id);
  switch (record.kind) {
    case RecordKind::kBasis:
      known_all_ = !damaged_ && record.id == IdOfBoot(CurrentBootId());
      break;
    case RecordKind::kAdded:
      Put({record.id, record.origin, record.key, record.value, record.time, false});
      break;
    case RecordKind::kTouched:
      if (found == objects_.end() || found->second.last_used > record.time) break;
      by_age_.erase(AgeOf(found->second));
      found->second.last_used = record.time;
      found->second.order = ++last_order_;
      by_age_.insert(AgeOf(found->second));
      break;
    case RecordKind::kRemoved:
      Drop(record.id);
      break;
    case RecordKind::kDurable:
      if (found != objects_.end()) found->second.durable = true;
      break;
    case RecordKind::kPinned:
      pins_.erase(record.id);
      if (record.value == 0) break;
      pins_[record.id] = {static_cast<int64_t>(record.value), record.origin, record.key};
      break;
  }
}

std::string CacheIndex::Everything(int64_t now) const {
  std::string log = EncodeRecord({RecordKind::kBasis, IdOfBoot(CurrentBootId()), now, 0, {}, {}});
  // Oldest first: the order within a second is that of the log.
  for (const auto& [last_used, order, id] : by_age_) {
    const CachedObject& object = objects_.at(id);
    log += EncodeRecord(
        {RecordKind::kAdded, id, object.last_used, object.bytes, object.origin, object.key});
    if (object.durable) log += EncodeRecord({RecordKind::kDurable, id, 0, 0, {}, {}});
  }
  for (const auto& [id, pin] : pins_) {
    if (pin.until <= now) continue;
    log += EncodeRecord(
        {RecordKind::kPinned, id, 0, static_cast<uint64_t>(pin.until), pin.origin, pin.key});
  }
  return log;
}

Status CacheIndex::Compact(int64_t now) {
  known_all_ = true;
  damaged_ = false;
  if (access_ == Access::kRead) return Status::Ok();
  if (Status status = Sync(); !status.ok() && status.code() != Code::kNoSpace) return status;
  UniqueFd old;  // outlives the lock on it
  const Lock lock(log_.get());
  const Result<bool> named = IsNamed();
  if (!named.ok()) return named.status();
  if (!lock.held() || !*named) return Status(Code::kBusy, path_ + " is in use");
  if (Status status = ReadTail(); !status.ok()) return status;
  // The lock keeps others from the same name. Synced before it is renamed: after a power cut the
  // name must not mean an empty file.
  const std::string log = Everything(now);
  const std::string next = path_ + ".new";
  const int flags = O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  UniqueFd fd(open(next.c_str(), flags, kFileMode));
  if (!fd.valid()) return Status::FromErrno(errno, "create " + next);
  Status status = WriteAt(fd.get(), 0, log);
  if (status.ok() && fdatasync(fd.get()) != 0) status = Status::FromErrno(errno, "fdatasync");
  if (status.ok() && rename(next.c_str(), path_.c_str()) != 0) {
    status = Status::FromErrno(errno, "rename " + next);
  }
  if (!status.ok()) {
    unlink(next.c_str());
    return status;
  }
  pending_.clear();
  // Sync() would read it all once more.
  old = std::exchange(log_, UniqueFd());
  log_ = std::move(fd);
  read_ = log.size();
  records_ = objects_.size() + pins_.size();
  known_all_ = true;
  return Status::Ok();
}

}  // namespace audiodl
