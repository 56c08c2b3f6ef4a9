// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The page on which a customer finds the parts of a book. It needs no script, works in a screen
// reader, on a phone and on paper, and follows the reader's choice of light or dark. Pure; any
// thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_PAGE_H_
#define AUDIODL_COMMON_BOOK_BOOK_PAGE_H_

#include <cstdint>
#include <string>

#include "common/book/book_view.h"
#include "common/book/feed_form.h"

namespace audiodl {

struct BookPage {
  const BookView& book;
  std::string css;                    // as PageHead
  const PartView* playing = nullptr;  // one of the book's; null: none
  uint64_t start_seconds = 0;
  bool signs_links = false;  // whether playlists can be had for players without the cookie
  DeviceFeeds feeds = {};
};

std::string RenderBookPage(const BookPage& page);

// What would stand in <main>, to be put into a page of the shop's: one <div>.
std::string RenderBookFragment(const BookPage& page);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_PAGE_H_
