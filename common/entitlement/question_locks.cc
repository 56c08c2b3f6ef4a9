// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/question_locks.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace audiodl {
namespace {

int64_t SteadyNanos() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

Result<QuestionLocks*> QuestionLocks::Map() {
  void* memory = mmap(nullptr, sizeof(QuestionLocks), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Status::FromErrno(errno, "mmap of the question locks");
  QuestionLocks* locks = new (memory) QuestionLocks;
  for (Lock& lock : locks->locks_) {
    const Status status = lock.mutex.Init();
    if (status.ok()) continue;
    munmap(memory, sizeof(QuestionLocks));
    return status;
  }
  return locks;
}

QuestionLocks::Lock& QuestionLocks::LockOf(const DecisionKey& key) {
  size_t number = 0;
  std::memcpy(&number, key.data(), sizeof number);
  return locks_[number % kCount];
}

QuestionLocks::Turn::Turn(QuestionLocks& locks, const DecisionKey& key,
                          std::chrono::milliseconds patience)
    : lock_(locks.LockOf(key)), began_(SteadyNanos()), hold_(lock_.mutex, patience) {}

void QuestionLocks::Turn::NoteFailure() { lock_.failed_at = SteadyNanos(); }

}  // namespace audiodl
