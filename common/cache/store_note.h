// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the operator's command must know of the configuration, also while httpd is stopped: the
// fetcher leaves it as AudioCacheDir/.audiodl-store when it starts. One JSON object, for people to
// read as well:
//
//   {"format":1,"stores":[{"origin":"s3://books","key_prefix":"prod/","listing":"/var/www/listing",
//    "max_size":42949672960,"min_free_bytes":0,"min_free_permille":50,"max_age":86400,
//    "spill_dir":"/dev/shm/audiodl-0123456789abcdef"}]}
//
// A limit that is not set has no member. No secret stands in it. Any thread.

#ifndef AUDIODL_COMMON_CACHE_STORE_NOTE_H_
#define AUDIODL_COMMON_CACHE_STORE_NOTE_H_

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/cache/cache_limits.h"
#include "common/cache/withdrawals.h"

namespace audiodl {

struct NotedStore {
  ListedStore listed;
  CacheLimits limits;
  std::string spill_dir;
};

// Replaces the note in `dir`, which names every store that shares the directory.
Status WriteStoreNote(const std::string& dir, const std::vector<NotedStore>& stores);

// kNotFound: no fetcher has run here yet. kInvalid: it is no note of this version.
Result<std::vector<NotedStore>> ReadStoreNote(const std::string& dir);

// What holds for the directory that they share.
CacheLimits LimitsOf(const std::vector<NotedStore>& stores);
std::vector<ListedStore> ListedOf(const std::vector<NotedStore>& stores);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_STORE_NOTE_H_
