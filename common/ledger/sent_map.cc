// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/sent_map.h"

#include <algorithm>

namespace audiodl {

size_t SentMap::Begin(uint64_t first) {
  stretches_.push_back({first, first, kNotYet, kNotYet});
  return stretches_.size() - 1;
}

uint64_t SentMap::end_position() const {
  uint64_t end = 0;
  for (const Stretch& stretch : stretches_) {
    if (stretch.ends_at == kNotYet) return kNotYet;
    end = std::max(end, stretch.ends_at);
  }
  return stretches_.empty() ? kNotYet : end;
}

DeliveredParts SentMap::Whole() const {
  DeliveredParts parts;
  for (const Stretch& stretch : stretches_) parts.Add({stretch.first, stretch.end, stretch.end});
  return parts;
}

uint64_t SentMap::Before(const Stretch& stretch, uint64_t position, uint64_t in_doubt) const {
  if (stretch.begins_at == kNotYet || position <= stretch.begins_at) return 0;
  const uint64_t length = stretch.end - stretch.first;
  if (stretch.ends_at != kNotYet && position >= stretch.ends_at) return length;
  if (grain_ == Grain::kStretch) return std::min(in_doubt, length);
  return std::min(length, position - stretch.begins_at);
}

std::vector<DeliveredPart> SentMap::GivenStretches(uint64_t acked, uint64_t written,
                                                   uint64_t ahead) const {
  std::vector<DeliveredPart> given;
  uint64_t previous_end = kNotYet;
  bool reached = false;  // by what may have been written since
  for (size_t i = 0; i < stretches_.size(); ++i) {
    Stretch stretch = stretches_[i];
    if (stretch.begins_at == kNotYet) stretch.begins_at = previous_end;
    previous_end = stretch.ends_at;
    const uint64_t length = stretch.end - stretch.first;
    const uint64_t sure = Before(stretch, acked, 0);
    uint64_t maybe = std::max(sure, Before(stretch, written, length));
    reached = reached || (stretch.begins_at != kNotYet && stretch.begins_at <= written);
    if (reached) {
      const uint64_t more = std::min(ahead, length - maybe);
      maybe += more;
      ahead -= more;
    }
    reached = reached && maybe == length && ahead > 0;
    const bool is_last = i + 1 == stretches_.size();
    const uint64_t most = is_last && length > 0 ? length - 1 : length;
    given.push_back({stretch.first, stretch.first + std::min(sure, most),
                     stretch.first + std::min(maybe, most)});
  }
  return given;
}

// A part that begins in another's tail says that the client went on from there. Two of the same
// response do not say that, so the tail ends before.
void SentMap::EndTailBeforeOthers(DeliveredPart& part, uint64_t end_of_run) const {
  for (const Stretch& other : stretches_) {
    const bool is_its_own = other.first >= part.first && other.first < end_of_run;
    if (!is_its_own && other.first > part.end && other.first <= part.maybe) {
      part.maybe = other.first - 1;
    }
  }
}

DeliveredParts SentMap::Given(uint64_t acked, uint64_t written, uint64_t ahead) const {
  const std::vector<DeliveredPart> given = GivenStretches(acked, std::max(acked, written), ahead);
  DeliveredParts parts;
  for (size_t i = 0; i < given.size();) {
    // Those that follow each other in the object are one part: it is certain up to the first byte
    // that is not.
    DeliveredPart part = given[i];
    for (++i; i < given.size() && stretches_[i].first == stretches_[i - 1].end; ++i) {
      if (part.end == stretches_[i].first) part.end = given[i].end;
      if (part.maybe == stretches_[i].first) part.maybe = given[i].maybe;
    }
    EndTailBeforeOthers(part, stretches_[i - 1].end);
    parts.Add(part);
  }
  return parts;
}

}  // namespace audiodl
