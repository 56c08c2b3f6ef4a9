// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book as one request finds it: its manifest and what of it is for sale, read once, so that what
// was authorized is what is sent, whatever happens to the listing meanwhile.

#ifndef AUDIODL_MOD_AUDIODL_LISTED_BOOK_H_
#define AUDIODL_MOD_AUDIODL_LISTED_BOOK_H_

#include <httpd.h>

#include <memory>
#include <vector>

#include "common/base/status.h"
#include "common/book/book_parts.h"
#include "common/book/manifest.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

struct ListedBook {
  std::shared_ptr<const Manifest> manifest;  // null: there is none, or none that can be read
  std::vector<BookPart> parts;               // in the book's order; none where status is not ok
  Status status;                             // as FindBookParts() has it
};

// Of the book that the request names; it lives as long as r->pool. REQUIRES: book.IsBook(), and it
// is the one in r->uri; the virtual host has an AudioListing.
const ListedBook& ListedBookOf(request_rec* r, const ChunkName& book);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_LISTED_BOOK_H_
