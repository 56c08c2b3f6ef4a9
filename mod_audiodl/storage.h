// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Keeps httpd from looking for our requests in its document tree: no directory walk, no stat, no
// search for .htaccess on the way to a chunk.

#ifndef AUDIODL_MOD_AUDIODL_STORAGE_H_
#define AUDIODL_MOD_AUDIODL_STORAGE_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterStorage(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_STORAGE_H_
