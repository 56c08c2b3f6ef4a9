// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// All fills of one fetcher: turns wants into fills, lets them start reads in turn so that no object
// takes every connection, and forgets those that are done. One thread, the fetcher's.

#ifndef AUDIODL_COMMON_FETCH_FILL_ENGINE_H_
#define AUDIODL_COMMON_FETCH_FILL_ENGINE_H_

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/fetch/fill.h"

namespace audiodl {

// One fill under way, for those who look on.
struct FillProgress {
  std::string key;
  unsigned percent = 0;
};

class FillEngine {
 public:
  // One per store, by StoreConfig::id; the pointers inside are borrowed for the engine's life.
  void AddStore(const FillContext& context);

  // `counters` is borrowed; null: nobody counts.
  explicit FillEngine(const FillLimits& limits, Counters* counters = nullptr)
      : limits_(limits), counters_(counters) {}

  // A want for a store that is not configured (any more) has nobody to serve it: it is logged and
  // dropped, and the worker's deadline answers the client.
  void Handle(const Want& want);

  // Lets every fill move on and start what it may. Call after anything happened.
  void Advance(Clock::time_point now);

  // When Advance() must be called again though nothing happens.
  std::optional<Clock::time_point> due() const;
  bool idle() const { return fills_.empty(); }
  size_t fills() const { return fills_.size(); }
  // No more than `at_most` of them.
  std::vector<FillProgress> Progress(size_t at_most) const;

 private:
  using FillKey = std::pair<uint64_t, ObjectId>;  // store, object

  void StartReads(Clock::time_point now);

  const FillLimits limits_;
  Counters* const counters_;
  std::unordered_map<uint64_t, FillContext> stores_;
  std::list<FillLimits> store_limits_;
  std::list<StoreRoom> plain_rooms_;  // of stores that came without one
  std::map<FillKey, std::unique_ptr<Fill>> fills_;
  FillKey last_started_{};  // whose turn comes next
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_FILL_ENGINE_H_
