// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_page.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "common/book/book_markup.h"
#include "common/book/human_text.h"
#include "common/book/markup_writer.h"
#include "common/book/page_frame.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

std::string Encoded(std::string_view text) { return UriEncode(text, Slash::kEncode); }

// A blank line ends a paragraph, as people write them.
void WriteAbout(MarkupWriter& page, const BookView& book) {
  std::string_view rest = book.description;
  if (rest.empty()) return;
  page.Open("div", {{"class", "about"}}).Line();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find("\n\n"), rest.size());
    if (end > 0) {
      WriteForeign(page, "p", std::string(rest.substr(0, end)), book);
      page.Line();
    }
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  page.Close().Line();
}

void WriteHead(MarkupWriter& page, const BookView& book) {
  page.Open("header").Line();
  WriteCover(page, book);
  page.Open("div").Line();
  WriteForeign(page, "h1", book.title, book);
  page.Line();
  WriteBy(page, "by ", book.author, book);
  WriteBy(page, "read by ", book.narrator, book);
  page.Leaf("p", FactsOf(book), {{"class", "facts"}});
  page.Close().Line().Close().Line();
}

std::string PlayPath(const BookView& book, const PartView& part, uint64_t seconds) {
  std::string query = "play=" + Encoded(part.name);
  if (seconds > 0) query += "&t=" + std::to_string(seconds);
  return book.address.PagePath(query) + "#player";
}

void WriteChapters(MarkupWriter& page, const BookView& book, const PartView& part) {
  if (part.chapters.empty()) return;
  page.Leaf("h3", "Chapters").Open("ol", {{"class", "chapters"}}).Line();
  for (const Chapter& chapter : part.chapters) {
    page.Open("li").Open("a", {{"href", PlayPath(book, part, chapter.start_ms / 1000)}});
    WriteForeign(page, "span", chapter.title, book);
    page.Close().Close().Line();
  }
  page.Close().Line();
}

void WritePlayer(MarkupWriter& page, const BookPage& shown) {
  if (shown.playing == nullptr) return;
  const BookView& book = shown.book;
  const PartView& part = *shown.playing;
  std::string source = book.address.PartPath(part.name);
  // https://www.w3.org/TR/media-frags/: where a player without a script begins.
  if (shown.start_seconds > 0) source += "#t=" + std::to_string(shown.start_seconds);
  page.Open("section", {{"id", "player"}, {"aria-labelledby", "player-heading"}}).Line();
  page.Open("h2", {{"id", "player-heading"}}).Text("Listen: ");
  WriteForeign(page, "span", part.title, book);
  page.Close().Line();
  page.Open("audio", {{"controls", ""}, {"preload", "metadata"}, {"src", source}});
  page.Text("This browser plays no audio. ").Leaf("a", "Download the part", {{"href", source}});
  page.Close().Line();
  const size_t at = static_cast<size_t>(&part - book.parts.data());
  if (at + 1 < book.parts.size()) {
    const PartView& next = book.parts[at + 1];
    page.Open("p").Open("a", {{"href", PlayPath(book, next, 0)}}).Text("Next: ");
    WriteForeign(page, "span", next.title, book);
    page.Close().Close().Line();
  }
  WriteChapters(page, book, part);
  page.Close().Line();
}

void WriteZip(MarkupWriter& page, const BookView& book) {
  if (!book.offers_zip) return;
  std::string text = "Download all parts in one file";
  if (const auto size = book.TotalSize()) text += " (zip, " + HumanSize(*size) + ")";
  page.Open("p", {{"class", "whole"}});
  page.Open("a", {{"class", "button"}, {"href", book.address.ZipPath()}});
  page.Text(text).Close().Close().Line();
}

void WriteDownloaded(MarkupWriter& page, const PartView& part) {
  const std::string date = HumanDate(*part.downloaded_at);
  page.Open("span", {{"class", part.is_outdated ? "begun" : "done"}});
  page.Text(part.is_outdated ? "Downloaded on " : "\xE2\x9C\x93 Downloaded on ");
  page.Open("time", {{"datetime", IsoDay(*part.downloaded_at)}}).Text(date).Close();
  if (part.is_outdated) page.Text(", replaced since");
  page.Close();
}

// What is under way says more than what was before it.
void WriteState(MarkupWriter& page, const PartView& part) {
  if (part.delivered_percent) {
    page.Open("span", {{"class", "begun"}});
    page.Text(std::to_string(*part.delivered_percent) + "\xC2\xA0% downloaded, can go on").Close();
  } else if (part.downloaded_at) {
    WriteDownloaded(page, part);
  }
}

void WritePart(MarkupWriter& page, const BookView& book, const PartView& part) {
  page.Open("li").Open("div", {{"class", "part"}});
  page.Open("a", {{"class", "get"}, {"href", book.address.PartPath(part.name)}, {"download", ""}});
  WriteForeign(page, "span", part.title, book);
  page.Close().Text(" ");
  if (const std::string facts = FactsOf(part); !facts.empty()) {
    page.Open("span", {{"class", "facts"}}).Text(facts).Close().Text(" ");
  }
  WriteState(page, part);
  if (part.type.starts_with("audio/")) {
    page.Text(" ").Open("a", {{"class", "play"}, {"href", PlayPath(book, part, 0)}});
    page.Text("Listen").Open("span", {{"class", "unseen"}}).Text(" to " + part.title);
    page.Close().Close();
  }
  page.Close().Close().Line();
}

void WriteParts(MarkupWriter& page, const BookView& book) {
  page.Open("section", {{"aria-labelledby", "parts-heading"}}).Line();
  page.Leaf("h2", "Parts", {{"id", "parts-heading"}});
  page.Leaf("p", "Choose a part to download it.", {{"class", "hint"}});
  page.Open("ol", {{"class", "parts"}}).Line();
  for (const PartView& part : book.parts) WritePart(page, book, part);
  page.Close().Line().Close().Line();
}

void WriteFormat(MarkupWriter& page, const BookPage& shown, BookFormat format, const char* text) {
  const char* signing = shown.signs_links ? "links=signed" : "";
  page.Open("li").Open("a", {{"href", shown.book.address.FormatPath(format, signing)}});
  page.Text(text).Close().Close().Line();
}

void WriteFormats(MarkupWriter& page, const BookPage& book) {
  page.Open("section", {{"aria-labelledby", "more-heading"}}).Line();
  page.Leaf("h2", "Players and download managers", {{"id", "more-heading"}});
  page.Open("ul").Line();
  WriteFormat(page, book, BookFormat::kM3u8, "Playlist (M3U8)");
  WriteFormat(page, book, BookFormat::kXspf, "Playlist (XSPF)");
  WriteFormat(page, book, BookFormat::kMetalink, "All parts with checksums (Metalink)");
  page.Close().Line().Close().Line();
}

void WriteBook(MarkupWriter& page, const BookPage& shown) {
  WriteHead(page, shown.book);
  WriteAbout(page, shown.book);
  WritePlayer(page, shown);
  WriteZip(page, shown.book);
  WriteParts(page, shown.book);
  WriteFormats(page, shown);
  WriteFeedForm(page, shown.book.address.path, shown.feeds);
}

std::string TitleOf(const BookView& book) {
  return book.author.empty() ? book.title : book.title + ", by " + book.author;
}

}  // namespace

std::string RenderBookPage(const BookPage& page) {
  MarkupWriter html;
  OpenPage(html, {TitleOf(page.book),
                  page.css,
                  page.book.address,
                  {BookFormat::kJson, BookFormat::kM3u8, BookFormat::kXspf, BookFormat::kMetalink,
                   BookFormat::kRss}});
  WriteBook(html, page);
  ClosePage(html);
  return html.Take();
}

std::string RenderBookFragment(const BookPage& page) {
  MarkupWriter html;
  html.Open("div", {{"class", "audiodl"}}).Line();
  WriteBook(html, page);
  return html.Close().Line().Take();
}

}  // namespace audiodl
