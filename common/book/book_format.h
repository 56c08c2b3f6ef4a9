// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The forms in which a book can be asked for: ?format=rss and so on. Immutable; any thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_FORMAT_H_
#define AUDIODL_COMMON_BOOK_BOOK_FORMAT_H_

#include <string_view>

namespace audiodl {

enum class BookFormat : unsigned char {
  kHtml,
  kFragment,  // the page's inside alone, for a page of the shop's
  kJson,
  kM3u8,
  kXspf,
  kCue,
  kMetalink,
  kRss,
  kChapters,  // of one part, as podcast apps read them
};

struct BookFormatInfo {
  BookFormat format;
  bool of_library;        // also of all books of a customer
  std::string_view name;  // in the query
  std::string_view type;  // of media
  std::string_view file;  // what stands behind the title where it is saved; empty: it is shown
};

const BookFormatInfo& InfoOf(BookFormat format);

// Null for any other text.
const BookFormatInfo* FindBookFormat(std::string_view name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_FORMAT_H_
