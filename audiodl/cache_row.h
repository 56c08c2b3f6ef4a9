// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One object of the cache as `audiodl cache ls` and `stat` show it. One thread.

#ifndef AUDIODL_AUDIODL_CACHE_ROW_H_
#define AUDIODL_AUDIODL_CACHE_ROW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "audiodl/operator_cache.h"

namespace audiodl {

struct CacheRow {
  CachedObject object;
  uint64_t size = 0;         // of the audio
  uint64_t filled = 0;       // bytes of it that are here
  std::string state;         // partial, complete, durable, absent; or what is wrong with it
  int64_t pinned_until = 0;  // 0: not pinned

  unsigned percent() const;
  std::string Text() const;  // one line
  std::string Json() const;
};

// What is known and what the file itself says.
CacheRow FindRow(const OperatorCache& cache, const CachedObject& object);

// Those in the index, the longest unused first, and before them what is pinned but not here.
std::vector<CacheRow> FindRows(const OperatorCache& cache);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_ROW_H_
