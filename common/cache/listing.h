// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The listing: a tree of zero-length files, one per chunk, that says what is for sale. Any thread.

#ifndef AUDIODL_COMMON_CACHE_LISTING_H_
#define AUDIODL_COMMON_CACHE_LISTING_H_

#include <cstdint>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// The modification time, in Unix nanoseconds, of the chunk's marker below `listing`: one stat().
// kNotFound: not listed (no such file, a folder, or a file that is not empty, so no marker).
// kIo: the listing cannot be read; the text says what to do.
Result<int64_t> FindMarker(std::string_view listing, const ChunkName& chunk);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_LISTING_H_
