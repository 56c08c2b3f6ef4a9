// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/health/health_board.h"

#include <algorithm>

namespace audiodl {
namespace {

// Never 0.
int64_t Milliseconds(HealthBoard::Time time) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return std::max<int64_t>(1, since.count());
}

// A second more or less does not matter; memory that all processes share is not written for less.
void Note(std::atomic<int64_t>& when, HealthBoard::Time now) {
  const int64_t time = Milliseconds(now);
  if (time - when.load(std::memory_order_relaxed) >= 1000) {
    when.store(time, std::memory_order_relaxed);
  }
}

bool IsLately(const std::atomic<int64_t>& when, HealthBoard::Time now,
              std::chrono::milliseconds within) {
  const int64_t time = when.load(std::memory_order_relaxed);
  return time != 0 && Milliseconds(now) - time < within.count();
}

}  // namespace

void HealthBoard::NoteAsked(Time now) { Note(asked_, now); }
bool HealthBoard::AskedLately(Time now) const { return IsLately(asked_, now, kInterest); }

void HealthBoard::NoteWatched(Time now) { Note(watched_, now); }
bool HealthBoard::WatchedLately(Time now) const { return IsLately(watched_, now, kWatch); }

void HealthBoard::Beat(Time now) { Note(beat_, now); }

std::optional<std::chrono::milliseconds> HealthBoard::FetcherSilence(Time now) const {
  const int64_t beat = beat_.load(std::memory_order_relaxed);
  if (beat == 0) return std::nullopt;
  return std::chrono::milliseconds(std::max<int64_t>(0, Milliseconds(now) - beat));
}

Breaker* HealthBoard::OriginOf(uint64_t store) {
  for (Origin& origin : origins_) {
    uint64_t owner = origin.store.load();
    if (owner == 0 && origin.store.compare_exchange_strong(owner, store)) return &origin.outcome;
    if (owner == store) return &origin.outcome;
  }
  return nullptr;
}

const Breaker* HealthBoard::FindOrigin(uint64_t store) const {
  for (const Origin& origin : origins_) {
    if (origin.store.load() == store) return &origin.outcome;
  }
  return nullptr;
}

}  // namespace audiodl
