// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What is sent for BOOK/: the book's page, or one of its other forms (common/book/book_format.h).
// Made of the listing and the manifest; the origin is never asked.

#ifndef AUDIODL_MOD_AUDIODL_BOOK_HANDLER_H_
#define AUDIODL_MOD_AUDIODL_BOOK_HANDLER_H_

#include <httpd.h>

#include "common/book/page_request.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// REQUIRES: name.IsBook(), and the request was let in. Returns what a handler returns.
int ServeBook(request_rec* r, const ChunkName& name, const PageRequest& asked);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_BOOK_HANDLER_H_
