// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The addresses that stand in pages, feeds and playlists, and the signed links among them.
//
// Whoever came by a signed link goes on by it. Who came by a session may have links made (a
// playlist's with links=signed, a feed's for a device), but only where session and right were seen
// a moment ago: a download that merely goes on after its session ended makes no link that outlives
// it.

#ifndef AUDIODL_MOD_AUDIODL_BOOK_LINKS_H_
#define AUDIODL_MOD_AUDIODL_BOOK_LINKS_H_

#include <httpd.h>

#include <chrono>
#include <string>

#include "common/book/book_view.h"
#include "common/book/feed_form.h"
#include "common/book/page_request.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// The customer of the session, or of the link that let the request in. Null where a free title's
// window or another provider did.
const char* AskingCustomer(request_rec* r);

// Whether links may be made for who asks.
bool MayMakeLinks(request_rec* r);

// What the request asked for, as an address. `link` of it is the one that let the request in, or
// where signed links are wanted and may be made a new one.
BookAddress AddressOf(request_rec* r, const ChunkName& name, const PageRequest& asked);

// The same of one book in an answer about all.
BookAddress AddressInLibrary(request_rec* r, const BookAddress& library, const std::string& book,
                             const PageRequest& asked);

// The feeds of the device that was asked for, of `name` and of the library.
DeviceFeeds FeedsFor(request_rec* r, const ChunkName& name, const PageRequest& asked);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_BOOK_LINKS_H_
