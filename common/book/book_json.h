// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Books in JSON, for the shop's own pages and for podcast apps. conf/audiodl-page.schema.json
// describes what it looks like. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_JSON_H_
#define AUDIODL_COMMON_BOOK_BOOK_JSON_H_

#include <string>

#include "common/book/book_view.h"

namespace audiodl {

std::string RenderBookJson(const BookView& book);

// Of each book what it is, without its parts.
std::string RenderLibraryJson(const LibraryView& library);

// The chapters of one part, as podcast:chapters has them: https://github.com/Podcastindex-org/
// podcast-namespace/blob/main/docs/examples/chapters/jsonChapters.md
std::string RenderChaptersJson(const PartView& part);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_JSON_H_
