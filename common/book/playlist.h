// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book as a playlist, or as a list for a download manager, each in one text. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_PLAYLIST_H_
#define AUDIODL_COMMON_BOOK_PLAYLIST_H_

#include <optional>
#include <string>

#include "common/book/book_view.h"

namespace audiodl {

// Extended M3U in UTF-8, with absolute URLs: https://en.wikipedia.org/wiki/M3U
std::string RenderM3u8(const BookView& book);

// XSPF 1: https://www.xspf.org/spec
std::string RenderXspf(const BookView& book);

// A cue sheet beside the parts as they were downloaded, each part and each chapter in it a track.
// None where that would be more than the 99 tracks that the format has numbers for.
std::optional<std::string> RenderCue(const BookView& book);

// Metalink 4 (RFC 5854): sizes, digests and URLs, on this server and on its mirrors, of all parts,
// in a folder called as the book is.
std::string RenderMetalink(const BookView& book);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PLAYLIST_H_
