// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What of a book is for sale: its markers in the listing, in the book's order, each with what the
// manifest says about it. Reads one folder of the listing; never asks the origin. Any thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_PARTS_H_
#define AUDIODL_COMMON_BOOK_BOOK_PARTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/book/manifest.h"

namespace audiodl {

struct BookPart {
  std::string name;                        // the marker's; with the book's name the chunk's path
  const ManifestChunk* details = nullptr;  // null: no manifest, or none for this one
  int64_t published_at = 0;                // the marker's time, seconds since 1970
};

// `manifest` may be null, must live as long as the parts are used, and gives the order; markers
// that it does not name follow in natural order. Names that no URL could ask for (ChunkName::Parse)
// are left out. kNotFound: no such folder, or nothing for sale in it. kIo: it cannot be read.
Result<std::vector<BookPart>> FindBookParts(std::string_view listing, std::string_view book,
                                            const Manifest* manifest);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_PARTS_H_
