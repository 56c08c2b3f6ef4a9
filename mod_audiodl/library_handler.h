// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What is sent for the address of all books: the list of those that are the customer's by
// AudioBooksQuery and for sale, as a page, in JSON, or as their feed.

#ifndef AUDIODL_MOD_AUDIODL_LIBRARY_HANDLER_H_
#define AUDIODL_MOD_AUDIODL_LIBRARY_HANDLER_H_

#include <httpd.h>

#include "common/book/page_request.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// REQUIRES: name.IsLibrary(), and the request was let in. Returns what a handler returns.
int ServeLibrary(request_rec* r, const ChunkName& name, const PageRequest& asked);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LIBRARY_HANDLER_H_
