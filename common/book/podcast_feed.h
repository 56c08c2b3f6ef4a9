// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A book, or all books of a customer, as a private podcast: RSS 2.0 with the elements of Apple's
// and the Podcasting 2.0 namespaces that audiobook listeners profit from. What apps are particular
// about:
//
// - an episode's identity never changes, whatever device, link or server asks, so nothing is
// fetched
//   twice and no position is lost;
// - episodes are a second apart in time, in the book's order: apps sort by it;
// - addresses are ASCII and end as the chunk's name does, before their query;
// - no directory is to list the feed: itunes:block, and noindex in a header of the answer.
//
// https://www.rssboard.org/rss-specification,
// https://podcasters.apple.com/support/823-podcast-requirements,
// https://podcastindex.org/namespace/1.0. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_PODCAST_FEED_H_
#define AUDIODL_COMMON_BOOK_PODCAST_FEED_H_

#include <string>

#include "common/book/book_view.h"

namespace audiodl {

std::string RenderBookFeed(const BookView& book);

// Each book is a season of it.
std::string RenderLibraryFeed(const LibraryView& library);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PODCAST_FEED_H_
