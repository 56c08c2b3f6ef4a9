// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a chunk is called when it is saved. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_
#define AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_

#include <string>

#include "common/book/manifest.h"

namespace audiodl {

// From the manifest's titles, with the chunk's place in the book and the file name's own ending:
// "Dune - 01 - Book One.mp3", "Dune - 01.mp3" where the chunk has no title, "Dune.mp3" where it is
// the only one, "01 - Book One.mp3" where the book has none; without titles the file name as it is.
// Not yet safe for a file system: see SafeFileName(). REQUIRES: `chunk` is one of manifest.chunks.
std::string DownloadName(const Manifest& manifest, const ManifestChunk& chunk);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_DOWNLOAD_NAME_H_
