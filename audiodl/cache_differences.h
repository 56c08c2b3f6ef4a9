// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The third side of `audiodl fsck`: what a cache holds, against the listing and the bucket. One
// thread.

#ifndef AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_
#define AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "audiodl/operator_cache.h"
#include "common/base/status.h"
#include "common/cache/object_id.h"
#include "common/s3/origin.h"
#include "common/stock/difference.h"
#include "common/stock/drop_guard.h"

namespace audiodl {

struct CacheDifference {
  Difference difference;
  ObjectId id;
  bool was_withdrawn = false;  // of kCachedUnlisted: that is why

  // Not for sale, and nobody noted why: so does all look where the listing's disk is not mounted.
  bool IsUnexplained() const {
    return difference.kind == Difference::Kind::kCachedUnlisted && !was_withdrawn;
  }
};

struct CacheFindings {
  std::vector<CacheDifference> differences;
  size_t copies = 0;  // of the objects of that origin
};

// Of the objects of that origin; others in the same cache are passed over. `facts` may be older
// than the listing. kIo: a part of the cache cannot be read.
Result<CacheFindings> FindCacheDifferences(const OperatorCache& cache, const Origin& origin,
                                           const std::string& listing, const StockFacts& facts);

// kChanged where more than the share of the copies would go unexplained.
Status CheckUnexplained(const CacheFindings& findings, const DropGuard& guard,
                        const std::string& dir);

// Whether the chunk of an unexplained copy has been listed since.
bool IsListedBy(const std::string& listing, const CacheDifference& difference);

// Takes the copy away: who asks next gets what the bucket has.
Status RepairCache(OperatorCache& cache, const CacheDifference& difference);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CACHE_DIFFERENCES_H_
