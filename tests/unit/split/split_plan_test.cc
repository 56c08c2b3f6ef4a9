// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/split_plan.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Kind = SplitPoint::Kind;

// Points at those frames, of ten bytes each, and how they are cut.
std::vector<uint64_t> Cut(const std::vector<SplitPoint>& points, const SplitSizes& sizes) {
  const Result<std::vector<size_t>> cuts = PlanSplit(
      points, [&](size_t from, size_t to) { return (points[to].frame - points[from].frame) * 10; },
      sizes);
  std::vector<uint64_t> frames;
  if (!cuts.ok()) return frames;
  for (const size_t cut : *cuts) frames.push_back(points[cut].frame);
  return frames;
}

std::vector<SplitPoint> Chapters(const std::vector<uint64_t>& frames) {
  std::vector<SplitPoint> points;
  for (const uint64_t frame : frames) points.push_back({.frame = frame});
  return points;
}

using Frames = std::vector<uint64_t>;

TEST_CASE("PlanSplit: chapters are put together to about the target") {
  CHECK(Cut(Chapters({0, 10, 20, 30, 40, 50, 60}), {.target = 300, .limit = 360}) ==
        Frames{0, 30, 60});
  CHECK(Cut(Chapters({0, 29, 35, 61, 90}), {.target = 300, .limit = 360}) == Frames{0, 29, 61, 90});
}

TEST_CASE("PlanSplit: what is left is shared, rather than one chunk small") {
  CHECK(Cut(Chapters({0, 10, 20, 30, 40}), {.target = 300, .limit = 360}) == Frames{0, 20, 40});
}

TEST_CASE("PlanSplit: the limit is kept, even where the target then is not") {
  CHECK(Cut(Chapters({0, 19, 38}), {.target = 300, .limit = 300}) == Frames{0, 19, 38});
  CHECK(Cut(Chapters({0, 37, 40}), {.target = 300, .limit = 360}).empty());
  CHECK(Cut(Chapters({0, 36}), {.target = 300, .limit = 360}) == Frames{0, 36});
}

TEST_CASE("PlanSplit: a chapter's end is worth a chunk that is off the target") {
  CHECK(Cut({{.frame = 0},
             {.frame = 30, .kind = Kind::kQuiet, .pause_seconds = 1},
             {.frame = 35},
             {.frame = 60}},
            {.target = 300, .limit = 360}) == Frames{0, 35, 60});
}

TEST_CASE("PlanSplit: long pauses before short ones, sound only where there is nothing else") {
  CHECK(Cut({{.frame = 0},
             {.frame = 29, .kind = Kind::kQuiet, .pause_seconds = 1.5},
             {.frame = 30, .kind = Kind::kQuiet, .pause_seconds = 0.1},
             {.frame = 60}},
            {.target = 300, .limit = 360}) == Frames{0, 29, 60});
  CHECK(Cut({{.frame = 0},
             {.frame = 24, .kind = Kind::kQuiet, .pause_seconds = 0.1},
             {.frame = 30, .kind = Kind::kLoud},
             {.frame = 60}},
            {.target = 300, .limit = 360}) == Frames{0, 24, 60});
  CHECK(Cut({{.frame = 0}, {.frame = 30, .kind = Kind::kLoud}, {.frame = 60}},
            {.target = 300, .limit = 360}) == Frames{0, 30, 60});
}

TEST_CASE("PlanSplit: a cut in sound is not made to please the target") {
  CHECK(Cut({{.frame = 0}, {.frame = 30, .kind = Kind::kLoud}, {.frame = 60}},
            {.target = 300, .limit = 600}) == Frames{0, 60});
}

}  // namespace
}  // namespace audiodl
