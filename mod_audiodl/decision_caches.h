// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The decision caches of a configuration, from `apachectl -t` to the next restart, over which what
// lies in shared memory is carried.

#ifndef AUDIODL_MOD_AUDIODL_DECISION_CACHES_H_
#define AUDIODL_MOD_AUDIODL_DECISION_CACHES_H_

#include <apr_pools.h>

namespace audiodl {

// AudioDecisionCache none
inline constexpr char kNoDecisionCache[] = "none";

void RegisterDecisionCaches(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_DECISION_CACHES_H_
