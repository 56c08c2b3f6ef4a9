// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The page that lists all books of a customer. As book_page.h. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_LIBRARY_PAGE_H_
#define AUDIODL_COMMON_BOOK_LIBRARY_PAGE_H_

#include <string>

#include "common/book/book_view.h"
#include "common/book/feed_form.h"

namespace audiodl {

struct LibraryPage {
  const LibraryView& library;
  std::string css;  // as PageHead
  DeviceFeeds feeds = {};
};

std::string RenderLibraryPage(const LibraryPage& page);

// What would stand in <main>, to be put into a page of the shop's: one <div>.
std::string RenderLibraryFragment(const LibraryPage& page);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_LIBRARY_PAGE_H_
