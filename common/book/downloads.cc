// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/downloads.h"

#include <algorithm>

namespace audiodl {

void Downloads::Add(const std::string& chunk, int64_t seconds) {
  constexpr int64_t kLast = 253'402'300'799;
  if (seconds <= 0 || seconds > kLast) return;
  const auto [known, is_new] = completed_at.emplace(chunk, seconds);
  if (!is_new) known->second = std::min(known->second, seconds);
}

void Downloads::Mark(BookView& book) const {
  book.shows_downloads = true;
  for (PartView& part : book.parts) {
    const auto found = completed_at.find(part.name);
    if (found != completed_at.end()) part.downloaded_at = found->second;
  }
}

}  // namespace audiodl
