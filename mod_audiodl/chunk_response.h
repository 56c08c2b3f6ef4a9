// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The answer to a GET or HEAD for one chunk, by whoever may have it: what of it is wanted, from the
// cache or, through it, from the origin.
//
//   HEAD, If-None-Match, If-Modified-Since: the manifest answers if it knows the object, else the
//   cache or the origin is asked for the object's identity, and no byte is fetched for a 304
//   everything else: the first bytes wanted are waited for, then the rest follows as it arrives

#ifndef AUDIODL_MOD_AUDIODL_CHUNK_RESPONSE_H_
#define AUDIODL_MOD_AUDIODL_CHUNK_RESPONSE_H_

#include <httpd.h>

#include <cstdint>

#include "common/cache/chunk_name.h"

namespace audiodl {

void RegisterChunkResponse(apr_pool_t* pool);

// For a handler to return. `marker` is the listing's. REQUIRES: the virtual host has a store, and
// this process its link to the fetcher; the method is GET or HEAD.
int ServeChunk(request_rec* r, const ChunkName& chunk, int64_t marker);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CHUNK_RESPONSE_H_
