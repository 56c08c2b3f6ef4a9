// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_view.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "common/base/text.h"
#include "common/book/download_name.h"
#include "common/cache/media_type.h"
#include "common/http/file_name.h"
#include "common/s3/uri.h"

namespace audiodl {
namespace {

constexpr int64_t kLastDate = 253'402'300'799;  // of the year 9999

std::string WithoutEnding(const std::string& name) {
  const size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

// As BCP 47 writes them; what is none would make a page or a feed invalid.
bool IsLanguage(std::string_view text) {
  return text.size() >= 2 && text.size() <= 35 && IsAlnum(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlnum(c) || c == '-'; });
}

// A clock gone wrong must not make a feed invalid.
int64_t AsDate(int64_t seconds) { return std::clamp<int64_t>(seconds, 0, kLastDate); }

std::string LastSegment(std::string_view book) {
  return std::string(book.substr(book.rfind('/') + 1));  // of npos + 1 too
}

PartView PartOf(const BookPart& part, const Manifest* manifest) {
  const ManifestChunk unknown;
  const ManifestChunk& details = part.details != nullptr ? *part.details : unknown;
  PartView view;
  view.name = part.name;
  view.title = details.title.empty() ? WithoutEnding(part.name) : details.title;
  const bool known = manifest != nullptr && part.details != nullptr;
  view.file_name = SafeFileName(known ? DownloadName(*manifest, *part.details) : part.name);
  view.size = details.size;
  view.duration_ms = details.duration_ms;
  view.type = MediaTypeOf(part.name, details.type);
  view.etag = details.etag;
  view.sha256 = details.sha256;
  view.chapters = details.chapters;
  size_t number = 0;
  for (Chapter& chapter : view.chapters) {
    ++number;
    if (chapter.title.empty()) chapter.title = "Chapter " + std::to_string(number);
  }
  return view;
}

template <typename Member>
std::optional<uint64_t> Total(const std::vector<PartView>& parts, Member member) {
  uint64_t total = 0;
  for (const PartView& part : parts) {
    if (!(part.*member)) return std::nullopt;
    total += *(part.*member);
  }
  return total;
}

std::string WithQuery(std::string path, std::string_view query) {
  if (query.empty()) return path;
  return std::move(path) + "?" + std::string(query);
}

std::string Joined(std::string_view a, std::string_view b) {
  return std::string(a) + (a.empty() || b.empty() ? "" : "&") + std::string(b);
}

}  // namespace

std::string BookAddress::PartPath(std::string_view name) const {
  return WithQuery(path + UriEncode(name, Slash::kEncode), link);
}

std::string BookAddress::PartUrlOn(const std::string& mirror, std::string_view name) const {
  return mirror + PartPath(name).substr(prefix.size());
}

std::string BookAddress::FormatPath(BookFormat format, std::string_view more) const {
  const std::string kind = "format=" + std::string(InfoOf(format).name);
  return WithQuery(path, Joined(Joined(kind, more), link));
}

std::string BookAddress::PagePath(std::string_view more) const {
  return WithQuery(path, Joined(more, link));
}

std::optional<uint64_t> BookView::TotalSize() const { return Total(parts, &PartView::size); }

std::optional<uint64_t> BookView::TotalDuration() const {
  return Total(parts, &PartView::duration_ms);
}

void KeepApart(std::vector<BookView>& books) {
  std::vector<BookView*> by_time;
  by_time.reserve(books.size());
  for (BookView& book : books) by_time.push_back(&book);
  std::stable_sort(by_time.begin(), by_time.end(), [](const BookView* a, const BookView* b) {
    return a->published_at < b->published_at;
  });
  int64_t free_from = std::numeric_limits<int64_t>::min();
  for (BookView* book : by_time) {
    book->published_at = std::max(book->published_at, free_from);
    free_from = book->published_at + static_cast<int64_t>(book->parts.size());
  }
}

BookView ViewOf(std::string_view book, const std::vector<BookPart>& parts,
                const Manifest* manifest) {
  BookView view;
  view.book = book;
  if (manifest != nullptr) {
    view.title = manifest->title;
    view.author = manifest->author;
    view.narrator = manifest->narrator;
    if (IsLanguage(manifest->language)) view.language = manifest->language;
    view.description = manifest->description;
    view.cover = manifest->cover;
  }
  if (view.title.empty()) view.title = LastSegment(book);
  view.published_at = parts.empty() ? 0 : AsDate(parts.front().published_at);
  if (manifest != nullptr && manifest->released) view.published_at = *manifest->released;
  view.parts.reserve(parts.size());
  for (const BookPart& part : parts) view.parts.push_back(PartOf(part, manifest));
  return view;
}

}  // namespace audiodl
