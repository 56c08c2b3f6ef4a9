// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/warm_command.h"

#include <algorithm>
#include <chrono>
#include <istream>
#include <iterator>
#include <optional>
#include <ostream>
#include <thread>

#include "audiodl/cache_dir_option.h"
#include "audiodl/http_get.h"
#include "audiodl/operator_cache.h"
#include "audiodl/options.h"
#include "audiodl/progress_line.h"
#include "audiodl/warm_list.h"
#include "audiodl/warming.h"
#include "common/base/file_io.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/cache/hot_set.h"

namespace audiodl {
namespace {

using Clock = Warming::Clock;
using State = Warming::Chunk::State;

constexpr std::chrono::milliseconds kLook{100};
constexpr size_t kMaxList = size_t{64} << 20;

struct WarmJob {
  std::vector<std::string> names;
  WarmingLimits limits;
  std::chrono::milliseconds time{0};
  bool dry_run = false;
  bool json = false;
};

Status AddNames(const Result<std::string>& text, std::string_view source,
                std::vector<std::string>& names) {
  if (!text.ok()) return text.status();
  Result<std::vector<std::string>> parsed = ParseHotSet(*text);
  if (!parsed.ok()) {
    return Status::Invalid(Printable(source, 300) + ": " + parsed.status().text());
  }
  names.insert(names.end(), parsed->begin(), parsed->end());
  return Status::Ok();
}

Result<std::string> ReadList(const std::string& path, const Console& console) {
  if (path != "-") return ReadWholeFile(path, kMaxList);
  return std::string(std::istreambuf_iterator<char>(console.in), {});
}

// Books first, then lists, then siblings: what somebody has named comes before what was popular.
Status FindNames(const Options& options, const Console& console, WarmJob& job) {
  for (const std::string& book : options.List("--book")) {
    if (Status s = AddNames(Result<std::string>(book), "--book", job.names); !s.ok()) return s;
  }
  for (const std::string& path : options.List("--list")) {
    if (Status s = AddNames(ReadList(path, console), path, job.names); !s.ok()) return s;
  }
  for (const std::string& url : options.List("--like")) {
    if (Status s = AddNames(HttpGet(url), url, job.names); !s.ok()) return s;
  }
  return Status::Ok();
}

Status SetLimits(const Options& options, WarmJob& job) {
  if (const auto text = options.Value("--max-size")) {
    const Result<uint64_t> bytes = ParseSize(*text);
    if (!bytes.ok()) return Status::Invalid("--max-size: " + bytes.status().text());
    job.limits.bytes = *bytes;
  }
  for (const auto& [name, target] :
       {std::pair{"--timeout", &job.time}, std::pair{"--stalled", &job.limits.stalled}}) {
    const auto text = options.Value(name);
    if (!text) continue;
    const Result<std::chrono::milliseconds> time = ParseDuration(*text);
    if (!time.ok()) return Status::Invalid(std::string(name) + ": " + time.status().text());
    *target = *time;
  }
  job.dry_run = options.Has("-n");
  job.json = options.Has("--json");
  return Status::Ok();
}

// Four fifths of what the cache may hold, so that the last ones do not push out the first.
void BoundByCache(const OperatorCache& cache, WarmJob& job) {
  job.limits.bytes = std::min(job.limits.bytes, LimitsOf(cache.stores).max_size / 5 * 4);
}

// Returns whether the time was enough.
bool Run(Warming& warming, const WarmJob& job, const Console& console) {
  ProgressLine line(console.err, "warming " + std::to_string(warming.chunks().size()) + " chunks",
                    std::nullopt);
  const Clock::time_point deadline = Clock::now() + job.time;
  while (warming.Step(Clock::now())) {
    line.Update(warming.filled());
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

void TellUnknown(const WarmList& list, const Console& console) {
  for (const std::string& name : list.unknown) {
    console.err << "audiodl warm: " << Printable(name, 300) << ": nothing of it is listed here\n";
  }
}

void TellPlanned(const CachedObject& chunk, bool json, const Console& console) {
  console.out << (json ? JsonObject().Add("done", "would be fetched").Add("key", chunk.key).Text()
                       : "would fetch " + Printable(chunk.key, 1024))
              << "\n";
}

void TellTroubles(const Warming& warming, const Console& console) {
  for (const Warming::Chunk& chunk : warming.chunks()) {
    if (chunk.state != State::kFailed) continue;
    console.err << "audiodl warm: " << Printable(chunk.object.key, 300) << ": " << chunk.trouble
                << "\n";
  }
}

void Tell(const Warming& warming, const WarmList& list, bool json, const Console& console) {
  const size_t here = warming.Count(State::kHere);
  const size_t left_out = warming.Count(State::kLeftOut);
  if (json) {
    console.out << JsonObject()
                       .Add("chunks", uint64_t{warming.chunks().size()})
                       .Add("here", uint64_t{here})
                       .Add("failed", uint64_t{warming.Count(State::kFailed)})
                       .Add("left_out", uint64_t{left_out})
                       .Add("not_listed", uint64_t{list.unknown.size()})
                       .Add("bytes", warming.filled())
                       .Text()
                << "\n";
    return;
  }
  console.out << here << " of " << warming.chunks().size() << " chunks are here, "
              << FormatSize(warming.filled());
  if (left_out > 0) console.out << "; " << left_out << " were left out: the cache would be full";
  console.out << "\n";
}

ExitCode Warm(const OperatorCache& cache, const WarmJob& job, const Console& console) {
  const WarmList list = WarmList::Of(job.names, cache.stores);
  TellUnknown(list, console);
  const bool all_listed = list.unknown.empty() && !list.chunks.empty();
  if (job.dry_run) {
    for (const CachedObject& chunk : list.chunks) TellPlanned(chunk, job.json, console);
    return all_listed ? kDone : kNegative;
  }
  Warming warming(cache, list.chunks, job.limits);
  const bool in_time = Run(warming, job, console);
  TellTroubles(warming, console);
  if (!in_time) console.err << "audiodl warm: the time is over before all is here\n";
  Tell(warming, list, job.json, console);
  const bool all_here = warming.Count(State::kHere) == warming.chunks().size();
  return all_listed && all_here ? kDone : kNegative;
}

ExitCode RunWarm(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json"},
                                 .values = {kDirOption, "--max-size", "--timeout", "--stalled"},
                                 .lists = {"--book", "--list", "--like"}});
  if (!options.ok()) return Refuse(kWarmCommand, options.status(), console);
  WarmJob job;
  job.time = std::chrono::minutes(30);
  if (Status status = SetLimits(*options, job); !status.ok()) {
    return UsageError(kWarmCommand, status.text(), console);
  }
  if (!options->operands().empty() ||
      (options->List("--book").empty() && options->List("--list").empty() &&
       options->List("--like").empty())) {
    return UsageError(kWarmCommand, "say with what: --book, --list or --like", console);
  }
  if (Status status = FindNames(*options, console, job); !status.ok()) {
    return Complain(kWarmCommand, status, console);
  }
  const Result<OperatorCache> cache =
      OpenOperatorCache(CacheDirOf(*options), CacheIndex::Access::kRead);
  if (!cache.ok()) return Complain(kWarmCommand, cache.status(), console);
  BoundByCache(*cache, job);
  return Warm(*cache, job, console);
}

}  // namespace

const Command kWarmCommand = {
    .name = "warm",
    .arguments = "[OPTION]... --book BOOK | --list FILE|- | --like URL",
    .summary = "fill this server's cache before customers ask, and wait until it is",
    .help =
        "Before a newsletter, or on a new server before it takes traffic. Each of the three may "
        "be\n"
        "given several times; what comes first is fetched first, four chunks at a time.\n"
        "\n"
        "  --book BOOK      all chunks of a book\n"
        "  --list FILE|-    a list of chunks and books, one a line\n"
        "  --like URL       what a sibling's customers ask for: the URL of its SetHandler\n"
        "                   audiodl-hot, http://www1.internal/audiodl-hot\n"
        "  --dir DIR        the AudioCacheDir; the default is /var/cache/audiodl/www\n"
        "  --max-size SIZE  at most so much; four fifths of AudioCacheMaxSize in any case\n"
        "  --timeout TIME   at most so long; 30m without it\n"
        "  --stalled TIME   give a chunk up that does not grow for so long; 60s without it\n"
        "  -n               only say what would be fetched\n"
        "  --json           a JSON object at the end; with -n one a line for each chunk\n"
        "\n"
        "The answer is no (exit code 1) when something that was wanted is not here at the end:\n"
        "also what is not listed here, and what was left out for want of room.\n",
    .run = RunWarm,
};

}  // namespace audiodl
