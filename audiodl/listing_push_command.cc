// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_push_command.h"

#include <ostream>

#include "audiodl/count_line.h"
#include "audiodl/listing_keys.h"
#include "audiodl/listing_options.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/stock/index_push.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr int64_t kMillisecond = 1000000;

Result<IndexSigningKey> KeyOf(const Options& options, const ShopSettings& shop) {
  const Result<std::string> path = SigningKeyPath(options, shop);
  if (!path.ok()) return path.status();
  return IndexSigningKey::Read(*path);
}

Result<PushReport> Push(const Options& options, const Console& console) {
  const Result<ShopSettings> shop = ShopSettings::Of(options);
  if (!shop.ok()) return shop.status();
  if (Status status = NeedListing(*shop); !status.ok()) return status;
  const Result<DropGuard> guard = GuardOf(options, *shop);
  if (!guard.ok()) return guard.status();
  const Result<IndexSigningKey> key = KeyOf(options, *shop);
  if (!key.ok()) return NotUsage(key.status());
  const Result<OpenedStore> store = OpenShopStore(*shop);
  if (!store.ok()) return NotUsage(store.status());
  CountLine line(console.err);
  Result<PushReport> report =
      PushIndex(*store->objects, *key,
                {.listing = shop->listing,
                 .origin = shop->origin,
                 .guard = *guard,
                 .force = options.Has("--force"),
                 .dry_run = options.Has("-n"),
                 .now_ms = NowNanoseconds() / kMillisecond,
                 .progress = [&](size_t done, size_t of) { line.Update(done, of, "parts"); }});
  return report.ok() ? std::move(report) : NotUsage(report.status());
}

std::string Json(const PushReport& report) {
  return JsonObject()
      .Add("changed", report.changed)
      .Add("serial", report.serial)
      .Add("markers", uint64_t{report.markers})
      .Add("dropped", uint64_t{report.dropped})
      .Add("unexplained", uint64_t{report.unexplained})
      .Add("objects", uint64_t{report.parts})
      .Add("bytes", report.bytes)
      .Text();
}

std::string Line(const PushReport& report, bool dry) {
  const std::string markers = std::to_string(report.markers) + " markers";
  if (!report.changed) return "unchanged: serial " + std::to_string(report.serial) + ", " + markers;
  std::string line = dry ? "would push " : "pushed serial " + std::to_string(report.serial) + ", ";
  line += markers;
  if (report.dropped > 0) line += ", " + std::to_string(report.dropped) + " fewer than before";
  return line + ", in " + std::to_string(report.bytes) + " bytes";
}

ExitCode RunPush(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json", "--force"},
                                 .values = WithShopOptions({kKeyOption, kMaxDropOption})});
  if (!options.ok()) return Refuse(kListingPushCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kListingPushCommand, "takes no operands", console);
  }
  const Result<PushReport> report = Push(*options, console);
  if (!report.ok()) {
    const ExitCode code = Refuse(kListingPushCommand, report.status(), console);
    return report.status().code() == Code::kChanged ? kNegative : code;
  }
  if (!report->warning.empty()) {
    console.err << "audiodl listing push: " << report->warning << "\n";
  }
  console.out << (options->Has("--json") ? Json(*report) : Line(*report, options->Has("-n")))
              << "\n";
  return kDone;
}

}  // namespace

const Command kListingPushCommand = {
    .name = "listing push",
    .arguments = "[OPTION]...",
    .summary = "put the signed index of the listing into the bucket, for the web servers to pull",
    .help =
        "For the master, which alone publishes; publish, withdraw and ingest do this at their "
        "end.\n"
        "Writes what changed since the last push, and "
        "nothing\n"
        "where nothing did. If more of the markers that the last index had are gone than "
        "--max-drop\n"
        "allows, without having been withdrawn, it writes nothing and the answer is no; --force\n"
        "tells the web servers, too, that they are meant to go.\n"
        "\n"
        "  --key FILE            in place of AudioListingKey, /etc/audiodl/listing.key without it\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --max-drop SHARE      in place of AudioListingMaxDrop, 5% without it\n"
        "  --force               more may go; also replaces an index that another key has signed, "
        "and\n"
        "                        writes all parts anew, of which the bucket may have lost some\n"
        "  -n                    only say what it would do\n"
        "  --json                a JSON object that says what was done\n",
    .run = RunPush,
};

}  // namespace audiodl
