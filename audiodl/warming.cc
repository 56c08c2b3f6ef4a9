// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/warming.h"

#include <algorithm>
#include <utility>

#include "audiodl/cache_row.h"
#include "audiodl/refetch.h"

namespace audiodl {

Warming::Warming(const OperatorCache& cache, std::vector<CachedObject> chunks, WarmingLimits limits)
    : cache_(cache), limits_(limits) {
  for (CachedObject& object : chunks) chunks_.emplace_back().object = std::move(object);
}

void Warming::Look(Chunk& chunk, Clock::time_point now) const {
  const CacheRow row = FindRow(cache_, chunk.object);
  if (row.filled != chunk.filled || row.size != chunk.size) chunk.moved_at = now;
  chunk.size = row.size;
  chunk.filled = row.filled;
  if (row.state == "complete" || row.state == "durable") {
    chunk.state = Chunk::State::kHere;
  } else if (chunk.state == Chunk::State::kAsked && now - chunk.moved_at > limits_.stalled) {
    chunk.state = Chunk::State::kFailed;
    chunk.trouble = "nothing of it has come for " + std::to_string(limits_.stalled.count() / 1000) +
                    " s; httpd's error log says why";
  }
}

void Warming::Ask(Chunk& chunk, Clock::time_point now) const {
  const Status asked = AskToFetch(cache_, chunk.object);
  chunk.state = asked.ok() ? Chunk::State::kAsked : Chunk::State::kFailed;
  chunk.moved_at = now;
  if (!asked.ok()) chunk.trouble = asked.text();
}

bool Warming::Step(Clock::time_point now) {
  size_t asked = 0;
  for (Chunk& chunk : chunks_) {
    if (chunk.state == Chunk::State::kAsked) Look(chunk, now);
    asked += chunk.state == Chunk::State::kAsked ? 1 : 0;
  }
  for (Chunk& chunk : chunks_) {
    if (asked >= limits_.at_once) break;
    if (chunk.state != Chunk::State::kWaiting) continue;
    Look(chunk, now);  // it may be here already
    if (chunk.state == Chunk::State::kHere) continue;
    if (filled() >= limits_.bytes) {
      chunk.state = Chunk::State::kLeftOut;
      continue;
    }
    Ask(chunk, now);
    asked += chunk.state == Chunk::State::kAsked ? 1 : 0;
  }
  return asked > 0 || Count(Chunk::State::kWaiting) > 0;
}

size_t Warming::Count(Chunk::State state) const {
  return static_cast<size_t>(
      std::count_if(chunks_.begin(), chunks_.end(),
                    [state](const Chunk& chunk) { return chunk.state == state; }));
}

uint64_t Warming::filled() const {
  uint64_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.filled;
  return bytes;
}

}  // namespace audiodl
