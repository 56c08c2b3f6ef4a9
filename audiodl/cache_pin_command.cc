// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_pin_command.h"

#include <chrono>
#include <ctime>
#include <map>
#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShownKey = 1024;

// "2026-12-24T00:00:00Z", or how long from now: "7d". Without it a pin has no end.
Result<int64_t> ParseUntil(const std::optional<std::string>& text) {
  if (!text) return CacheIndex::kForever;
  if (const auto date = ParseIsoDate(*text); date.ok()) {
    return int64_t{date->time_since_epoch().count()};
  }
  const auto length = ParseDuration(*text);
  if (length.ok()) return std::time(nullptr) + length->count() / 1000;
  return Status::Invalid("--until: write a time, as 2026-12-24T00:00:00Z, or how long, as 7d");
}

// Cached, listed or pinned already.
std::map<ObjectId, CachedObject> Meant(const OperatorCache& cache,
                                       const CacheSelection& selection) {
  std::map<ObjectId, CachedObject> meant;
  for (const CachedObject& object : selection.Listed()) meant.emplace(object.id, object);
  for (const auto& [id, object] : cache.space->index().objects()) {
    if (selection.Matches(object.origin, object.key)) meant.emplace(id, object);
  }
  for (const auto& [id, pin] : cache.space->index().pins()) {
    if (!selection.Matches(pin.origin, pin.key)) continue;
    meant.emplace(id, CachedObject{id, pin.origin, pin.key, 0, 0, false});
  }
  return meant;
}

std::string Line(const CachedObject& object, int64_t until) {
  return (until == 0 ? "unpinned " : "pinned ") + Printable(object.key, kMaxShownKey);
}

// With the same names as in `audiodl cache ls --json`.
std::string Json(const CachedObject& object, int64_t until) {
  JsonObject line;
  line.Add("done", until == 0 ? "unpinned" : "pinned");
  line.Add("key", object.key).Add("origin", object.origin);
  if (until != 0) line.Add("pinned_until", static_cast<uint64_t>(until));
  return line.Text();
}

ExitCode SetPins(const Command& command, const Options& options, int64_t until,
                 const Console& console) {
  const Result<CacheSelection> checked = CacheSelection::Of(options, {});
  if (!checked.ok()) return UsageError(command, checked.status().text(), console);
  Result<OperatorCache> cache = OpenOperatorCache(CacheDirOf(options), CacheIndex::Access::kWrite);
  if (!cache.ok()) return Complain(command, cache.status(), console);
  const Result<CacheSelection> selection = CacheSelection::Of(options, cache->stores);
  CacheIndex& index = cache->space->index();
  bool any = false;
  for (const auto& [id, object] : Meant(*cache, *selection)) {
    if (until == 0 && !index.pins().contains(id)) continue;
    any = true;
    const Status status = index.SetPin(id, {until, object.origin, object.key});
    if (!status.ok()) return Complain(command, status, console);
    console.out << (options.Has("--json") ? Json(object, until) : Line(object, until)) << "\n";
  }
  return any ? kDone : kNegative;
}

ExitCode RunPin(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--json"}, .values = {kDirOption, "--until"}}));
  if (!options.ok()) return Refuse(kCachePinCommand, options.status(), console);
  const Result<int64_t> until = ParseUntil(options->Value("--until"));
  if (!until.ok()) return UsageError(kCachePinCommand, until.status().text(), console);
  return SetPins(kCachePinCommand, *options, *until, console);
}

ExitCode RunUnpin(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--json"}, .values = {kDirOption}}));
  if (!options.ok()) return Refuse(kCacheUnpinCommand, options.status(), console);
  return SetPins(kCacheUnpinCommand, *options, 0, console);
}

}  // namespace

const Command kCachePinCommand = {
    .name = "cache pin",
    .arguments = "[--dir DIR] [--until TIME] [--json] KEY... | --book BOOK | --prefix PREFIX",
    .summary = "keep objects from being evicted, this week's free title for example",
    .help =
        "An object need not be in the cache yet; a book's are those in its listing now. A pin "
        "does\n"
        "not keep what is withdrawn from the listing, or purged.\n"
        "\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --until TIME     2026-12-24T00:00:00Z, or 7d from now; without it: until unpinned\n"
        "  --book BOOK      everything below BOOK/\n"
        "  --prefix PREFIX  every cached key that begins so\n"
        "  --json           one JSON object a line\n"
        "\n"
        "KEY is the object's key, or the chunk's path as in the URL.\n",
    .run = RunPin,
};

const Command kCacheUnpinCommand = {
    .name = "cache unpin",
    .arguments = "[--dir DIR] [--json] KEY... | --book BOOK | --prefix PREFIX | --all",
    .summary = "take pins away",
    .help = "The answer is no where nothing of it was pinned.\n",
    .run = RunUnpin,
};

}  // namespace audiodl
