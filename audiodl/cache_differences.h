// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The third side of `audiodl fsck`: what a cache holds, against the listing and the bucket. One
// thread.

#ifndef AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_
#define AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_

#include <vector>

#include "audiodl/operator_cache.h"
#include "common/base/status.h"
#include "common/cache/object_id.h"
#include "common/s3/origin.h"
#include "common/stock/difference.h"

namespace audiodl {

struct CacheDifference {
  Difference difference;
  ObjectId id;
};

// Of the objects of that origin; others in the same cache are passed over. kIo: a part of the cache
// cannot be read.
Result<std::vector<CacheDifference>> FindCacheDifferences(const OperatorCache& cache,
                                                          const Origin& origin,
                                                          const StockFacts& facts);

// Takes the copy away: who asks next gets what the bucket has.
Status RepairCache(OperatorCache& cache, const CacheDifference& difference);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_
