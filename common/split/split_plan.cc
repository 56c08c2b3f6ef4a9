// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/split_plan.h"

#include <algorithm>
#include <limits>

namespace audiodl {
namespace {

constexpr double kQuietCutCost = 0.25;  // as (1/2)^2
// What a cut may be moved by, as a share of the target, or else there are more of them.
constexpr double kLeastPlay = 0.08;

double CostOf(uint64_t bytes, const SplitSizes& sizes) {
  const double off = (static_cast<double>(bytes) - static_cast<double>(sizes.target)) /
                     static_cast<double>(sizes.target);
  return off * off;
}

}  // namespace

Result<std::vector<size_t>> PlanSplit(const std::vector<SplitPoint>& points,
                                      const ChunkBytes& bytes_of, const SplitSizes& sizes) {
  constexpr double kUnreachable = std::numeric_limits<double>::infinity();
  struct Best {
    double cost = kUnreachable;
    size_t from = 0;
  };
  std::vector<Best> best(points.size());
  best[0].cost = 0;
  for (size_t to = 1; to < points.size(); ++to) {
    const bool within = points[to].kind == SplitPoint::Kind::kQuiet && to + 1 < points.size();
    for (size_t from = to; from-- > 0;) {
      const uint64_t bytes = bytes_of(from, to);
      if (bytes > sizes.limit) break;
      const double cost = best[from].cost + CostOf(bytes, sizes) + (within ? kQuietCutCost : 0);
      if (cost < best[to].cost) best[to] = {cost, from};
    }
  }
  if (best.back().cost == kUnreachable) {
    return Status::Invalid("it cannot be cut into chunks that keep to the limit");
  }
  std::vector<size_t> cuts;
  for (size_t at = points.size() - 1; at > 0; at = best[at].from) cuts.push_back(at);
  cuts.push_back(0);
  std::reverse(cuts.begin(), cuts.end());
  return cuts;
}

LongChapterCuts DivideLongChapter(uint64_t bytes, const SplitSizes& sizes) {
  const auto least_play = static_cast<uint64_t>(static_cast<double>(sizes.target) * kLeastPlay);
  uint64_t pieces = std::max<uint64_t>((bytes + sizes.target / 2) / sizes.target, 2);
  const auto play_of = [&](uint64_t count) -> uint64_t {
    const uint64_t each = (bytes + count - 1) / count;
    return each >= sizes.limit ? 0 : (sizes.limit - each) / 2;
  };
  while (play_of(pieces) < std::min(least_play, sizes.limit / 4)) ++pieces;
  LongChapterCuts cuts = {.at = {}, .play = std::min(play_of(pieces), bytes / pieces / 3)};
  for (uint64_t i = 1; i < pieces; ++i) cuts.at.push_back(bytes * i / pieces);
  return cuts;
}

}  // namespace audiodl
