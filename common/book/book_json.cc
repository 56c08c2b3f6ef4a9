// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_json.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include "common/base/dates.h"
#include "common/base/json_text.h"

namespace audiodl {
namespace {

constexpr uint64_t kVersion = 1;

void AddText(JsonObject& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object.Add(name, text);
}

void AddNumber(JsonObject& object, std::string_view name, const std::optional<uint64_t>& number) {
  if (number) object.Add(name, *number);
}

std::string IsoDate(int64_t seconds) {
  return FormatIsoDate(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

std::string ChaptersText(const PartView& part) {
  JsonArray chapters;
  for (const Chapter& chapter : part.chapters) {
    chapters.AddRaw(
        JsonObject().Add("start_ms", chapter.start_ms).Add("title", chapter.title).Text());
  }
  return chapters.Text();
}

std::string PartText(const BookView& book, const PartView& part) {
  JsonObject object;
  object.Add("name", part.name).Add("title", part.title);
  AddNumber(object, "size", part.size);
  AddNumber(object, "duration_ms", part.duration_ms);
  object.Add("type", part.type);
  AddText(object, "sha256", part.sha256);
  object.Add("url", book.address.PartUrl(part.name));
  if (book.shows_downloads) {
    object.Add("downloaded", part.downloaded_at.has_value() && !part.is_outdated);
  }
  if (part.downloaded_at) object.Add("downloaded_at", IsoDate(*part.downloaded_at));
  if (part.is_outdated) object.Add("outdated", true);
  if (part.delivered_percent) object.Add("delivered_percent", uint64_t{*part.delivered_percent});
  if (!part.chapters.empty()) object.AddRaw("chapters", ChaptersText(part));
  return object.Text();
}

// What page and library say of a book alike.
void AddBook(JsonObject& object, const BookView& book) {
  object.Add("book", book.book).Add("title", book.title);
  AddText(object, "author", book.author);
  AddText(object, "narrator", book.narrator);
  AddText(object, "language", book.language);
  AddText(object, "description", book.description);
  AddText(object, "cover", book.cover);
  AddNumber(object, "size", book.TotalSize());
  AddNumber(object, "duration_ms", book.TotalDuration());
  object.Add("url", book.address.PageUrl());
}

std::string FormatsText(const BookView& book) {
  JsonObject formats;
  for (const BookFormat format :
       {BookFormat::kM3u8, BookFormat::kXspf, BookFormat::kMetalink, BookFormat::kRss}) {
    formats.Add(InfoOf(format).name, book.address.FormatUrl(format));
  }
  if (book.offers_zip) formats.Add("zip", book.address.origin + book.address.ZipPath());
  return formats.Text();
}

// Seconds, as JSON writes them: 62.5, and 62 without a fraction.
std::string SecondsText(uint64_t milliseconds) {
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 == 0) return text;
  char fraction[8];
  (void)std::snprintf(fraction, sizeof fraction, ".%03u",
                      static_cast<unsigned>(milliseconds % 1000));
  return text + fraction;
}

}  // namespace

std::string RenderBookJson(const BookView& book) {
  JsonObject object;
  object.Add("audiodl", kVersion);
  AddBook(object, book);
  object.AddRaw("formats", FormatsText(book));
  JsonArray parts;
  for (const PartView& part : book.parts) parts.AddRaw(PartText(book, part));
  object.AddRaw("parts", parts.Text());
  return object.Text() + "\n";
}

std::string RenderLibraryJson(const LibraryView& library) {
  JsonArray books;
  for (const BookView& book : library.books) {
    JsonObject object;
    AddBook(object, book);
    object.Add("parts", static_cast<uint64_t>(book.parts.size()));
    books.AddRaw(object.Text());
  }
  return JsonObject()
             .Add("audiodl", kVersion)
             .Add("url", library.address.PageUrl())
             .AddRaw("books", books.Text())
             .Text() +
         "\n";
}

std::string RenderChaptersJson(const PartView& part) {
  JsonArray chapters;
  for (const Chapter& chapter : part.chapters) {
    chapters.AddRaw(JsonObject()
                        .AddRaw("startTime", SecondsText(chapter.start_ms))
                        .Add("title", chapter.title)
                        .Text());
  }
  return JsonObject().Add("version", "1.2.0").AddRaw("chapters", chapters.Text()).Text() + "\n";
}

}  // namespace audiodl
