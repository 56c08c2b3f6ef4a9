// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The zip of a whole book: what its manifest must say for that, and what the files in it are
// called. Pure; any thread.
//
//   Dune/01 - Book One.mp3
//   Dune/02 - Book Two.mp3

#ifndef AUDIODL_COMMON_ZIP_BOOK_ZIP_H_
#define AUDIODL_COMMON_ZIP_BOOK_ZIP_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/book/book_parts.h"
#include "common/zip/zip_layout.h"

namespace audiodl {

struct BookZip {
  ZipLayout layout;                      // one entry for each part, in the book's order
  std::optional<int64_t> last_modified;  // of the part that was modified last
};

// The book's title, or else the last part of its name in the listing, as files are called.
std::string BookFileName(std::string_view book, const Manifest* manifest);

// Whether the manifest says what a zip needs. kNotFound: there is none (null), or it does not say
// the size, entity tag and CRC-32 of every part; the text names the part and what to do.
Status CheckBookZip(const Manifest* manifest, const std::vector<BookPart>& parts);

// Errors of CheckBookZip(), or kInvalid: what the manifest says cannot be.
Result<BookZip> MakeBookZip(std::string_view book, const Manifest* manifest,
                            const std::vector<BookPart>& parts);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ZIP_BOOK_ZIP_H_
