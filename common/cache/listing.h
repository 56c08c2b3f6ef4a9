// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The listing: a tree of zero-length files, one per chunk, that says what is for sale. Any thread.

#ifndef AUDIODL_COMMON_CACHE_LISTING_H_
#define AUDIODL_COMMON_CACHE_LISTING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/chunk_name.h"

namespace audiodl {

// The modification time, in Unix nanoseconds, of the chunk's marker below `listing`: one stat().
// kNotFound: not listed (no such file, a folder, or a file that is not empty, so no marker).
// kIo: the listing cannot be read; the text says what to do.
Result<int64_t> FindMarker(std::string_view listing, const ChunkName& chunk);

// Whether there is anything in the listing: kNotFound where there is not, kIo where it cannot be
// read. A few system calls, however large it is.
Status CheckListed(const std::string& listing);

// One of the chunks that are listed, whichever: the one that is found after `skip` others, or the
// last. Looks at a few thousand names at most. kNotFound: it has found none.
Result<std::string> FindSomeChunk(const std::string& listing, size_t skip);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_LISTING_H_
