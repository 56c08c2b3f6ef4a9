// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whether a directory may be used as AudioCacheDir. The cache is evicted by unlinking files, and
// holds what customers pay for: so it must be ours alone and out of reach of any web server's
// document tree. Reads the file system and changes nothing. Any thread.
//
//   CacheDirFindings found = CheckCacheDir("/var/cache/audiodl/www", www_data, {{"/var/www",
//   "..."}}); for (const std::string& problem : found.problems) ...

#ifndef AUDIODL_COMMON_CACHE_CACHE_DIR_CHECK_H_
#define AUDIODL_COMMON_CACHE_CACHE_DIR_CHECK_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

// The file that says whose directory this is. Whoever creates a cache in an empty directory writes
// it first.
inline constexpr std::string_view kCacheMarkerName = ".audiodl-cache";
inline constexpr std::string_view kCacheMarkerText = "audiodl cache, format 1\n";

// A tree the cache must neither lie in, nor be, nor contain; `what` names it in messages.
struct ForeignTree {
  std::string path;
  std::string what;  // "the DocumentRoot of www.example.org"
};

struct CacheDirFindings {
  std::vector<std::string> problems;  // each by itself forbids the use
  std::vector<std::string> warnings;  // for the administrator to know
};

// All findings, not only the first; each sentence says what to do. `owner` is the user that the
// cache will be written by.
CacheDirFindings CheckCacheDir(const std::string& path, uid_t owner,
                               const std::vector<ForeignTree>& foreign_trees);

// Writes the marker file where there is none yet. REQUIRES: CheckCacheDir() found no problem.
Status ClaimCacheDir(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_DIR_CHECK_H_
