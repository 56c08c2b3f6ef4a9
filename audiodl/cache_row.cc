// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_row.h"

#include <chrono>
#include <cstdio>
#include <ctime>

#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/cache/cache_reader.h"

namespace audiodl {
namespace {

std::string StateOf(const FileFacts& facts) {
  if (facts.kind != FileFacts::Kind::kGood) return Describe(facts.kind);
  if (facts.state == FileState::kDurable) return "durable";
  return facts.complete() ? "complete" : "partial";
}

std::string DateOf(int64_t time) {
  return FormatIsoDate(std::chrono::system_clock::from_time_t(time));
}

std::string PinText(int64_t until) {
  return until == CacheIndex::kForever ? "forever" : DateOf(until);
}

constexpr size_t kMaxShownKey = 1024;

}  // namespace

unsigned CacheRow::percent() const {
  // 100 is said of whole objects only.
  if (filled == size) return state == "absent" ? 0 : 100;
  return static_cast<unsigned>(filled * 100 / size);
}

std::string CacheRow::Text() const {
  char columns[96];
  (void)std::snprintf(columns, sizeof columns, "%3u%%  %10s  %s  %-8s  ", percent(),
                      FormatSize(size).c_str(), DateOf(object.last_used).c_str(), state.c_str());
  const std::string pin = pinned_until == 0 ? "" : "[pinned: " + PinText(pinned_until) + "]  ";
  return columns + pin + Printable(object.key, kMaxShownKey);
}

std::string CacheRow::Json() const {
  JsonObject json;
  json.Add("key", object.key).Add("origin", object.origin).Add("state", state);
  json.Add("size", size).Add("filled", filled).Add("file_bytes", object.bytes);
  json.Add("last_used", static_cast<uint64_t>(object.last_used));
  if (pinned_until != 0) json.Add("pinned_until", static_cast<uint64_t>(pinned_until));
  return json.Text();
}

CacheRow FindRow(const OperatorCache& cache, const CachedObject& object) {
  CacheRow row;
  row.object = object;
  const auto& pins = cache.space->index().pins();
  const auto pin = pins.find(object.id);
  const bool pinned = pin != pins.end() && pin->second.until > std::time(nullptr);
  if (pinned) row.pinned_until = pin->second.until;
  const std::string path = cache.dir + "/" + object.id.RelativePath();
  const Result<FileFacts> facts = FindFacts(path);
  row.state = facts.ok() ? StateOf(*facts) : "absent";
  if (!facts.ok()) return row;
  row.size = facts->size;
  if (facts->complete()) row.filled = facts->size;
  CacheReader reader;
  if (facts->complete() || !reader.Open(path.c_str(), object.origin, object.key).ok()) return row;
  if (const Result<uint64_t> filled = reader.FilledBytes(); filled.ok()) row.filled = *filled;
  return row;
}

std::vector<CacheRow> FindRows(const OperatorCache& cache) {
  const CacheIndex& index = cache.space->index();
  std::vector<CacheRow> rows;
  for (const auto& [id, pin] : index.pins()) {
    if (index.Find(id) != nullptr || pin.until <= std::time(nullptr)) continue;
    rows.push_back(FindRow(cache, {id, pin.origin, pin.key, 0, 0, false}));
  }
  for (const auto& [time, order, id] : index.by_age())
    rows.push_back(FindRow(cache, *index.Find(id)));
  return rows;
}

}  // namespace audiodl
