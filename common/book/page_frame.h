// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What stands around a page of ours: head, style and the answer's policy. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_PAGE_FRAME_H_
#define AUDIODL_COMMON_BOOK_PAGE_FRAME_H_

#include <string>
#include <vector>

#include "common/book/book_format.h"
#include "common/book/book_view.h"
#include "common/book/markup_writer.h"

namespace audiodl {

struct PageHead {
  std::string title;
  std::string css;  // the shop's style sheet, a URL or path; empty: ours
  const BookAddress& address;
  std::vector<BookFormat> alternates;  // in which the same can be had
};

// Up to <main>, and from there on.
void OpenPage(MarkupWriter& page, const PageHead& head);
void ClosePage(MarkupWriter& page);

// The Content-Security-Policy of such a page: nothing but what it is made of.
std::string PagePolicy(const std::string& css, const std::vector<std::string>& covers);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_PAGE_FRAME_H_
