// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a chunk is called when it is saved. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_
#define AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_

#include <string>
#include <string_view>

#include "common/book/manifest.h"

namespace audiodl {

// From the manifest's titles, with the chunk's place in the book and the file name's own ending:
// "Dune - 01 - Book One.mp3", "Dune - 01.mp3" where the chunk has no title, "Dune.mp3" where it is
// the only one, "01 - Book One.mp3" where the book has none. Without titles, without a manifest
// (null), or where it does not name the chunk, the file name as it is. Not yet safe for a file
// system: see SafeFileName().
std::string DownloadName(const Manifest* manifest, std::string_view chunk);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_
