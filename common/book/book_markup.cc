// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_markup.h"

#include <cstddef>
#include <string_view>

#include "common/book/human_text.h"

namespace audiodl {
namespace {

constexpr std::string_view kDot = " \xC2\xB7 ";

std::string Counted(size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

void WriteForeign(MarkupWriter& page, const char* element, const std::string& text,
                  const BookView& book) {
  if (book.language.empty()) {
    page.Open(element);
  } else {
    page.Open(element, {{"lang", book.language}});
  }
  page.Text(text).Close();
}

void WriteBy(MarkupWriter& page, const char* before, const std::string& name,
             const BookView& book) {
  if (name.empty()) return;
  page.Open("p", {{"class", "by"}}).Text(before);
  WriteForeign(page, "span", name, book);
  page.Close().Line();
}

void WriteCover(MarkupWriter& page, const BookView& book) {
  // Its title stands beside it, so there is nothing to read out.
  if (!book.cover.empty())
    page.Empty("img", {{"class", "cover"}, {"src", book.cover}, {"alt", ""}});
}

std::string FactsOf(const BookView& book) {
  std::string facts = Counted(book.parts.size(), "part", "parts");
  if (const auto duration = book.TotalDuration()) facts.append(kDot) += HumanDuration(*duration);
  if (const auto size = book.TotalSize()) facts.append(kDot) += HumanSize(*size);
  return facts;
}

std::string FactsOf(const PartView& part) {
  std::string facts;
  if (part.duration_ms) facts = HumanDuration(*part.duration_ms);
  if (part.size) facts += (facts.empty() ? "" : std::string(kDot)) + HumanSize(*part.size);
  return facts;
}

}  // namespace audiodl
