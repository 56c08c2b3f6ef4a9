// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_stat_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_row.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"
#include "common/base/json_text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

struct Totals {
  uint64_t files = 0;
  uint64_t durable = 0;
  uint64_t bytes = 0;
  uint64_t free = 0;  // that may be written before something is evicted
  uint64_t pins = 0;
};

Totals TotalsOf(const OperatorCache& cache) {
  const CacheIndex& index = cache.space->index();
  Totals totals{index.size(), 0, index.bytes(), cache.space->FreeBytes(), index.pins().size()};
  for (const auto& [id, object] : index.objects()) totals.durable += object.durable ? 1 : 0;
  return totals;
}

void Print(const Totals& totals, const CacheLimits& limits, bool json, std::ostream& out) {
  if (json) {
    JsonObject text;
    text.Add("files", totals.files).Add("durable_files", totals.durable).Add("bytes", totals.bytes);
    text.Add("free_bytes", totals.free).Add("pins", totals.pins);
    if (limits.max_size != CacheLimits::kNoLimit) text.Add("max_size", limits.max_size);
    out << text.Text() << "\n";
    return;
  }
  const bool limited = limits.max_size != CacheLimits::kNoLimit;
  out << "files    " << totals.files << " (" << totals.durable << " durable, " << totals.pins
      << " pins)\n"
      << "bytes    " << FormatSize(totals.bytes)
      << (limited ? " of " + FormatSize(limits.max_size) : std::string()) << "\n"
      << "free     " << FormatSize(totals.free) << " before anything is evicted\n";
}

ExitCode StatSome(const OperatorCache& cache, const CacheSelection& selection, bool json,
                  const Console& console) {
  bool found = false;
  for (const auto& [id, object] : cache.space->index().objects()) {
    if (!selection.Matches(object.origin, object.key)) continue;
    found = true;
    const CacheRow row = FindRow(cache, object);
    console.out << (json ? row.Json() : row.Text()) << "\n";
    if (!json) console.out << "      " << cache.dir << "/" << id.RelativePath() << "\n";
  }
  return found ? kDone : kNegative;
}

ExitCode RunStat(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--json"}, .values = {kDirOption}}));
  if (!options.ok()) return Refuse(kCacheStatCommand, options.status(), console);
  const Result<CacheSelection> checked = CacheSelection::OfOrAll(*options, {});
  if (!checked.ok()) return UsageError(kCacheStatCommand, checked.status().text(), console);
  const Result<OperatorCache> cache =
      OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kRead);
  if (!cache.ok()) return Complain(kCacheStatCommand, cache.status(), console);
  if (!cache->space->index().known_all()) cache->space->WalkAll();
  const bool json = options->Has("--json");
  const Result<CacheSelection> selection = CacheSelection::OfOrAll(*options, cache->stores);
  if (!selection->all()) return StatSome(*cache, *selection, json, console);
  Print(TotalsOf(*cache), LimitsOf(cache->stores), json, console.out);
  return kDone;
}

}  // namespace

const Command kCacheStatCommand = {
    .name = "cache stat",
    .arguments = "[--dir DIR] [--json] [KEY... | --book BOOK | --prefix PREFIX]",
    .summary = "show how full a cache is, or one object and its file",
    .help =
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --json           JSON\n"
        "\n"
        "KEY is the object's key, or the chunk's path as in the URL. The answer is no where\n"
        "nothing of what was asked for is here.\n",
    .run = RunStat,
};

}  // namespace audiodl
