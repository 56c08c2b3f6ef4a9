// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_pull_command.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <ostream>
#include <thread>

#include "audiodl/count_line.h"
#include "audiodl/listing_keys.h"
#include "audiodl/listing_options.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/units.h"
#include "common/stock/index_pull.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

constexpr char kIntervalOption[] = "--interval";
constexpr milliseconds kDefaultInterval{2000};
constexpr milliseconds kLongestPause{30000};
// A trouble that stays is told again after so long.
constexpr std::chrono::minutes kTellAgain{10};

struct Job {
  ShopSettings shop;
  OpenedStore store;
  std::optional<KeysFile> keys;
  std::optional<IndexPull> pull;
  milliseconds interval = kDefaultInterval;
  bool dry = false;
  bool json = false;
};

Status Prepare(const Options& options, Job& job, CountLine* line) {
  Result<ShopSettings> shop = ShopSettings::Of(options);
  if (!shop.ok()) return shop.status();
  job.shop = std::move(shop).value();
  if (Status status = NeedListing(job.shop); !status.ok()) return status;
  const Result<DropGuard> guard = GuardOf(options, job.shop);
  if (!guard.ok()) return guard.status();
  const Result<std::string> path = PublicKeysPath(options, job.shop);
  if (!path.ok()) return NotUsage(path.status());
  job.keys.emplace(*path);
  Result<std::optional<IndexVerifyKeys>> keys = job.keys->ReadIfOther();
  if (!keys.ok()) return NotUsage(keys.status());
  if (const auto text = options.Value(kIntervalOption)) {
    const Result<milliseconds> interval = ParseDuration(*text);
    if (!interval.ok()) return Status::Invalid("--interval: " + interval.status().text());
    job.interval = std::max(milliseconds(100), *interval);
  }
  Result<OpenedStore> store = OpenShopStore(job.shop);
  if (!store.ok()) return NotUsage(store.status());
  job.store = std::move(store).value();
  PullSettings settings{job.shop.listing, job.shop.origin, std::move(**keys), *guard};
  settings.force = options.Has("--force");
  settings.dry_run = job.dry;
  if (line != nullptr) {
    settings.progress = [line](size_t done, size_t of, const char* what) {
      line->Update(done, of, what);
    };
  }
  job.pull.emplace(*job.store.objects, std::move(settings));
  return Status::Ok();
}

std::string Json(const PullReport& report) {
  std::string head =
      JsonObject().Add("serial", report.serial).Add("markers", uint64_t{report.markers}).Text();
  head.pop_back();  // the brace
  return head + "," + JsonMembers(report.plan) + "}";
}

void Tell(const Job& job, const PullReport& report, const Console& console) {
  if (job.json) {
    console.out << Json(report) << std::endl;
    return;
  }
  const int64_t age = std::max<int64_t>(0, std::time(nullptr) - report.created);
  console.out << "serial " << report.serial << ", pushed " << age
              << " s ago: " << Words(report.plan, job.dry ? PlanIs::kDry : PlanIs::kDone) << "; "
              << report.markers << " markers" << std::endl;
}

ExitCode CodeOf(const Status& status) {
  return status.code() == Code::kChanged ? kNegative : kTrouble;
}

// Tells a trouble when it comes, when it changes, now and then while it stays, and when it is over.
class TroubleLog {
 public:
  explicit TroubleLog(const Console& console) : console_(console) {}

  void Note(const Status& status) {
    const auto now = std::chrono::steady_clock::now();
    if (!status.ok() && (status.text() != text_ || now - told_ >= kTellAgain)) {
      (void)Complain(kListingPullCommand, status, console_);
      console_.err.flush();
      told_ = now;
    }
    if (status.ok() && !text_.empty()) {
      console_.err << "audiodl listing pull: it works again" << std::endl;
    }
    text_ = status.ok() ? "" : status.text();
  }

 private:
  const Console& console_;
  std::string text_;
  std::chrono::steady_clock::time_point told_{};
};

// Keys are changed while servers run: who is given a new one believes it with the next pull, and
// one that was taken away no more. The file may be half-written in this moment.
Status TakeOtherKeys(Job& job) {
  Result<std::optional<IndexVerifyKeys>> keys = job.keys->ReadIfOther();
  if (!keys.ok()) {
    return Status(keys.status().code(),
                  keys.status().text() + "; the keys that were read before are in use");
  }
  if (keys->has_value()) job.pull->SetKeys(std::move(**keys));
  return Status::Ok();
}

// Never returns: it is ended by a signal, and may be at any moment.
[[noreturn]] void Watch(Job& job, const Console& console) {
  TroubleLog troubles(console);
  for (milliseconds pause = job.interval;;) {
    const Status keys = TakeOtherKeys(job);
    const Result<PullReport> report = job.pull->Run();
    troubles.Note(report.ok() ? keys : report.status());
    if (report.ok() && (report->new_index || report->plan.steps() > 0)) {
      Tell(job, *report, console);
    }
    pause = report.ok() ? job.interval : std::min(std::max(kLongestPause, job.interval), pause * 2);
    std::this_thread::sleep_for(pause);
  }
}

ExitCode RunPull(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json", "--force", "--watch"},
                  .values = WithShopOptions({kKeysOption, kMaxDropOption, kIntervalOption})});
  if (!options.ok()) return Refuse(kListingPullCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kListingPullCommand, "takes no operands", console);
  }
  const bool watch = options->Has("--watch");
  if (watch && (options->Has("--force") || options->Has("-n"))) {
    return UsageError(kListingPullCommand, "--force and -n are for once, not for --watch", console);
  }
  Job job;
  job.dry = options->Has("-n");
  job.json = options->Has("--json");
  std::optional<CountLine> line;
  if (!watch) line.emplace(console.err);
  if (Status status = Prepare(*options, job, line ? &*line : nullptr); !status.ok()) {
    return Refuse(kListingPullCommand, status, console);
  }
  if (watch) Watch(job, console);
  const Result<PullReport> report = job.pull->Run();
  line.reset();
  if (!report.ok()) {
    (void)Complain(kListingPullCommand, report.status(), console);
    return CodeOf(report.status());
  }
  Tell(job, *report, console);
  return kDone;
}

}  // namespace

const Command kListingPullCommand = {
    .name = "listing pull",
    .arguments = "[OPTION]...",
    .summary = "make this server's listing what the master pushed",
    .help =
        "For web servers. Takes the signed index from the bucket and changes the listing file by\n"
        "file: withdrawals first, then book by book the manifest and the markers. An index that "
        "is\n"
        "not signed with one of the public keys, is another shop's, or is older than the last one "
        "is\n"
        "not taken. If more of the markers here would go than --max-drop allows, without having "
        "been\n"
        "withdrawn, nothing is changed and the answer is no.\n"
        "\n"
        "  --watch               go on forever, with one conditional request per interval; the "
        "keys\n"
        "                        are read again when their file has changed\n"
        "  --interval TIME       2s without it; after a failure up to 30s\n"
        "  --keys FILE           in place of AudioListingPublicKeys, /etc/audiodl/listing.pub\n"
        "                        without it\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin\n"
        "  --credentials SOURCE  in place of its AudioCredentials; s3:GetObject is enough\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --max-drop SHARE      in place of AudioListingMaxDrop, 5% without it\n"
        "  --force               more may go, and an older index is taken, this once\n"
        "  -n                    only say what it would do\n"
        "  --json                JSON, one object a line\n",
    .run = RunPull,
};

}  // namespace audiodl
