// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/withdrawn_list.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/dates.h"
#include "common/base/file_io.h"
#include "common/base/file_time.h"
#include "common/book/manifest.h"
#include "common/cache/chunk_name.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = size_t{256} << 20;
constexpr size_t kDateBytes = 20;  // "2026-11-27T06:00:00Z"
constexpr int64_t kSecond = 1000000000;

std::string PathIn(const std::string& listing) { return listing + "/" + WithdrawnList::kFileName; }

bool TakeLine(std::string_view line, std::map<std::string, int64_t>& times) {
  if (line.size() <= kDateBytes + 1 || line[kDateBytes] != ' ') return false;
  const auto time = ParseIsoDate(line.substr(0, kDateBytes));
  const auto chunk = ChunkName::Parse(line.substr(kDateBytes + 1));
  if (!time.ok() || !chunk.ok()) return false;
  times[chunk->path] = time->time_since_epoch().count();
  return true;
}

bool IsPublishedSince(int64_t marker_time, int64_t withdrawn) {
  return marker_time / kSecond > withdrawn ||
         (marker_time / kSecond == withdrawn && marker_time % kSecond > 0);
}

}  // namespace

WithdrawnList WithdrawnList::Parse(std::string_view text) {
  WithdrawnList list;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool is_cut = end == text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || (TakeLine(line, list.times_) && !is_cut)) continue;
    if (list.bad_lines_ == 0) list.first_bad_line_ = number;
    ++list.bad_lines_;
  }
  return list;
}

Result<WithdrawnList> WithdrawnList::Read(const std::string& listing) {
  const Result<std::string> text = ReadWholeFile(PathIn(listing), kMaxBytes);
  if (text.ok()) return Parse(*text);
  if (text.status().code() == Code::kNotFound) return WithdrawnList();
  return text.status();
}

std::optional<int64_t> WithdrawnList::TimeIn(const std::string& listing) {
  return TimeOfFile(PathIn(listing));
}

WithdrawnList WithdrawnList::Of(const ListingContents& contents) {
  WithdrawnList list;
  for (const auto& [name, book] : contents.books) {
    for (const auto& [chunk, time] : book.withdrawn) list.Add(name + "/" + chunk, time);
  }
  return list;
}

size_t WithdrawnList::AddTo(ListingContents& contents) const {
  size_t markers = 0;
  for (const auto& [path, time] : times_) {
    const size_t slash = path.rfind('/');
    ListedBook& book = contents.books[path.substr(0, slash)];
    const std::string chunk = path.substr(slash + 1);
    book.withdrawn[chunk] = time;
    markers += book.markers.erase(chunk);
  }
  return markers;
}

std::string WithdrawnList::Text() const {
  std::string text;
  for (const auto& [path, time] : times_) {
    text += FormatIsoDate(std::chrono::sys_seconds(std::chrono::seconds(time))) + " " + path + "\n";
  }
  return text;
}

Status WithdrawnList::Write(const std::string& listing, std::optional<int64_t> after) const {
  const std::optional<int64_t> before = TimeIn(listing);
  if (times_.empty() && !before) return Status::Ok();
  return WriteListingFile(PathIn(listing), Text(),
                          NextListingTime(NowNanoseconds(), std::max(before, after)));
}

Status WithdrawnList::WriteIfOther(const std::string& listing) const {
  const Result<WithdrawnList> there = Read(listing);
  return there.ok() && there->times_ == times_ ? Status::Ok() : Write(listing);
}

Result<ListingContents> ReadListing(const std::string& listing) {
  Result<ListingContents> contents = ScanListing(listing, nullptr);
  if (!contents.ok()) return contents;
  const Result<WithdrawnList> withdrawn = WithdrawnList::Read(listing);
  if (!withdrawn.ok()) return withdrawn.status();
  withdrawn->AddTo(*contents);
  return contents;
}

int64_t TimeAfter(int64_t withdrawn) {
  return NanosecondsOf({.tv_sec = withdrawn + 1, .tv_nsec = 0});
}

Status NoteWithdrawn(const std::string& listing, const std::vector<std::string>& paths,
                     int64_t unix_seconds) {
  Result<WithdrawnList> list = WithdrawnList::Read(listing);
  if (!list.ok()) return list.status();
  bool changed = false;
  std::optional<int64_t> after;
  for (const std::string& path : paths) {
    const std::string file = listing + "/" + path;
    const std::string folder = file.substr(0, file.rfind('/') + 1);
    const std::optional<int64_t> marker = TimeOfFile(file);
    after = std::max({after, marker, TimeOfFile(folder + Manifest::kFileName)});
    if (list->Has(path)) continue;
    // A marker may be dated ahead (listing_time.h): it must not look like one of a later publish.
    const bool is_ahead = marker && IsPublishedSince(*marker, unix_seconds);
    list->Add(path, is_ahead ? *marker / kSecond + 1 : unix_seconds);
    changed = true;
  }
  return changed ? list->Write(listing, after) : Status::Ok();
}

Status NotePublished(const std::string& listing, const std::vector<std::string>& paths) {
  Result<WithdrawnList> list = WithdrawnList::Read(listing);
  if (!list.ok()) return list.status();
  bool changed = false;
  for (const std::string& path : paths) {
    if (!list->Has(path)) continue;
    list->Remove(path);
    changed = true;
  }
  return changed ? list->Write(listing) : Status::Ok();
}

WithdrawnList ForgottenOf(const ListingContents& now, const ListingContents& before) {
  WithdrawnList forgotten;
  for (const auto& [name, book] : before.books) {
    for (const auto& [chunk, withdrawn] : book.withdrawn) {
      const ChunkName path{name + "/" + chunk, name, chunk};
      if (now.IsWithdrawn(path)) continue;
      const int64_t* marker = now.FindMarker(path);
      if (marker != nullptr && IsPublishedSince(*marker, withdrawn)) continue;
      forgotten.Add(path.path, withdrawn);
    }
  }
  return forgotten;
}

Status NoteForgotten(const std::string& listing, const WithdrawnList& forgotten) {
  Result<WithdrawnList> list = WithdrawnList::Read(listing);
  if (!list.ok()) return list.status();
  bool changed = false;
  for (const auto& [path, withdrawn] : forgotten.times()) {
    const std::optional<int64_t> marker = TimeOfFile(listing + "/" + path);
    if (list->Has(path) || (marker && IsPublishedSince(*marker, withdrawn))) continue;
    list->Add(path, withdrawn);
    changed = true;
  }
  return changed ? list->Write(listing) : Status::Ok();
}

}  // namespace audiodl
