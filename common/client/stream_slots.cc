// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/stream_slots.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace audiodl {
namespace {

// Held for a microsecond, unless its holder was stopped in the middle of it.
constexpr std::chrono::milliseconds kPatience{20};

}  // namespace

Status StreamSlots::Init() {
  secret_ = NewSipKey();
  for (SharedMutex& lock : locks_) {
    if (Status status = lock.Init(); !status.ok()) return status;
  }
  return Status::Ok();
}

StreamSlots::Answer StreamSlots::Take(uint64_t key, uint32_t limit, const ProcessBirth& own) {
  const Answer answer = TryTake(key, limit, own);
  if (answer == Answer::kTaken || !FreeThoseOfTheDead(IndexOf(key), own)) return answer;
  return TryTake(key, limit, own);
}

StreamSlots::Answer StreamSlots::TryTake(uint64_t key, uint32_t limit, const ProcessBirth& own) {
  Bucket& bucket = buckets_[IndexOf(key)];
  const SharedMutex::Hold hold(LockOf(IndexOf(key)), kPatience);
  if (!hold.held()) return Answer::kFull;
  uint64_t streams = 0;
  std::optional<size_t> ours, free;
  for (size_t i = 0; i < kPerBucket; ++i) {
    const uint64_t other = bucket.keys[i].load(std::memory_order_relaxed);
    if (other == 0 && !free) free = i;
    if (other != key) continue;
    streams += bucket.entries[i].streams.load(std::memory_order_relaxed);
    if (bucket.entries[i].owner() == own) ours = i;
  }
  if (streams >= limit) return Answer::kRefused;
  if (ours) {
    bucket.entries[*ours].streams.fetch_add(1);
    return Answer::kTaken;
  }
  if (!free) return Answer::kFull;
  Entry& entry = bucket.entries[*free];
  entry.pid = own.pid;
  entry.born = own.born;
  entry.streams = 1;
  bucket.keys[*free] = key;
  return Answer::kTaken;
}

// Without the lock there would be no sum that is right; without patience a stream would stay
// counted for as long as the process lives.
void StreamSlots::Give(uint64_t key, const ProcessBirth& own) {
  Bucket& bucket = buckets_[IndexOf(key)];
  const SharedMutex::Hold hold(LockOf(IndexOf(key)), std::chrono::seconds(10));
  for (size_t i = 0; i < kPerBucket; ++i) {
    if (bucket.keys[i].load(std::memory_order_relaxed) != key) continue;
    Entry& entry = bucket.entries[i];
    if (!(entry.owner() == own)) continue;
    if (entry.streams.fetch_sub(1) == 1) bucket.keys[i] = 0;
    return;
  }
}

// Looks at processes without holding the lock: that takes system calls. True: some were dead.
bool StreamSlots::FreeThoseOfTheDead(size_t bucket, const ProcessBirth& own) {
  bool freed = false;
  for (const ProcessBirth& other : OthersIn(bucket, own)) {
    if (other.IsAlive()) continue;
    Drop(bucket, other);
    freed = true;
  }
  return freed;
}

std::vector<ProcessBirth> StreamSlots::OthersIn(size_t bucket, const ProcessBirth& own) {
  std::vector<ProcessBirth> others;
  const SharedMutex::Hold hold(LockOf(bucket), kPatience);
  if (!hold.held()) return others;
  for (size_t i = 0; i < kPerBucket; ++i) {
    if (buckets_[bucket].keys[i] == 0) continue;
    const ProcessBirth owner = buckets_[bucket].entries[i].owner();
    const bool known = std::find(others.begin(), others.end(), owner) != others.end();
    if (!(owner == own) && !known) others.push_back(owner);
  }
  return others;
}

void StreamSlots::Drop(size_t bucket, const ProcessBirth& dead) {
  const SharedMutex::Hold hold(LockOf(bucket), kPatience);
  if (!hold.held()) return;
  for (size_t i = 0; i < kPerBucket; ++i) {
    if (buckets_[bucket].entries[i].owner() == dead) buckets_[bucket].keys[i] = 0;
  }
}

void StreamSlots::Forget(pid_t pid) {
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    for (size_t i = 0; i < kPerBucket; ++i) {
      const Entry& entry = buckets_[bucket].entries[i];
      if (buckets_[bucket].keys[i] == 0 || entry.pid != pid) continue;
      Drop(bucket, entry.owner());
    }
  }
}

uint64_t StreamSlots::Count(uint64_t key) const {
  const Bucket& bucket = buckets_[IndexOf(key)];
  uint64_t streams = 0;
  for (size_t i = 0; i < kPerBucket; ++i) {
    if (bucket.keys[i] == key) streams += bucket.entries[i].streams;
  }
  return streams;
}

uint64_t StreamSlots::CountAll() const {
  uint64_t streams = 0;
  for (const Bucket& bucket : buckets_) {
    for (size_t i = 0; i < kPerBucket; ++i) {
      if (bucket.keys[i] != 0) streams += bucket.entries[i].streams;
    }
  }
  return streams;
}

}  // namespace audiodl
