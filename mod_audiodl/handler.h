// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SetHandler audiodl: sends one chunk, from the cache or while it is being filled; for an address
// that ends in a slash a page (book_handler.h, library_handler.h). Authorization has been decided
// by then, in httpd's own phases.

#ifndef AUDIODL_MOD_AUDIODL_HANDLER_H_
#define AUDIODL_MOD_AUDIODL_HANDLER_H_

#include <apr_pools.h>

namespace audiodl {

void RegisterHandler(apr_pool_t* pool);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_HANDLER_H_
