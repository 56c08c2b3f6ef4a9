// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Writes HTML and XML so that no text can become markup: elements are opened and closed by name,
// and all that stands in them is escaped on its way.
//
//   MarkupWriter page;
//   page.Open("p", {{"class", "by"}}).Text("Tom & Jerry").Close();
//   page.Take()  // <p class="by">Tom &amp; Jerry</p>
//
// What is written is well-formed XML, with the closing slash that HTML allows where XML wants it.
// One thread at a time.

#ifndef AUDIODL_COMMON_BOOK_MARKUP_WRITER_H_
#define AUDIODL_COMMON_BOOK_MARKUP_WRITER_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audiodl {

// `text` for the inside of an element or of an attribute in double quotes, of HTML and of XML 1.0
// alike. What is no character of XML (control characters, bytes that are not UTF-8) becomes U+FFFD.
std::string EscapedMarkup(std::string_view text);

class MarkupWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Names of elements and attributes are ours, never data.
  MarkupWriter& Open(std::string_view name, Attributes attributes = {});
  // The element that was opened last. REQUIRES: there is one.
  MarkupWriter& Close();
  MarkupWriter& Text(std::string_view text);

  // <name>text</name>, on a line of its own.
  MarkupWriter& Leaf(std::string_view name, std::string_view text, Attributes attributes = {});
  // <name/>, on a line of its own.
  MarkupWriter& Empty(std::string_view name, Attributes attributes = {});
  // For what looks the same to every reader: a line's end.
  MarkupWriter& Line();

  // As it is: document types and style sheets of ours.
  MarkupWriter& Raw(std::string_view markup);

  // All that was written. REQUIRES: every element was closed. The writer is empty after it.
  std::string Take();

 private:
  void Tag(std::string_view name, Attributes attributes, std::string_view end);

  std::string text_;
  std::vector<std::string> open_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BOOK_MARKUP_WRITER_H_
