// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whether the operator wants no new customers on this server (audiodl drain): a file in the cache
// directory, so that it outlives restarts of httpd and of the machine, and can be set and taken
// back while neither httpd nor its fetcher runs. Any thread of any process.

#ifndef AUDIODL_COMMON_CACHE_DRAIN_FLAG_H_
#define AUDIODL_COMMON_CACHE_DRAIN_FLAG_H_

#include <string>

#include "common/base/status.h"

namespace audiodl {

// One system call.
bool IsDraining(const std::string& cache_dir);

// Ok also where it was so already.
Status SetDraining(const std::string& cache_dir, bool draining);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_DRAIN_FLAG_H_
