// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/markup_writer.h"

#include <cassert>
#include <cstddef>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace audiodl {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// XML 1.0, production 2 [Char]; of what is valid UTF-8 these are not in it.
bool IsNoCharacter(std::string_view character) {
  if (character.size() == 1) {
    const char c = character.front();
    return IsControl(c) && c != '\t' && c != '\n' && c != '\r';
  }
  return character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

void AppendEscaped(std::string_view character, std::string& out) {
  switch (character.front()) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      out += character;
  }
}

}  // namespace

std::string EscapedMarkup(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const std::string_view character = text.substr(0, length == 0 ? 1 : length);
    text.remove_prefix(character.size());
    if (length == 0 || IsNoCharacter(character)) {
      out += kReplacement;
    } else {
      AppendEscaped(character, out);
    }
  }
  return out;
}

void MarkupWriter::Tag(std::string_view name, Attributes attributes, std::string_view end) {
  text_ += '<';
  text_ += name;
  for (const auto& [attribute, value] : attributes) {
    text_ += ' ';
    text_ += attribute;
    text_ += "=\"" + EscapedMarkup(value) + '"';
  }
  text_ += end;
}

MarkupWriter& MarkupWriter::Open(std::string_view name, Attributes attributes) {
  Tag(name, attributes, ">");
  open_.emplace_back(name);
  return *this;
}

MarkupWriter& MarkupWriter::Close() {
  assert(!open_.empty());
  text_ += "</" + open_.back() + ">";
  open_.pop_back();
  return *this;
}

MarkupWriter& MarkupWriter::Text(std::string_view text) {
  text_ += EscapedMarkup(text);
  return *this;
}

MarkupWriter& MarkupWriter::Leaf(std::string_view name, std::string_view text,
                                 Attributes attributes) {
  return Open(name, attributes).Text(text).Close().Line();
}

MarkupWriter& MarkupWriter::Empty(std::string_view name, Attributes attributes) {
  Tag(name, attributes, "/>");
  return Line();
}

MarkupWriter& MarkupWriter::Line() { return Raw("\n"); }

MarkupWriter& MarkupWriter::Raw(std::string_view markup) {
  text_ += markup;
  return *this;
}

std::string MarkupWriter::Take() {
  assert(open_.empty());
  return std::move(text_);
}

}  // namespace audiodl
