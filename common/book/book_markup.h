// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the pages of a book and of the library write alike. Pure; any thread.

#ifndef AUDIODL_COMMON_BOOK_BOOK_MARKUP_H_
#define AUDIODL_COMMON_BOOK_BOOK_MARKUP_H_

#include <string>

#include "common/book/book_view.h"
#include "common/book/markup_writer.h"

namespace audiodl {

// <element>text</element>, in the book's own language, which need not be the page's.
void WriteForeign(MarkupWriter& page, const char* element, const std::string& text,
                  const BookView& book);

// "by Frank Herbert"; nothing for an empty name.
void WriteBy(MarkupWriter& page, const char* before, const std::string& name, const BookView& book);

void WriteCover(MarkupWriter& page, const BookView& book);

// "12 parts, 8 h 31 min, 350.2 MB": what is known of them, with a dot between.
std::string FactsOf(const BookView& book);
std::string FactsOf(const PartView& part);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_BOOK_MARKUP_H_
