// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_purge_command.h"

#include <ostream>
#include <set>

#include "audiodl/cache_dir_option.h"
#include "audiodl/cache_selection.h"
#include "audiodl/operator_cache.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/cache/file_removal.h"

namespace audiodl {
namespace {

// A fill that was about to make its file does so meanwhile: it is looked for again.
constexpr int kRounds = 5;
constexpr size_t kMaxShownKey = 1024;

struct Purged {
  std::set<std::string> keys;
  size_t files = 0;
  Status trouble;
};

bool IsMeant(const FileFacts& facts, const CacheSelection& selection) {
  // Whose bytes it holds cannot be known, and it serves nobody.
  const bool unreadable =
      facts.kind == FileFacts::Kind::kDamaged || facts.kind == FileFacts::Kind::kOtherFormat;
  if (unreadable) return true;
  return facts.kind != FileFacts::Kind::kForeign &&
         selection.Matches(facts.object.origin, facts.object.key);
}

size_t PurgeRound(OperatorCache& cache, const CacheSelection& selection, Purged& purged) {
  size_t removed = 0;
  cache.VisitAllFiles([&](const FoundFile& file) {
    if (!IsMeant(file.facts, selection)) return;
    const Status status = RemoveCacheFile(file.path);
    if (!status.ok()) {
      if (purged.trouble.ok()) purged.trouble = status;
      return;
    }
    ++removed;
    purged.keys.insert(file.facts.object.key);
    (void)cache.space->Purge(file.id);
  });
  return removed;
}

std::string Line(const std::string& key) {
  return "purged " + (key.empty() ? "an unreadable file" : Printable(key, kMaxShownKey));
}

// Without a key where it could not be read.
std::string Json(const std::string& key) {
  JsonObject line;
  line.Add("done", "purged");
  if (!key.empty()) line.Add("key", key);
  return line.Text();
}

ExitCode Purge(OperatorCache& cache, const CacheSelection& selection, bool json,
               const Console& console) {
  Purged purged;
  for (int round = 0; round < kRounds; ++round) {
    const size_t removed = PurgeRound(cache, selection, purged);
    purged.files += removed;
    if (removed == 0) break;
  }
  for (const std::string& key : purged.keys) {
    console.out << (json ? Json(key) : Line(key)) << "\n";
  }
  if (!purged.trouble.ok()) return Complain(kCachePurgeCommand, purged.trouble, console);
  return purged.files > 0 ? kDone : kNegative;
}

ExitCode RunPurge(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, CacheSelection::Names({.flags = {"--yes", "--json"}, .values = {kDirOption}}));
  if (!options.ok()) return Refuse(kCachePurgeCommand, options.status(), console);
  if (options->Has("--all") && !options->Has("--yes")) {
    return UsageError(kCachePurgeCommand, "--all empties the cache; it wants --yes too", console);
  }
  const Result<CacheSelection> checked = CacheSelection::Of(*options, {});
  if (!checked.ok()) return UsageError(kCachePurgeCommand, checked.status().text(), console);
  Result<OperatorCache> cache = OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kWrite);
  if (!cache.ok()) return Complain(kCachePurgeCommand, cache.status(), console);
  const Result<CacheSelection> selection = CacheSelection::Of(*options, cache->stores);
  return Purge(*cache, *selection, options->Has("--json"), console);
}

}  // namespace

const Command kCachePurgeCommand = {
    .name = "cache purge",
    .arguments = "[--dir DIR] [--json] KEY... | --book BOOK | --prefix PREFIX | --all --yes",
    .summary = "take objects away, so that no byte of them is in the cache",
    .help =
        "Also what is pinned, being filled, kept in memory or in quarantine. Downloads of it that\n"
        "are complete in the cache finish. A fill that is under way goes on in a file that has no\n"
        "name any more, and whose room comes back when it ends; whoever asks from then on gets\n"
        "what the origin has at that time. What is still listed can be bought and fetched again:\n"
        "withdraw it from the listing first if it must not.\n"
        "\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --book BOOK      everything below BOOK/\n"
        "  --prefix PREFIX  every key that begins so\n"
        "  --all --yes      everything; files that audiodl did not make stay\n"
        "  --json           one JSON object a line\n"
        "\n"
        "KEY is the object's key, or the chunk's path as in the URL. The answer is no where there\n"
        "was nothing to purge.\n",
    .run = RunPurge,
};

}  // namespace audiodl
