// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Takes a cache file away. Any thread.

#ifndef AUDIODL_COMMON_CACHE_FILE_REMOVAL_H_
#define AUDIODL_COMMON_CACHE_FILE_REMOVAL_H_

#include <string>

#include "common/base/status.h"

namespace audiodl {

// Unlinks a cache file of ours, of any format and state. Who has it open finishes with its bytes;
// one that is not complete is marked abandoned first, so that nobody waits for the rest of it, and
// a fill of it ends in a file without a name. Ok also where it was gone. kCorrupt: it is none of
// ours, and stays.
Status RemoveCacheFile(const std::string& path);

// The same, but it is moved to `target`, to be looked at.
Status MoveCacheFile(const std::string& path, const std::string& target);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_FILE_REMOVAL_H_
