// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_ls_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_row.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"

namespace audiodl {
namespace {

ExitCode RunLs(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--json"}, .values = {kDirOption}}));
  if (!options.ok()) return Refuse(kCacheLsCommand, options.status(), console);
  const Result<CacheSelection> checked = CacheSelection::OfOrAll(*options, {});
  if (!checked.ok()) return UsageError(kCacheLsCommand, checked.status().text(), console);
  const Result<OperatorCache> cache =
      OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kRead);
  if (!cache.ok()) return Complain(kCacheLsCommand, cache.status(), console);
  if (!cache->space->index().known_all()) cache->space->WalkAll();
  const Result<CacheSelection> selection = CacheSelection::OfOrAll(*options, cache->stores);
  for (const CacheRow& row : FindRows(*cache)) {
    if (!selection->Matches(row.object.origin, row.object.key)) continue;
    console.out << (options->Has("--json") ? row.Json() : row.Text()) << "\n";
  }
  return kDone;
}

}  // namespace

const Command kCacheLsCommand = {
    .name = "cache ls",
    .arguments = "[--dir DIR] [--json] [KEY... | --book BOOK | --prefix PREFIX]",
    .summary = "list what a cache holds, the longest unused first",
    .help =
        "A line has: how much of the object is here, its size, when it was last used, its state,\n"
        "until when it is pinned, and its key.\n"
        "\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --book BOOK      everything below BOOK/\n"
        "  --prefix PREFIX  every key that begins so\n"
        "  --json           one JSON object a line\n"
        "\n"
        "States: partial; complete; durable, which a power cut would not take away; absent, which\n"
        "is only pinned; or what is wrong with the file, which the next sweep removes.\n",
    .run = RunLs,
};

}  // namespace audiodl
