// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// When a customer downloaded which chunks of a book, each to its end. A value; any thread.

#ifndef AUDIODL_COMMON_BOOK_DOWNLOADS_H_
#define AUDIODL_COMMON_BOOK_DOWNLOADS_H_

#include <cstdint>
#include <string>
#include <unordered_map>

#include "common/book/book_view.h"

namespace audiodl {

struct Downloads {
  std::unordered_map<std::string, int64_t> completed_at;  // by chunk, seconds since 1970; the first

  // A time before 1970 or beyond the year 9999 is none of a download.
  void Add(const std::string& chunk, int64_t seconds);

  // Into the parts of the book.
  void Mark(BookView& book) const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_DOWNLOADS_H_
