// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Counts the responses of SetHandler audiodl that are under way, until their last byte has been
// handed to the network, and while somebody watches (audiodl drain) how many bytes they have left.

#ifndef AUDIODL_MOD_AUDIODL_UNDERWAY_H_
#define AUDIODL_MOD_AUDIODL_UNDERWAY_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterUnderway(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_UNDERWAY_H_
