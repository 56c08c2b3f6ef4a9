// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Who downloads now, counted over all processes of a server: in memory that they share and that the
// parent keeps over restarts.
//
//   const uint64_t key = StreamKeyOfCustomer(slots.secret(), scope, customer);
//   const ProcessBirth own = ProcessBirth::Own();
//   switch (slots.Take(key, 4, own)) { … }
//   slots.Give(key, own);               // when the last byte has left
//   slots.Forget(pid);                  // the parent, when it has reaped that process
//
// An entry is one customer in one process: {key, process, how many}. A customer's entries lie in
// one bucket, so a count is a walk over 32 numbers under the bucket's lock: a tenth of a
// microsecond. A process that was killed leaves its entries behind. The parent clears them when it
// reaps it; and whoever would be refused because of them looks first whether their processes still
// live, so that nobody waits for the parent.
//
// The locks are robust mutexes and an entry counts from its key on, which is written last: a
// process may be killed at any instruction. Thread-safe, for any thread of any process.

#ifndef AUDIODL_COMMON_CLIENT_STREAM_SLOTS_H_
#define AUDIODL_COMMON_CLIENT_STREAM_SLOTS_H_

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/shared_mutex.h"
#include "common/base/siphash.h"
#include "common/base/status.h"
#include "common/client/process_birth.h"

namespace audiodl {

class StreamSlots {
 public:
  // Far more than the downloads that one server has at a time: 32,768.
  static constexpr size_t kBuckets = 1024;
  static constexpr size_t kPerBucket = 32;

  enum class Answer : unsigned char {
    kTaken,
    kRefused,  // as many as the limit are under way
    kFull,     // cannot be counted: no room for another entry, or its lock was not to be had
  };

  // Once, before the first use, by whoever maps the memory.
  Status Init();

  // For making keys: another one in each server's life, and the same in all of its processes.
  const SipKey& secret() const { return secret_; }

  // One more download of `key` in the calling process `own`. What was taken has to be given back.
  // REQUIRES: key != 0, limit > 0.
  Answer Take(uint64_t key, uint32_t limit, const ProcessBirth& own);
  void Give(uint64_t key, const ProcessBirth& own);

  // The process has ended. REQUIRES: nobody with that pid has taken anything since.
  void Forget(pid_t pid);

  // How many are under way, of that key or of all; a moment's view.
  uint64_t Count(uint64_t key) const;
  uint64_t CountAll() const;

 private:
  struct Entry {
    std::atomic<pid_t> pid{0};
    std::atomic<uint32_t> streams{0};
    std::atomic<uint64_t> born{0};

    ProcessBirth owner() const { return {pid.load(), born.load()}; }
  };
  struct Bucket {
    std::array<std::atomic<uint64_t>, kPerBucket> keys{};  // 0: the entry is free
    std::array<Entry, kPerBucket> entries{};
  };
  static constexpr size_t kLocks = 64;

  size_t IndexOf(uint64_t key) const { return key % kBuckets; }
  SharedMutex& LockOf(size_t bucket) { return locks_[bucket % kLocks]; }
  Answer TryTake(uint64_t key, uint32_t limit, const ProcessBirth& own);
  bool FreeThoseOfTheDead(size_t bucket, const ProcessBirth& own);
  std::vector<ProcessBirth> OthersIn(size_t bucket, const ProcessBirth& own);
  void Drop(size_t bucket, const ProcessBirth& dead);

  SipKey secret_{};
  std::array<Bucket, kBuckets> buckets_;
  std::array<SharedMutex, kLocks> locks_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_STREAM_SLOTS_H_
