// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/drain_watch.h"

#include <algorithm>

#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kSteps = 10;
// A rate of less is standstill.
constexpr uint64_t kStandstill = 1024;

}  // namespace

void DrainWatch::Take(const DrainLook& look, Time now) {
  // A new download adds bytes, which is no step backwards of the others.
  const uint64_t sent = look_.bytes_left - std::min(look_.bytes_left, look.bytes_left);
  if (taken_at_) steps_.push_back({now, sent});
  if (steps_.size() > kSteps) steps_.pop_front();
  taken_at_ = now;
  look_ = look;
  if (look.downloads > 0) {
    empty_since_.reset();
  } else if (!empty_since_) {
    empty_since_ = now;
  }
  empty_ = empty_since_ && now - *empty_since_ >= quiet_;
}

std::optional<uint64_t> DrainWatch::bytes_per_second() const {
  if (steps_.size() < 2) return std::nullopt;
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(steps_.back().time -
                                                                          steps_.front().time);
  if (time.count() <= 0) return std::nullopt;
  uint64_t sent = 0;
  // What the first step brought lies before the time that is counted.
  for (size_t i = 1; i < steps_.size(); ++i) sent += steps_[i].sent;
  return sent * 1000 / static_cast<uint64_t>(time.count());
}

std::optional<std::chrono::seconds> DrainWatch::time_left() const {
  const std::optional<uint64_t> rate = bytes_per_second();
  if (!rate || *rate < kStandstill) return std::nullopt;
  return std::chrono::seconds((look_.bytes_left + *rate - 1) / *rate);
}

std::string DrainWatch::Text() const {
  std::string text = std::to_string(look_.downloads);
  text += look_.downloads == 1 ? " download" : " downloads";
  if (look_.downloads == 0) return text;
  text += ", " + FormatSize(look_.bytes_left) + " left";
  if (const auto rate = bytes_per_second()) text += ", " + FormatSize(*rate) + "/s";
  if (const auto left = time_left()) text += ", " + std::to_string(left->count()) + " s";
  return text;
}

}  // namespace audiodl
