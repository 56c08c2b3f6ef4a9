// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How a waiting worker learns at once that the fetcher wrote a block, or failed: an array of futex
// words in shared memory, one per hash of store and object. A collision is a spurious wake-up and a
// lost ring a time-out; the truth is always read from the cache file, so neither can give a wrong
// byte.
//
//   const uint32_t seen = bells.Peek(key);         // before looking at the file
//   if (!ThereNow()) bells.Wait(key, seen, 250ms); // returns at once if it rang since
//
// Errors travel the same way. Each is kept with the ring it came with, so that a request sees only
// those posted after it began: yesterday's failure never fails today's download.
//
// Lies in memory shared by all processes; every method is safe from any thread of any of them.
// A private futex would not do: the waiter and the ringer are different processes (futex(2)).

#ifndef AUDIODL_COMMON_FETCH_DOORBELL_H_
#define AUDIODL_COMMON_FETCH_DOORBELL_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/status.h"
#include "common/cache/object_id.h"

namespace audiodl {

class Doorbells {
 public:
  static constexpr size_t kCount = 1024;

  // Which bell, and which errors there, are an object's: two stores may hold the same object.
  static uint64_t KeyOf(uint64_t store, const ObjectId& id) { return id.Prefix() ^ store; }

  // The count of rings so far on that object's bell.
  uint32_t Peek(uint64_t key) const;

  // Wakes everybody who waits there.
  void Ring(uint64_t key);
  // The last attempt of a fill's part at its origin begins; returns its number. If it fails too,
  // that answers those who waited by then, and not those who came later: NoteFailedAttempt() goes
  // before the error is posted. Two objects of one bell are not told apart.
  uint32_t BeginLastAttempt(uint64_t key) { return BellOf(key).last_attempts.fetch_add(1) + 1; }
  void NoteFailedAttempt(uint64_t key, uint32_t number) { BellOf(key).failed_attempt = number; }
  // For a wait: taken when it begins, it tells later whether the failed attempt had begun before.
  uint32_t LastAttempts(uint64_t key) const { return BellOf(key).last_attempts.load(); }
  bool HadBegun(uint64_t key, uint32_t taken) const {
    return static_cast<int32_t>(taken - BellOf(key).failed_attempt.load()) >= 0;
  }

  // Wakes everybody, everywhere (a new fetcher has come).
  void RingAll();

  // Blocks until the bell has rung since `seen` was peeked, or the time is over, or a signal came.
  void Wait(uint64_t key, uint32_t seen, std::chrono::milliseconds at_most) const;

  // The same for all bells together: a count that any ring moves on, and the wait for that.
  uint32_t PeekAny() const { return any_.load(std::memory_order_acquire); }
  void WaitForAny(uint32_t seen, std::chrono::milliseconds at_most);

  // Rings with an error for that object. REQUIRES: code != kOk.
  void Post(uint64_t key, Code code);

  // For the log field that tells a first requester from those who joined: whether a fill of an
  // object of that bell is under way. A fetcher that was killed may leave it wrong until the next
  // one begins.
  void SetFilling(uint64_t key, bool filling) { BellOf(key).fills += filling ? 1 : -1; }
  bool IsFilling(uint64_t key) const { return BellOf(key).fills.load() > 0; }
  void ForgetFills();

  // The newest error posted for that object after `seen` was peeked. Four are kept per bell; one
  // that was overwritten shows itself as a wait without progress, and the want is sent again.
  std::optional<Code> ErrorSince(uint64_t key, uint32_t seen) const;

 private:
  struct Bell {
    std::atomic<uint32_t> rings{0};
    std::atomic<int32_t> fills{0};
    std::atomic<uint32_t> last_attempts{0};
    std::atomic<uint32_t> failed_attempt{0};
    // tag (the key's upper 28 bits) | low 28 bits of the ring's count | code (8 bits); 0: none.
    std::array<std::atomic<uint64_t>, 4> errors{};
  };
  static_assert(std::atomic<uint32_t>::is_always_lock_free);
  static_assert(std::atomic<uint64_t>::is_always_lock_free);

  const Bell& BellOf(uint64_t key) const { return bells_[key % kCount]; }
  Bell& BellOf(uint64_t key) { return bells_[key % kCount]; }
  void RingOne(Bell& bell);
  void RingAny();

  std::array<Bell, kCount> bells_;
  std::atomic<uint32_t> any_{0};
  // Who waits for any: a ring costs no system call without them. A process that was killed while it
  // waited stays counted, which costs that call and no more.
  std::atomic<uint32_t> waiting_for_any_{0};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_DOORBELL_H_
