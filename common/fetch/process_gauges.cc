// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/process_gauges.h"

#include <unistd.h>

namespace audiodl {

// A hash table with open addressing. A slot that was freed may let a process take a second one
// before its first: the sums do not mind, and Forget() clears both.
ProcessGauges::Slot* ProcessGauges::Of(pid_t pid) {
  const size_t first = static_cast<size_t>(pid) % kSlots;
  for (size_t i = 0; i < kSlots; ++i) {
    Slot& slot = slots_[(first + i) % kSlots];
    pid_t owner = slot.pid.load();
    if (owner == 0 && slot.pid.compare_exchange_strong(owner, pid)) return &slot;
    // Of two threads of one process, the slower finds here what the faster has taken.
    if (owner == pid) return &slot;
  }
  return nullptr;
}

void ProcessGauges::Forget(pid_t pid) {
  for (Slot& slot : slots_) {
    if (slot.pid.load() != pid) continue;
    slot.waiters = 0;
    slot.fills = 0;
    slot.fetchers = 0;
    slot.connections = 0;
    slot.downloads = 0;
    slot.bytes_left = 0;
    slot.pid = 0;  // last: from now on it may be taken
  }
}

template <typename T>
uint64_t ProcessGauges::SumOf(std::atomic<T> Slot::*gauge) const {
  uint64_t sum = 0;
  for (const Slot& slot : slots_) sum += (slot.*gauge).load(std::memory_order_relaxed);
  return sum;
}

uint64_t ProcessGauges::Sum(std::atomic<uint32_t> Slot::*gauge) const { return SumOf(gauge); }
uint64_t ProcessGauges::Sum(std::atomic<uint64_t> Slot::*gauge) const { return SumOf(gauge); }

Waiting::Waiting(ProcessGauges& gauges) : slot_(gauges.Of(getpid())) {
  if (slot_ != nullptr) slot_->waiters.fetch_add(1, std::memory_order_relaxed);
}

Waiting::~Waiting() {
  if (slot_ != nullptr) slot_->waiters.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace audiodl
