// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One request's interest in one object: it sends wants, looks at the cache file, waits at the
// doorbell, and tells the fetcher when it has gone. The requester of a cold object is only the
// first follower.
//
//   Follower follower(link, store, key, marker);
//   CacheReader reader;
//   Status status = follower.Open(want, reader, lookup);     // waits for header and first byte
//   Result<uint64_t> bytes = follower.Await(reader, offset, length, 100ms);   // 0: not yet
//
// One thread at a time. Costs nothing until something is missing.

#ifndef AUDIODL_COMMON_FETCH_FOLLOWER_H_
#define AUDIODL_COMMON_FETCH_FOLLOWER_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/cache/cache_reader.h"
#include "common/fetch/bell_watcher.h"
#include "common/fetch/shared_state.h"
#include "common/fetch/store.h"
#include "common/fetch/turn_queue.h"
#include "common/fetch/want.h"
#include "common/s3/byte_range.h"

namespace audiodl {

// What a process shares with the fetcher; borrowed by every follower in it. Thread-safe.
struct FetcherLink {
  SharedState* shared = nullptr;
  int want_fd = -1;
  std::atomic<bool> stopping{false};  // this process ends, and not gracefully: no more waiting
  // Workers that wait for the origin, and how many may: the others are there for hits.
  mutable std::atomic<int> waiting{0};
  int max_waiting = 1;

  // How this process's followers wait without a worker; none before the process has begun.
  BellWatcher* watcher = nullptr;
  TurnQueue* turns = nullptr;

  // Whether the MPM has been seen in this process to do what the pump relies on.
  mutable std::atomic<bool> pump_seen{false};

  // While it lies ahead, origins are taken for stuck: milliseconds of the steady clock.
  mutable std::atomic<int64_t> stuck_until{0};

  bool MayWait() const { return waiting.load() <= max_waiting; }
};

// What a request found, for logs and counters.
enum class Lookup : unsigned char {
  kHit,      // the whole object
  kPartial,  // some of it
  kJoined,   // somebody else's fill of it under way
  kMiss,     // nothing
  kPass,     // no room for it: it goes through memory and is not kept
};
const char* LookupName(Lookup lookup);

class Follower {
 public:
  using SteadyClock = std::chrono::steady_clock;

  // link and store are borrowed. `marker` is the listing marker's modification time.
  Follower(const FetcherLink& link, const StoreConfig& store, std::string key, int64_t marker);
  // Releases its interest, if it ever sent a want.
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // From now on waits end with kUnreachable, within a fraction of a second, when `has_gone` says
  // that nobody is there any more for whom to wait; it is asked where nothing has come for a while.
  void WaitOnlyFor(std::function<bool()> has_gone) { has_gone_ = std::move(has_gone); }

  // Opens the object's cache file once it is good for this: its header known and confirmed, and,
  // unless kind is kInfo, the block of `offset` there (or the object ends before it). Waits as long
  // as store.origin_timeout allows. Errors are the origin's (kNotFound, kForbidden, kThrottled,
  // kArchived, …), kChanged (a generation went away twice while we looked), kUnreachable: no
  // progress, or kBusy: too many of this process's workers wait already, and the origin does not
  // answer.
  Status Open(WantKind kind, uint64_t offset, uint64_t length, CacheReader& reader, Lookup& lookup);

  // The same without waiting: kBusy if Open() would have to.
  Status Look(WantKind kind, uint64_t offset, CacheReader& reader) const;

  // As Open() for bytes, but waits at most so long; false: not yet, so ask again. `lookup` is what
  // was found the first time. For what follows a download that has begun: no crowd ends it.
  Result<bool> OpenIn(std::chrono::milliseconds at_most, const ByteRange& bytes,
                      CacheReader& reader, Lookup& lookup);

  // Says beforehand which bytes will be wanted of an object that is not open yet; does not wait.
  // What was there of it.
  Lookup Foresee(const ByteRange& bytes);

  // Bytes present from `offset` on. If there are none it asks for [offset, offset + length) and
  // waits, at most so long: 0 then means not yet. Errors as above; kChanged: this generation is
  // never completed.
  Result<uint64_t> Await(CacheReader& reader, uint64_t offset, uint64_t length,
                         std::chrono::milliseconds at_most);

  // The file was evicted or replaced while it was being filled, and Await() would wait in vain:
  // goes on in the one that is there now, if that is of the same generation. The descriptor keeps
  // its number. REQUIRES: nothing is still to be read of what Await() said is there.
  bool Rejoin(CacheReader& reader) const;

  const std::string& key() const { return key_; }

  // Where the object's rings are counted, and how many there were: peeked before Await() says "not
  // yet", it tells later whether to look again.
  uint64_t bell() const { return bell_; }
  uint32_t Peek() const { return link_.shared->bells.Peek(bell_); }

  // As Await(), for as long as store.origin_timeout allows: at least one byte, or an error.
  Result<uint64_t> WaitFor(CacheReader& reader, uint64_t offset, uint64_t length);

  // Says beforehand what will be wanted, so that the fetcher can plan; does not wait.
  void Announce(const CacheReader& reader, uint64_t offset, uint64_t length);

  // For a range that begins where the cache is filled up to, as a player's next one does: asks for
  // what will be wanted after it, 4 MiB at most, whether this follower stays or goes. A seek lands
  // behind a hole and brings its own blocks only. REQUIRES: Open() was ok.
  void ReadAhead(const CacheReader& reader, uint64_t offset, uint64_t length);

 private:
  // From the first moment something was missing until it is there.
  struct Wait {
    Want want;
    WantKind kind = WantKind::kBytes;  // before anything made another one of it
    uint32_t first_seen;               // rings: errors posted after this one count
    uint32_t last_seen;
    uint32_t epoch = 0;      // the fetcher that `want` was sent to
    uint32_t last_attempts;  // noted before this wait
    std::optional<SteadyClock::time_point> sent;
    bool anew = false;                 // began again after somebody else's failure
    bool changed = false;              // began again because another generation is there now
    std::optional<int64_t> began;      // of one that too many others may end: steady milliseconds
    SteadyClock::time_point deadline;  // moves on with every ring
    SteadyClock::time_point give_up;   // does not
    Waiting counted;                   // as a waiter of this process
  };

  Lookup Describe(const CacheReader& reader) const;
  Status OpenWaiting(const Want& want, CacheReader& reader);
  // One look, and if that was in vain a nap; false: look again. REQUIRES: BeginWait().
  Result<bool> OpenTurn(CacheReader& reader, std::chrono::milliseconds nap);
  bool IsCrowdedOut(int64_t began) const;
  bool StartsAnew(Code code);
  Status OpenNewest(CacheReader& reader) const;
  Want MakeWant(WantKind kind, uint64_t offset, uint64_t length) const;
  void Send(const Want& want);
  void ShowUse(const CacheReader& reader);

  void BeginWait(const Want& want);
  bool Waits(uint64_t offset) const;
  // One turn: errors, deadlines, sending, and a sleep of at most `nap` unless it rang since `seen`.
  Status Pause(uint32_t seen, std::chrono::milliseconds nap);
  void SendIfDue(SteadyClock::time_point now);

  const FetcherLink& link_;
  const StoreConfig& store_;
  const std::string key_;
  const int64_t marker_;
  const ObjectId id_;
  const uint64_t bell_;
  uint64_t number_ = 0;          // 0: has sent nothing yet
  mutable bool passes_ = false;  // the last look found it in memory
  std::optional<Wait> wait_;
  std::function<bool()> has_gone_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FOLLOWER_H_
