// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/downloads.h"

#include <algorithm>

namespace audiodl {
namespace {

constexpr int64_t kLastDate = 253'402'300'799;  // of the year 9999

bool IsCompleted(const Download& download) {
  return download.completed_at > 0 && download.completed_at <= kLastDate;
}

// Where it is not known which object is there now, it is taken for the one that was downloaded.
bool IsOfCurrent(const Download& download, const PartView& part) {
  return download.generation.empty() || part.etag.empty() || download.generation == part.etag;
}

// The last time counts.
void MarkCompleted(const Download& download, PartView& part) {
  const bool current = IsOfCurrent(download, part);
  const bool counts = !part.downloaded_at || (current && part.is_outdated) ||
                      (current != part.is_outdated && download.completed_at > *part.downloaded_at);
  if (!counts) return;
  part.downloaded_at = download.completed_at;
  part.is_outdated = !current;
}

// Never 100, which is not for an estimate to say.
void MarkOpen(const Download& download, PartView& part) {
  if (download.size == 0 || !IsOfCurrent(download, part)) return;
  const double share = static_cast<double>(download.delivered) / static_cast<double>(download.size);
  const auto percent = static_cast<unsigned>(std::clamp(share, 0.0, 0.99) * 100 + 1e-9);
  part.delivered_percent = std::max(percent, part.delivered_percent.value_or(0));
}

void MarkPart(const std::vector<Download>& downloads, PartView& part) {
  for (const Download& download : downloads) {
    if (IsCompleted(download)) {
      MarkCompleted(download, part);
    } else {
      MarkOpen(download, part);
    }
  }
  if (part.downloaded_at && !part.is_outdated) part.delivered_percent.reset();
}

}  // namespace

void Downloads::Mark(BookView& book) const {
  book.shows_downloads = true;
  for (PartView& part : book.parts) {
    const auto found = of_chunk_.find(part.name);
    if (found != of_chunk_.end()) MarkPart(found->second, part);
  }
}

}  // namespace audiodl
