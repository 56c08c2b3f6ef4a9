// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The folder in memory for objects that find no room in the cache. It is a cache directory like any
// other, with limits of its own: small, and what nobody asks for leaves within seconds. Any thread.

#ifndef AUDIODL_COMMON_FETCH_SPILL_DIR_H_
#define AUDIODL_COMMON_FETCH_SPILL_DIR_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/cache/cache_limits.h"

namespace audiodl {

// Some chunks at once, and no burden to any machine that serves audiobooks.
inline constexpr uint64_t kSpillBytes = uint64_t{256} << 20;
inline constexpr std::chrono::seconds kSpillAge{15};

// Makes the folder, mode 0700. kForbidden: there is something of that name that is not a private
// folder of ours; it must not be used.
Status MakeSpillDir(const std::string& path);

// What a spill may hold.
CacheLimits SpillLimits();

// How much room there is: no more than half of the memory that nobody uses.
Result<DiskSpace> FindSpillSpace(const std::string& dir);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_SPILL_DIR_H_
