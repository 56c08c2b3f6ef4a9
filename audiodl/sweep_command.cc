// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/sweep_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShownKey = 1024;

struct Sweep {
  OperatorCache cache;
  bool dry = false;
  bool json = false;
};

// What httpd was configured with, but for what is said here.
Result<CacheLimits> LimitsFor(const Options& options, const std::string& dir) {
  CacheLimits limits;
  const Result<std::vector<NotedStore>> noted = ReadStoreNote(dir);
  if (noted.ok()) limits = LimitsOf(*noted);
  if (const auto text = options.Value("--max-size")) {
    const Result<uint64_t> size = ParseSize(*text);
    if (!size.ok()) return Status::Invalid("--max-size: " + size.status().text());
    limits.max_size = *size;
  }
  if (const auto text = options.Value("--min-free")) {
    const Result<SizeOrPercent> free = ParseSizeOrPercent(*text);
    if (!free.ok()) return Status::Invalid("--min-free: " + free.status().text());
    limits.SetMinFree(*free);
  }
  return limits;
}

std::string Line(const Victim& victim) {
  const std::string key =
      victim.key.empty() ? victim.id.Hex() : Printable(victim.key, kMaxShownKey);
  return FormatSize(victim.bytes) + "  " + victim.reason + "  " + key;
}

std::string Json(const Victim& victim) {
  return JsonObject()
      .Add("id", victim.id.Hex())
      .Add("key", victim.key)
      .Add("bytes", victim.bytes)
      .Add("reason", victim.reason)
      .Text();
}

void Report(const Sweep& sweep, const Console& console) {
  for (const std::string& path : sweep.cache.space->foreign()) {
    console.err << "audiodl sweep: not made by audiodl, left alone: " << Printable(path, 300)
                << "\n";
  }
  const std::string& warning = sweep.cache.space->warning();
  if (!warning.empty()) console.err << "audiodl sweep: " << warning << "\n";
}

ExitCode Run(Sweep& sweep, const Console& console) {
  CacheSpace& space = *sweep.cache.space;
  space.WalkAll();
  space.CheckAllListings();
  const EvictionPlan plan = space.Plan(0, SIZE_MAX);
  Report(sweep, console);
  for (const Victim& victim : plan.victims) {
    const Status status = sweep.dry ? Status::Ok() : space.Evict(victim.id);
    if (status.ok()) console.out << (sweep.json ? Json(victim) : Line(victim)) << "\n";
  }
  if (!space.walk_trouble().ok()) return Complain(kSweepCommand, space.walk_trouble(), console);
  if (plan.enough) return kDone;
  console.err << "audiodl sweep: the limits are still exceeded: what is left is pinned or being "
                 "filled, or other files take the disk\n";
  return kNegative;
}

ExitCode RunSweep(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--withdrawn", "--json"},
                                 .values = {kDirOption, "--max-size", "--min-free"}});
  if (!options.ok()) return Refuse(kSweepCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kSweepCommand, "takes no operands", console);
  }
  const std::string dir = CacheDirOf(*options);
  const Result<CacheLimits> limits = LimitsFor(*options, dir);
  if (!limits.ok()) return UsageError(kSweepCommand, limits.status().text(), console);
  const bool dry = options->Has("-n");
  const auto access = dry ? CacheIndex::Access::kRead : CacheIndex::Access::kWrite;
  Result<OperatorCache> cache = OpenOperatorCache(dir, access, &*limits);
  if (!cache.ok()) return Complain(kSweepCommand, cache.status(), console);
  if (options->Has("--withdrawn")) cache->space->AllowManyWithdrawals();
  Sweep sweep{std::move(cache).value(), dry, options->Has("--json")};
  return Run(sweep, console);
}

}  // namespace

const Command kSweepCommand = {
    .name = "sweep",
    .arguments =
        "[-n] [--dir DIR] [--max-size SIZE] [--min-free SIZE|SHARE%] [--withdrawn] [--json]",
    .summary = "evict from a cache what its limits and the listing want gone",
    .help =
        "The fetcher does the same by itself while httpd runs. This looks at every file, corrects\n"
        "the cache's index, and prints a line for each file that goes: its size, the reason, and\n"
        "its key. Files that audiodl did not make are named and left alone.\n"
        "\n"
        "  -n               print the lines, remove nothing\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --max-size SIZE  instead of AudioCacheMaxSize\n"
        "  --min-free SIZE  instead of AudioCacheMinFree\n"
        "  --withdrawn      also when most of the cache is not listed any more, which is held for\n"
        "                   a listing that is not mounted otherwise\n"
        "  --json           one JSON object a line\n"
        "\n"
        "The answer is no where the limits are exceeded still.\n",
    .run = RunSweep,
};

}  // namespace audiodl
