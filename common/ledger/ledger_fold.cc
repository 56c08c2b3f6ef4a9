// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/ledger_fold.h"

#include <algorithm>

namespace audiodl {
namespace {

bool BelongsTo(const std::optional<Completion>& last, int64_t at, std::chrono::seconds window) {
  return last && at <= last->at + window.count();
}

}  // namespace

LedgerState FoldEntries(LedgerState state, const std::vector<LedgerEntry>& entries,
                        std::chrono::seconds window, std::vector<Completion>& completed) {
  // Left over by a server that was slower than the one that noted the completion.
  if (state.open && BelongsTo(state.last, state.open->at, window)) state.open.reset();
  for (const LedgerEntry& entry : entries) {
    if (BelongsTo(state.last, entry.at, window)) continue;
    if (state.open && entry.at - state.open->at > kOpenPartsLife.count()) state.open.reset();
    if (!state.open) state.open.emplace();
    state.open->parts.Add(entry.parts);
    state.open->at = std::max(state.open->at, entry.at);
    if (!state.open->parts.Cover(entry.item.size)) continue;
    state.last = Completion{state.last ? state.last->nth + 1 : 1, state.open->at};
    completed.push_back(*state.last);
    state.open.reset();
  }
  if (state.open && state.open->parts.empty()) state.open.reset();
  return state;
}

}  // namespace audiodl
