// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// GET /download/BOOK/?format=zip: the whole book as one file, of the length that is said
// beforehand, and from any byte on. Its headers are made here, its contents come from the cache, or
// from the origin as for chunks: nothing is written to a disk for it, and nothing is kept.
//
// The manifest says what a zip must say before its contents: sizes and CRC-32s. Where it does not,
// the answer is 404 no-zip; where what it says is not what there is, 503 manifest-outdated, or a
// broken connection once the download has begun. So whatever arrives whole is right.
//
// Every server with the same manifest and listing makes the same bytes and the same entity tag, so
// a download goes on at any of them. A book of one part is no zip: the client is sent to the part.

#ifndef AUDIODL_MOD_AUDIODL_ZIP_HANDLER_H_
#define AUDIODL_MOD_AUDIODL_ZIP_HANDLER_H_

#include <httpd.h>

#include "common/cache/chunk_name.h"

namespace audiodl {

// Whether the query says format=zip.
bool AsksForZip(const request_rec* r);

// REQUIRES: name.IsBook(), and the request was let in; the method is GET or HEAD. Returns what a
// handler returns.
int ServeZip(request_rec* r, const ChunkName& name);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_ZIP_HANDLER_H_
