// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/split_plan.h"

#include <algorithm>
#include <limits>

namespace audiodl {
namespace {

constexpr double kLoudCost = 4;
// Of a long pause, and what is added for one of a third of a second.
constexpr double kQuietCost = 0.2;
constexpr double kShortPauseCost = 0.1;
constexpr double kShortPauseSeconds = 0.3;

// Of the cut itself, on the scale of CostOf().
double CostOfCut(const SplitPoint& point) {
  if (point.kind == SplitPoint::Kind::kChapter) return 0;
  if (point.kind == SplitPoint::Kind::kLoud) return kLoudCost;
  return kQuietCost + kShortPauseCost * kShortPauseSeconds / std::max(point.pause_seconds, 0.05);
}

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
    const double cut_cost = CostOfCut(points[to]);
    for (size_t from = to; from-- > 0;) {
      const uint64_t bytes = bytes_of(from, to);
      if (bytes > sizes.limit) break;
      const double cost = best[from].cost + CostOf(bytes, sizes) + cut_cost;
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

}  // namespace audiodl
