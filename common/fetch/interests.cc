// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/interests.h"

#include <algorithm>
#include <utility>

#include "common/cache/cache_format.h"

namespace audiodl {
namespace {

// Waiting followers ask again each second; the queue needs no second entry.
constexpr size_t kMaxUrgent = 1024;

}  // namespace

void Interests::Add(const Want& want) {
  const uint64_t left = UINT64_MAX - want.offset;
  const Span span{want.offset, want.offset + std::min(want.length, left)};
  std::vector<Span>& own = spans_[want.follower];
  // Whoever waits asks again at each block; what is within an earlier want of theirs is nothing
  // new.
  const bool known = std::any_of(own.begin(), own.end(), [&span](const Span& earlier) {
    return earlier.begin <= span.begin && span.end <= earlier.end;
  });
  if (!known) {
    own.push_back(span);
    if (sized_) {
      Mark(span);
    } else {
      arrival_.push_back(span);
    }
  }
  const uint64_t block = span.begin / kBlockBytes;
  const bool queued = std::find(urgent_.begin(), urgent_.end(), block) != urgent_.end();
  if (!queued && urgent_.size() < kMaxUrgent) urgent_.push_back(block);
}

void Interests::Release(uint64_t follower) {
  const auto found = spans_.find(follower);
  if (found == spans_.end()) return;
  for (const Span& span : found->second) {
    const auto arrived = std::find(arrival_.begin(), arrival_.end(), span);
    if (arrived != arrival_.end()) arrival_.erase(arrived);
  }
  spans_.erase(found);
  if (sized_) SetSize(size_);
  if (spans_.empty()) urgent_.clear();
}

std::optional<Interests::Span> Interests::First() const {
  if (arrival_.empty()) return std::nullopt;
  return arrival_.front();
}

void Interests::SetSize(uint64_t size) {
  size_ = size;
  sized_ = true;
  arrival_.clear();
  wanted_.assign(BlockCount(size), false);
  for (const auto& [follower, spans] : spans_) {
    for (const Span& span : spans) Mark(span);
  }
}

void Interests::ForgetSize() {
  if (!std::exchange(sized_, false)) return;
  for (const auto& [follower, spans] : spans_) {
    arrival_.insert(arrival_.end(), spans.begin(), spans.end());
  }
}

void Interests::Mark(const Span& span) {
  const uint64_t end = std::min(span.end, size_);
  if (span.begin >= end) return;
  for (uint64_t block = span.begin / kBlockBytes; block * kBlockBytes < end; ++block) {
    wanted_[block] = true;
  }
}

}  // namespace audiodl
