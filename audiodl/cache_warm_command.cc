// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_warm_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"
#include "audiodl/refetch.h"
#include "common/base/json_text.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShownKey = 1024;

std::string Line(const CachedObject& chunk) {
  return "asked for " + Printable(chunk.key, kMaxShownKey);
}

std::string Json(const CachedObject& chunk) {
  return JsonObject()
      .Add("done", "asked for")
      .Add("key", chunk.key)
      .Add("origin", chunk.origin)
      .Text();
}

ExitCode Warm(const OperatorCache& cache, const CacheSelection& selection, bool json,
              const Console& console) {
  const std::vector<CachedObject> chunks = selection.Listed();
  for (const CachedObject& chunk : chunks) {
    const Status status = AskToFetch(cache, chunk);
    if (!status.ok()) return Complain(kCacheWarmCommand, status, console);
    console.out << (json ? Json(chunk) : Line(chunk)) << "\n";
  }
  return chunks.empty() ? kNegative : kDone;
}

ExitCode RunWarm(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--json"}, .values = {kDirOption, "--book", "--key"}});
  if (!options.ok()) return Refuse(kCacheWarmCommand, options.status(), console);
  const Result<CacheSelection> checked = CacheSelection::Of(*options, {});
  if (!checked.ok()) return UsageError(kCacheWarmCommand, "say which: a KEY or --book", console);
  const Result<OperatorCache> cache =
      OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kRead);
  if (!cache.ok()) return Complain(kCacheWarmCommand, cache.status(), console);
  const Result<CacheSelection> selection = CacheSelection::Of(*options, cache->stores);
  return Warm(*cache, *selection, options->Has("--json"), console);
}

}  // namespace

const Command kCacheWarmCommand = {
    .name = "cache warm",
    .arguments = "[--dir DIR] [--json] KEY... | --book BOOK",
    .summary = "have the running fetcher fetch objects before anybody asks for them",
    .help =
        "Returns when the fetcher has noted them; audiodl cache ls shows how far it is.\n"
        "\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --book BOOK      every chunk that is listed below BOOK/\n"
        "  --json           one JSON object a line\n"
        "\n"
        "KEY is the object's key, or the chunk's path as in the URL. The answer is no where\n"
        "nothing of it is listed.\n",
    .run = RunWarm,
};

}  // namespace audiodl
