// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/library_page.h"

#include "common/book/book_markup.h"
#include "common/book/markup_writer.h"
#include "common/book/page_frame.h"

namespace audiodl {
namespace {

constexpr char kTitle[] = "My audiobooks";

void WriteBook(MarkupWriter& page, const BookView& book) {
  page.Open("li").Line();
  WriteCover(page, book);
  page.Open("div").Open("h2").Open("a", {{"href", book.address.PagePath()}});
  WriteForeign(page, "span", book.title, book);
  page.Close().Close().Line();
  WriteBy(page, "by ", book.author, book);
  page.Leaf("p", FactsOf(book), {{"class", "facts"}});
  page.Close().Close().Line();
}

void WriteBooks(MarkupWriter& page, const LibraryView& library) {
  if (library.books.empty()) {
    page.Leaf("p", "There are no books here yet.");
    return;
  }
  // Without its marks a list is none to some readers, unless it says so.
  page.Open("ul", {{"class", "books"}, {"role", "list"}}).Line();
  for (const BookView& book : library.books) WriteBook(page, book);
  page.Close().Line();
}

void WriteLibrary(MarkupWriter& page, const LibraryPage& shown) {
  page.Leaf("h1", kTitle);
  WriteBooks(page, shown.library);
  WriteFeedForm(page, shown.library.address.path, shown.feeds);
}

}  // namespace

std::string RenderLibraryPage(const LibraryPage& page) {
  MarkupWriter html;
  OpenPage(html, {kTitle, page.css, page.library.address, {BookFormat::kJson, BookFormat::kRss}});
  WriteLibrary(html, page);
  ClosePage(html);
  return html.Take();
}

std::string RenderLibraryFragment(const LibraryPage& page) {
  MarkupWriter html;
  html.Open("div", {{"class", "audiodl"}}).Line();
  WriteLibrary(html, page);
  return html.Close().Line().Take();
}

}  // namespace audiodl
