// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill_engine.h"

#include <algorithm>

namespace audiodl {

void FillEngine::AddStore(const FillContext& context) {
  FillContext& added = stores_[context.store->id];
  added = context;
  FillLimits& limits = store_limits_.emplace_back(limits_);
  if (context.store->parts_per_object > 0)
    limits.parts_per_object = context.store->parts_per_object;
  added.limits = &limits;
  added.counters = counters_;
  if (added.room == nullptr) added.room = &plain_rooms_.emplace_back(*added.store);
}

void FillEngine::Handle(const Want& want) {
  const auto store = stores_.find(want.store);
  if (store == stores_.end()) {
    if (counters_ != nullptr) counters_->fetcher.wants_dropped.Add();
    return;
  }
  const FillKey key = {want.store, store->second.store->IdOf(want.key)};
  if (want.kind == WantKind::kRelease && !fills_.contains(key)) return;
  const Doorbells& bells = *store->second.bells;
  // Sent while the last fill was failing: its failure was the answer, and has been read by now.
  const bool answered =
      want.since != 0 && bells.ErrorSince(Doorbells::KeyOf(want.store, key.second), want.since);
  if (answered && !fills_.contains(key)) return;
  std::unique_ptr<Fill>& fill = fills_[key];
  if (!fill) fill = std::make_unique<Fill>(store->second, want.key);
  fill->Take(want);
}

void FillEngine::Advance(Clock::time_point now) {
  for (auto& [key, fill] : fills_) fill->Advance(now);
  StartReads(now);
  std::erase_if(fills_, [](const auto& entry) { return entry.second->finished(); });
}

// Round and round, one read each, from the object after the one that started last.
void FillEngine::StartReads(Clock::time_point now) {
  unsigned reads = 0;
  for (const auto& [key, fill] : fills_) reads += fill->reads();
  auto next = fills_.upper_bound(last_started_);
  for (size_t refused = 0; refused < fills_.size() && reads < limits_.reads_in_all;) {
    if (next == fills_.end()) next = fills_.begin();
    if (next->second->StartRead(now)) {
      last_started_ = next->first;
      refused = 0;
      ++reads;
    } else {
      ++refused;
    }
    ++next;
  }
}

std::optional<Clock::time_point> FillEngine::due() const {
  std::optional<Clock::time_point> earliest;
  for (const auto& [key, fill] : fills_) {
    if (fill->due()) earliest = earliest ? std::min(*earliest, *fill->due()) : fill->due();
  }
  return earliest;
}

std::vector<FillProgress> FillEngine::Progress(size_t at_most) const {
  std::vector<FillProgress> progress;
  for (const auto& [key, fill] : fills_) {
    if (progress.size() == at_most) break;
    progress.push_back({fill->key(), fill->percent()});
  }
  return progress;
}

}  // namespace audiodl
