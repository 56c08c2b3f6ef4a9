// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The rule of what is a completed download: one customer has been given every byte of one
// generation of a chunk, however many requests and servers that took. What comes after it within
// the window is the same download (a segment's overlap, a second click, the same book on the
// telephone); what comes later begins another.
//
// Pure; any thread.

#ifndef AUDIODL_COMMON_LEDGER_LEDGER_FOLD_H_
#define AUDIODL_COMMON_LEDGER_LEDGER_FOLD_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/ledger/delivered_parts.h"
#include "common/ledger/ledger_entry.h"

namespace audiodl {

// The nth time that an item was completed.
struct Completion {
  uint64_t nth = 0;  // 1: the first
  int64_t at = 0;

  bool operator==(const Completion&) const = default;
};

// A download that is not complete.
struct OpenParts {
  DeliveredParts parts;
  int64_t at = 0;  // of the last delivery

  bool operator==(const OpenParts&) const = default;
};

// What is known of one item.
struct LedgerState {
  std::optional<Completion> last;
  std::optional<OpenParts> open;

  bool operator==(const LedgerState&) const = default;
};

// Parts of a download that nobody has gone on with for so long are forgotten.
inline constexpr std::chrono::seconds kOpenPartsLife = std::chrono::hours(24 * 30);

// What `entries`, all of one item, make of `state`; new completions are added to `completed`.
// REQUIRES: entries in the order of their times.
LedgerState FoldEntries(LedgerState state, const std::vector<LedgerEntry>& entries,
                        std::chrono::seconds window, std::vector<Completion>& completed);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LEDGER_LEDGER_FOLD_H_
