// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where a recording is cut into chunks of about a size, given the places where it may be. Pure.

#ifndef AUDIODL_COMMON_SPLIT_SPLIT_PLAN_H_
#define AUDIODL_COMMON_SPLIT_SPLIT_PLAN_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct SplitSizes {
  uint64_t target = 0;  // bytes
  uint64_t limit = 0;   // no chunk is larger; at least the target
};

// A place where it may be cut.
struct SplitPoint {
  enum class Kind : unsigned char {
    kChapter,  // a chapter's end, or the recording's
    kQuiet,
    kLoud,  // in the middle of sound: where there is nothing else
  };

  uint64_t frame = 0;
  Kind kind = Kind::kChapter;
  double pause_seconds = 0;  // kQuiet: how long it is quiet

  bool operator==(const SplitPoint&) const = default;
};

// A chunk's size from one point to another, by their numbers, tags and all.
using ChunkBytes = std::function<uint64_t(size_t from, size_t to)>;

// The points to cut at, by their numbers, ascending: first (0) and last among them. Of all ways to
// cut that keep to the limit it is the one whose chunks are nearest to the target; a cut within a
// chapter weighs as much as a chunk that is half too large or too small, in a short pause more, and
// in sound as much as two that are missing. kInvalid: two neighbouring points are farther apart
// than the limit.
// REQUIRES: two points at least; sizes grow with the distance.
Result<std::vector<size_t>> PlanSplit(const std::vector<SplitPoint>& points,
                                      const ChunkBytes& bytes_of, const SplitSizes& sizes);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_SPLIT_PLAN_H_
