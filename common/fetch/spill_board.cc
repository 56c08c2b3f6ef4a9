// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/spill_board.h"

namespace audiodl {

bool SpillBoard::Note(uint64_t store) {
  if (IsNoted(store)) return true;
  for (std::atomic<uint64_t>& slot : stores_) {
    uint64_t free = 0;
    if (slot.compare_exchange_strong(free, store)) return true;
  }
  return false;
}

void SpillBoard::Forget(uint64_t store) {
  for (std::atomic<uint64_t>& slot : stores_) {
    uint64_t noted = store;
    slot.compare_exchange_strong(noted, 0);
  }
}

bool SpillBoard::IsNoted(uint64_t store) const {
  for (const std::atomic<uint64_t>& slot : stores_) {
    if (slot.load(std::memory_order_relaxed) == store) return true;
  }
  return false;
}

}  // namespace audiodl
