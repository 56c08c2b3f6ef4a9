// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_scrub_command.h"

#include <ostream>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"
#include "audiodl/refetch.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/cache/scrubber.h"

namespace audiodl {
namespace {

constexpr uint64_t kDefaultRate = 20 << 20;
constexpr size_t kMaxShownKey = 1024;

struct Scrub {
  OperatorCache cache;
  Scrubber scrubber;
  bool json = false;
  uint64_t files = 0;
  uint64_t damaged = 0;
};

// What became of a damaged file, for the line about it.
std::string Replace(Scrub& scrub, const CachedObject& object, const std::string& reason) {
  const Status aside = scrub.cache.space->SetAside(object.id, reason);
  if (!aside.ok()) return "stays: " + aside.text();
  const Status asked = AskToFetch(scrub.cache, object);
  return asked.ok() ? "set aside, being fetched again" : "set aside";
}

void ScrubOne(Scrub& scrub, const CachedObject& object, const Console& console) {
  const std::string path = scrub.cache.dir + "/" + object.id.RelativePath();
  const Status status = scrub.scrubber.Check(path, object);
  if (status.code() == Code::kNotFound) return;
  ++scrub.files;
  if (status.ok()) return;
  ++scrub.damaged;
  const bool unreadable = status.code() == Code::kIo;
  const std::string reason = unreadable ? "unreadable" : status.text();
  const std::string outcome = Replace(scrub, object, reason);
  if (scrub.json) {
    const JsonObject line =
        JsonObject().Add("key", object.key).Add("damage", reason).Add("outcome", outcome);
    console.out << line.Text() << "\n";
  } else {
    console.out << Printable(object.key, kMaxShownKey) << ": " << reason << ": " << outcome << "\n";
  }
  console.out.flush();
}

void Conclude(const Scrub& scrub, const Console& console) {
  if (scrub.json) {
    console.out << JsonObject()
                       .Add("files", scrub.files)
                       .Add("bytes", scrub.scrubber.bytes())
                       .Add("damaged", scrub.damaged)
                       .Text()
                << "\n";
    return;
  }
  console.out << scrub.files << " files with " << FormatSize(scrub.scrubber.bytes()) << " read, "
              << scrub.damaged << " damaged\n";
}

Result<uint64_t> RateOf(const Options& options) {
  const auto text = options.Value("--rate");
  return text ? ParseSize(*text) : Result<uint64_t>(kDefaultRate);
}

ExitCode RunScrub(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--json"}, .values = {kDirOption, "--rate"}}));
  if (!options.ok()) return Refuse(kCacheScrubCommand, options.status(), console);
  const Result<uint64_t> rate = RateOf(*options);
  if (!rate.ok()) return UsageError(kCacheScrubCommand, rate.status().text(), console);
  const Result<CacheSelection> checked = CacheSelection::OfOrAll(*options, {});
  if (!checked.ok()) return UsageError(kCacheScrubCommand, checked.status().text(), console);
  Result<OperatorCache> cache = OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kWrite);
  if (!cache.ok()) return Complain(kCacheScrubCommand, cache.status(), console);
  if (!cache->space->index().known_all()) cache->space->WalkAll();
  const Result<CacheSelection> selection = CacheSelection::OfOrAll(*options, cache->stores);
  Scrub scrub{std::move(cache).value(), Scrubber(*rate), options->Has("--json"), 0, 0};
  // A copy: the index changes on the way.
  const std::map<ObjectId, CachedObject> objects = scrub.cache.space->index().objects();
  for (const auto& [id, object] : objects) {
    if (!selection->Matches(object.origin, object.key)) continue;
    ScrubOne(scrub, object, console);
  }
  Conclude(scrub, console);
  return scrub.damaged == 0 ? kDone : kNegative;
}

}  // namespace

const Command kCacheScrubCommand = {
    .name = "cache scrub",
    .arguments = "[--dir DIR] [--rate BYTES] [--json] [KEY... | --book BOOK | --prefix PREFIX]",
    .summary = "read the cache again and replace what the disk has damaged",
    .help =
        "Every block is compared with its CRC-32C, every complete object with its digest. A "
        "damaged\n"
        "file is moved into the cache's folder quarantine/, where the newest 8 are kept, and the\n"
        "running fetcher is asked for the object again; without one the next customer's request\n"
        "does that. Made to be run from a timer, once a week.\n"
        "\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --rate BYTES     read no more in a second; the default is 20M, 0 means no limit\n"
        "  --json           one JSON object a line\n"
        "\n"
        "The answer is no where something was damaged.\n",
    .run = RunScrub,
};

}  // namespace audiodl
