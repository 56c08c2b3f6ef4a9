// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Damaged cache files, set aside to be looked at: AudioCacheDir/quarantine/, under names that
// people can read. Only the newest few are kept. Any thread.

#ifndef AUDIODL_COMMON_CACHE_QUARANTINE_H_
#define AUDIODL_COMMON_CACHE_QUARANTINE_H_

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/cache_walk.h"

namespace audiodl {

inline constexpr size_t kMaxQuarantined = 8;

// Where a file would go that is set aside now: makes the folder, and makes place in it. The name is
// "20260131T235959Z block-17-damaged prod_dune_01.mp3 0123456789abcdef".
Result<std::string> QuarantinePath(const std::string& dir, const CachedObject& object,
                                   std::string_view reason, int64_t now);

// Calls `visit` with each file that is set aside.
void VisitQuarantine(const std::string& dir, const CacheWalk::Visitor& visit);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_QUARANTINE_H_
