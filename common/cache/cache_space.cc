// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_space.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "common/base/text.h"
#include "common/cache/cache_writer.h"
#include "common/cache/file_facts.h"
#include "common/cache/file_removal.h"
#include "common/cache/quarantine.h"

namespace audiodl {
namespace {

// What one turn may do: none takes longer than a few milliseconds on a local disk.
constexpr unsigned kEvictionsPerTurn = 16;
constexpr unsigned kNamesPerTurn = 64;
constexpr unsigned kMarkersPerTurn = 512;
constexpr unsigned kUnsettledPerTurn = 64;
// When room is needed and the directory is not known yet.
constexpr unsigned kNamesWhenNeeded = 2000;
// So many are named; a million would be a mistake somewhere else.
constexpr size_t kMaxForeign = 1000;
// Bytes of evicted files may still be held by who downloads them: another round takes others.
constexpr int kRounds = 3;

int64_t SystemSeconds() { return std::time(nullptr); }

SpaceSettings WithDefaults(SpaceSettings settings) {
  if (settings.lock_dir.empty()) settings.lock_dir = settings.dir;
  if (!settings.now) settings.now = SystemSeconds;
  return settings;
}

}  // namespace

// By how much each limit would be exceeded, were the bytes written now.
struct CacheSpace::Need {
  uint64_t over_size = 0;
  uint64_t under_free = 0;

  bool any() const { return over_size > 0 || under_free > 0; }
  const char* reason() const {
    return over_size > 0 ? "over AudioCacheMaxSize" : "below AudioCacheMinFree";
  }
  void Gain(uint64_t bytes) {
    over_size -= std::min(over_size, bytes);
    under_free -= std::min(under_free, bytes);
  }
};

Result<std::unique_ptr<CacheSpace>> CacheSpace::Open(SpaceSettings given) {
  SpaceSettings settings = WithDefaults(std::move(given));
  Result<FillLocks> locks = FillLocks::Open(settings.lock_dir);
  if (!locks.ok()) return locks.status();
  auto index = CacheIndex::Open(settings.dir, settings.access);
  if (!index.ok()) return index.status();
  return std::unique_ptr<CacheSpace>(
      new CacheSpace(std::move(settings), std::move(index).value(), std::move(locks).value()));
}

CacheSpace::CacheSpace(SpaceSettings settings, std::unique_ptr<CacheIndex> index, FillLocks locks)
    : settings_(std::move(settings)),
      index_(std::move(index)),
      locks_(std::move(locks)),
      withdrawals_(settings_.listed) {
  if (index_->damaged()) {
    Log(LogLevel::kWarning, "its index is damaged and is made anew from the files");
  }
  if (!index_->known_all()) walk_.emplace(settings_.dir);
  for (const auto& [id, object] : index_->objects()) {
    if (object.durable) continue;
    unsettled_.push_back(id);
    inherited_.insert(id);
  }
}

void CacheSpace::Log(LogLevel level, const std::string& text) const {
  if (settings_.log) settings_.log(level, "cache " + settings_.dir + ": " + text);
}

std::string CacheSpace::PathOf(const ObjectId& id) const {
  return settings_.dir + "/" + id.RelativePath();
}

// --- room ---------------------------------------------------------------------------------------

// Where a file system cannot reserve, blocks are taken as they are written.
uint64_t CacheSpace::PromisedButNotTaken() const {
  uint64_t bytes = 0;
  for (const auto& [id, promised] : promised_) {
    struct stat info;
    if (stat(PathOf(id).c_str(), &info) != 0) continue;
    bytes += promised - std::min(promised, static_cast<uint64_t>(info.st_blocks) * 512);
  }
  return bytes;
}

CacheSpace::Need CacheSpace::NeedFor(uint64_t bytes) const {
  Need need;
  const uint64_t max_size = settings_.limits.max_size;
  const uint64_t total = index_->bytes() + bytes;
  need.over_size = total - std::min(total, max_size);
  const Result<DiskSpace> disk = settings_.probe(settings_.dir);
  if (!disk.ok()) return need;
  const uint64_t wanted = MinFreeBytes(settings_.limits, *disk) + bytes + PromisedButNotTaken();
  need.under_free = wanted - std::min(wanted, disk->free);
  return need;
}

uint64_t CacheSpace::FreeBytes() const {
  const uint64_t max_size = settings_.limits.max_size;
  const uint64_t left = max_size - std::min(max_size, index_->bytes());
  const Result<DiskSpace> disk = settings_.probe(settings_.dir);
  if (!disk.ok()) return left;
  const uint64_t kept = MinFreeBytes(settings_.limits, *disk);
  return std::min(left, disk->free - std::min(disk->free, kept));
}

bool CacheSpace::FreeUp(uint64_t bytes) {
  for (int round = 0;; ++round) {
    const EvictionPlan plan = Plan(bytes, SIZE_MAX);
    if (plan.enough && plan.victims.empty()) return true;
    if (!plan.enough || round == kRounds) return false;
    for (const Victim& victim : plan.victims) (void)Evict(victim.id);
  }
}

Status CacheSpace::MakeRoom(CachedObject object) {
  (void)index_->Sync();
  if (walk_) Walk(kNamesWhenNeeded);
  if (FreeUp(object.bytes)) {
    promised_[object.id] = object.bytes;
    object.last_used = settings_.now();
    // A record that cannot be written is kept by the index; the file's own room is another matter.
    (void)index_->Add(object);
    // With our record come those of a draining fetcher, which may have taken the same room.
    if (index_->bytes() <= settings_.limits.max_size || FreeUp(0)) return Status::Ok();
    Settle(object.id);
  }
  return Status(Code::kNoSpace, settings_.dir + ": no room for " + FormatSize(object.bytes) +
                                    " within AudioCacheMaxSize and AudioCacheMinFree");
}

Status CacheSpace::MakeRoomFor(const ObjectId& id) {
  if (promised_.contains(id)) return Status::Ok();
  const Result<FileFacts> facts = FindFacts(PathOf(id));
  if (!facts.ok()) return facts.status();
  const uint64_t bytes = facts->object.bytes;
  promised_[id] = bytes;  // it must not be evicted for its own sake
  if (index_->Find(id) == nullptr) (void)index_->Add(facts->object);
  // What has its room already is not given up by being told that there is none.
  if (FreeUp(0) || facts->allocated >= bytes) return Status::Ok();
  promised_.erase(id);
  return Status(Code::kNoSpace, settings_.dir + ": no room for the rest of a file");
}

void CacheSpace::Settle(const ObjectId& id) {
  promised_.erase(id);
  const Result<FileFacts> facts = FindFacts(PathOf(id));
  if (facts.status().code() == Code::kNotFound) {
    if (index_->Find(id) != nullptr) (void)index_->Remove(id);
    return;
  }
  const CachedObject* known = index_->Find(id);
  if (!facts.ok() || facts->kind != FileFacts::Kind::kGood) return;
  if (known == nullptr || known->bytes != facts->object.bytes) {
    (void)index_->Add(facts->object);
  } else {
    (void)index_->Touch(id, settings_.now());
  }
  if (facts->complete()) unsettled_.push_back(id);
}

void CacheSpace::Touch(const ObjectId& id) {
  const CachedObject* object = index_->Find(id);
  const int64_t now = settings_.now();
  // Several workers notice at once that it is time.
  if (object == nullptr || object->last_used + 30 > now) return;
  const Status status = TouchCacheFile(PathOf(id), now);
  if (status.code() == Code::kNotFound) {
    ForgetMissing(id);
  } else {
    (void)index_->Touch(id, now);
  }
}

// --- evicting -----------------------------------------------------------------------------------

bool CacheSpace::IsFree(const ObjectId& id) {
  if (promised_.contains(id) || !locks_.TryLock(id).ok()) return false;
  locks_.Unlock(id);
  return true;
}

// A file that is not there is missing only if nobody is about to make it: its room is promised
// before it has a name.
void CacheSpace::ForgetMissing(const ObjectId& id) {
  if (promised_.contains(id) || !locks_.TryLock(id).ok()) return;
  struct stat info;
  if (lstat(PathOf(id).c_str(), &info) != 0 && errno == ENOENT) (void)index_->Remove(id);
  locks_.Unlock(id);
}

EvictionPlan CacheSpace::Plan(uint64_t needed, size_t at_most) {
  EvictionPlan plan;
  Need need = NeedFor(needed);
  std::set<ObjectId> chosen;
  const int64_t now = settings_.now();
  const auto choose = [&](const ObjectId& id, const std::string& reason) {
    if (plan.victims.size() >= at_most || !IsFree(id) || !chosen.insert(id).second) return;
    const CachedObject* object = index_->Find(id);
    const uint64_t bytes = object == nullptr ? 0 : object->bytes;
    plan.victims.push_back({id, object == nullptr ? std::string() : object->key, bytes, reason});
    need.Gain(bytes);
  };
  // What nobody can use goes whether room is needed or not.
  for (const auto& [id, why] : useless_) choose(id, why);
  for (const ObjectId& id : withdrawn_) {
    const CachedObject* object = index_->Find(id);
    if (plan.victims.size() >= at_most) break;
    // It may be for sale again.
    if (object == nullptr || !withdrawals_.IsWithdrawn(*object)) continue;
    choose(id, "withdrawn from the listing");
  }
  for (const auto& [last_used, order, id] : index_->by_age()) {
    const bool too_old = now - last_used > settings_.limits.max_age.count();
    if (plan.victims.size() >= at_most || (!too_old && !need.any())) break;
    if (index_->IsPinned(id, now)) continue;
    choose(id, too_old ? "unused for longer than AudioCacheMaxAge" : need.reason());
  }
  plan.enough = !need.any();
  return plan;
}

Status CacheSpace::Evict(const ObjectId& id) { return TakeAway(id, std::string()); }

Status CacheSpace::SetAside(const ObjectId& id, const std::string& reason) {
  const CachedObject* object = index_->Find(id);
  if (object == nullptr) return Status(Code::kNotFound, "it is not in the index");
  const auto target = QuarantinePath(settings_.dir, *object, reason, settings_.now());
  return target.ok() ? TakeAway(id, *target) : target.status();
}

Status CacheSpace::Purge(const ObjectId& id) {
  Status status = RemoveCacheFile(PathOf(id));
  // A fill that is under way keeps its bytes on the disk, and settles them itself when it ends.
  if (status.ok() && index_->Find(id) != nullptr) ForgetMissing(id);
  return status;
}

// `target`: where it is moved to; empty: nowhere.
Status CacheSpace::TakeAway(const ObjectId& id, const std::string& target) {
  if (promised_.contains(id)) return Status(Code::kBusy, "it is being filled");
  if (Status status = locks_.TryLock(id); !status.ok()) return status;
  const std::string path = PathOf(id);
  Status status = target.empty() ? RemoveCacheFile(path) : MoveCacheFile(path, target);
  const bool ours = status.code() != Code::kCorrupt;
  if (ours && !status.ok()) {
    locks_.Unlock(id);
    return status;
  }
  if (!ours) Log(LogLevel::kWarning, status.text() + ": it is left alone");
  useless_.erase(id);
  withdrawn_.erase(id);
  if (const CachedObject* object = index_->Find(id); object != nullptr && ours) {
    evicted_.files += 1;
    evicted_.bytes += object->bytes;
  }
  // Under the lock still: whoever fills it next has it noted again.
  (void)index_->Remove(id);
  locks_.Unlock(id);
  return status;
}

// --- in the background --------------------------------------------------------------------------

bool CacheSpace::Turn() {
  (void)index_->Sync();
  if (walk_) {
    Walk(kNamesPerTurn);
    return true;
  }
  CheckListings(kMarkersPerTurn);
  LookAtUnsettled();
  const EvictionPlan plan = Plan(0, kEvictionsPerTurn);
  for (const Victim& victim : plan.victims) {
    const Status status = Evict(victim.id);
    if (status.ok()) {
      Log(LogLevel::kInfo, "evicted \"" + Printable(victim.key) + "\": " + victim.reason);
    }
  }
  if (index_->is_long()) (void)index_->Compact(settings_.now());
  return plan.victims.size() == kEvictionsPerTurn;
}

void CacheSpace::CheckListings(unsigned objects) {
  if (settings_.listed.empty() || !withdrawals_.Step(*index_, objects)) return;
  withdrawn_.clear();
  withdrawn_.insert(withdrawals_.withdrawn().begin(), withdrawals_.withdrawn().end());
  if (withdrawals_.warning() != last_warning_) {
    last_warning_ = withdrawals_.warning();
    if (!last_warning_.empty()) Log(LogLevel::kWarning, last_warning_);
  }
}

void CacheSpace::CheckAllListings() { CheckListings(UINT32_MAX); }

void CacheSpace::LookAtUnsettled() {
  for (size_t left = std::min<size_t>(kUnsettledPerTurn, unsettled_.size()); left > 0; --left) {
    const ObjectId id = unsettled_.front();
    unsettled_.pop_front();
    const bool inherited = inherited_.erase(id) > 0;
    const Result<FileFacts> facts = FindFacts(PathOf(id));
    if (facts.status().code() == Code::kNotFound) ForgetMissing(id);
    if (!facts.ok() || facts->kind != FileFacts::Kind::kGood) continue;
    if (facts->state == FileState::kDurable) {
      (void)index_->MarkDurable(id);
    } else if (facts->complete()) {
      // One of this process is on its way to the disk already.
      if (inherited) to_sync_.push_back(facts->object);
      unsettled_.push_back(id);
    }
  }
}

std::optional<CachedObject> CacheSpace::NextToSync() {
  if (to_sync_.empty()) return std::nullopt;
  CachedObject object = std::move(to_sync_.front());
  to_sync_.pop_front();
  return object;
}

// --- walking ------------------------------------------------------------------------------------

void CacheSpace::WalkAll() {
  if (!walk_) walk_.emplace(settings_.dir);
  while (walk_) Walk(kNamesWhenNeeded);
}

void CacheSpace::Walk(unsigned names) {
  walk_->Step(names, [this](const FoundFile& file) { TakeIn(file); });
  if (walk_->done()) EndWalk();
}

void CacheSpace::TakeIn(const FoundFile& file) {
  if (file.facts.kind == FileFacts::Kind::kForeign) {
    if (foreign_.size() < kMaxForeign) foreign_.push_back(file.path);
    return;
  }
  seen_.insert(file.id);
  if (promised_.contains(file.id)) return;
  const CachedObject* known = index_->Find(file.id);
  if (file.facts.useless()) useless_[file.id] = Describe(file.facts.kind);
  if (known != nullptr && known->bytes == file.facts.object.bytes) return;
  if (!IsFree(file.id)) return;  // who fills it has promised room to what it is about to become
  (void)index_->Add(file.facts.object);
  if (file.facts.object.durable) {
    (void)index_->MarkDurable(file.id);
  } else if (file.facts.complete()) {
    unsettled_.push_back(file.id);
    inherited_.insert(file.id);
  }
}

void CacheSpace::EndWalk() {
  std::vector<ObjectId> gone;
  for (const auto& [id, object] : index_->objects()) {
    if (!seen_.contains(id)) gone.push_back(id);
  }
  for (const ObjectId& id : gone) ForgetMissing(id);
  walk_trouble_ = walk_->trouble();
  walk_.reset();
  seen_.clear();
  if (walk_trouble_.ok()) (void)index_->Compact(settings_.now());
  if (!walk_trouble_.ok()) Log(LogLevel::kError, walk_trouble_.text());
  if (!foreign_.empty()) {
    Log(LogLevel::kWarning, std::to_string(foreign_.size()) +
                                " files in it were not made by audiodl and are left alone, as " +
                                Printable(foreign_.front(), 300));
  }
  if (!useless_.empty()) {
    Log(LogLevel::kNotice, std::to_string(useless_.size()) +
                               " files in it are of no use, the first " + useless_.begin()->second +
                               ", and are removed");
  }
}

}  // namespace audiodl
