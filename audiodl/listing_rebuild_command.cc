// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_rebuild_command.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <ostream>

#include "audiodl/count_line.h"
#include "audiodl/listing_keys.h"
#include "audiodl/listing_options.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/book/manifest.h"
#include "common/stock/rebuild.h"

namespace audiodl {
namespace {

constexpr char kEndingOption[] = "--ending";
constexpr size_t kMaxNamed = 20;
constexpr size_t kMaxShown = 1000;

Result<RebuildReport> Rebuild(const Options& options, const Console& console) {
  const Result<ShopSettings> shop = ShopSettings::Of(options);
  if (!shop.ok()) return shop.status();
  if (Status status = NeedListing(*shop); !status.ok()) return status;
  const Result<DropGuard> guard = GuardOf(options, *shop);
  if (!guard.ok()) return guard.status();
  const Result<std::optional<IndexVerifyKeys>> keys = KnownKeysOf(options, *shop);
  if (!keys.ok()) return keys.status();
  const Result<OpenedStore> store = OpenShopStore(*shop);
  if (!store.ok()) return NotUsage(store.status());
  CountLine line(console.err);
  RebuildRequest request;
  request.listing = shop->listing;
  request.origin = shop->origin;
  request.guard = *guard;
  request.force = options.Has("--force");
  request.dry_run = options.Has("-n");
  request.anew = options.Has("--anew");
  request.manifests = options.Has("--manifests");
  request.endings = options.List(kEndingOption);
  request.now = std::time(nullptr);
  request.keys = keys->has_value() ? &**keys : nullptr;
  request.progress = [&](size_t done, size_t of) {
    line.Update(done, of, of == 0 ? "objects" : "markers and manifests");
  };
  Result<RebuildReport> report = RebuildListing(*store->objects, request);
  return report.ok() ? std::move(report) : NotUsage(report.status());
}

std::string Json(const RebuildReport& report) {
  std::string head = JsonObject()
                         .Add("objects", uint64_t{report.objects})
                         .Add("kept_withdrawn", uint64_t{report.withdrawn})
                         .Add("recalled", uint64_t{report.recalled})
                         .Add("unusable", uint64_t{report.unusable.size()})
                         .Add("resumed_at", uint64_t{report.resumed_at})
                         .Text();
  head.pop_back();  // the brace
  return head + "," + JsonMembers(report.plan) + "}";
}

// What a dry run would do, a line each.
void TellPlan(const ListingPlan& plan, std::ostream& out) {
  for (const BookChange& change : plan.books) {
    const auto line = [&](const char* what, const std::string& name) {
      out << what << Printable(change.book + "/" + name, kMaxShown) << "\n";
    };
    for (const std::string& chunk : change.remove) line("remove    ", chunk);
    if (change.manifest) line("manifest  ", Manifest::kFileName);
    for (const auto& [chunk, time] : change.put) line("put       ", chunk);
  }
}

// What is known of withdrawn chunks, where that is less than all.
void TellWithdrawn(const RebuildReport& report, const Console& console) {
  if (!report.on_trust.empty() && report.plan.made > 0 && report.held.ok()) {
    console.err << "audiodl listing rebuild: " << report.plan.made
                << " chunks are listed on the bucket's word alone (there is no .audiodl-withdrawn, "
                   "and "
                << report.on_trust
                << "): what of them was withdrawn is for sale again, where its object was not "
                   "deleted\n";
  }
  if (report.recalled > 0) {
    console.err << "audiodl listing rebuild: " << report.recalled
                << " withdrawn chunks are known from the last index alone, and stay withdrawn\n";
  }
  if (report.bad_lines > 0) {
    console.err << "audiodl listing rebuild: " << report.bad_lines
                << " lines of .audiodl-withdrawn are none, or cut: see audiodl fsck\n";
  }
}

void Tell(const RebuildReport& report, const Options& options, const Console& console) {
  TellWithdrawn(report, console);
  const size_t named = std::min(kMaxNamed, report.unusable.size());
  for (size_t i = 0; i < named; ++i) {
    console.err << "audiodl listing rebuild: no URL could ask for this object: "
                << Printable(report.unusable[i], kMaxShown) << "\n";
  }
  if (named < report.unusable.size()) {
    console.err << "audiodl listing rebuild: nor for " << report.unusable.size() - named
                << " more\n";
  }
  if (options.Has("--json")) {
    console.out << Json(report) << "\n";
    return;
  }
  if (options.Has("-n")) TellPlan(report.plan, console.out);
  console.out << report.objects << " objects";
  if (report.withdrawn > 0) console.out << ", " << report.withdrawn << " of them withdrawn";
  console.out << ": " << Words(report.plan, options.Has("-n") ? PlanIs::kDry : PlanIs::kDone)
              << "\n";
}

ExitCode RunRebuild(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json", "--force", "--anew", "--manifests"},
                                 .values = WithShopOptions({kMaxDropOption, kKeysOption}),
                                 .lists = {kEndingOption}});
  if (!options.ok()) return Refuse(kListingRebuildCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kListingRebuildCommand, "takes no operands", console);
  }
  const Result<RebuildReport> report = Rebuild(*options, console);
  if (report.ok()) {
    Tell(*report, *options, console);
    if (report->held.ok()) return kDone;
    (void)Complain(kListingRebuildCommand, report->held, console);
    return kNegative;
  }
  const ExitCode code = Refuse(kListingRebuildCommand, report.status(), console);
  return report.status().code() == Code::kChanged ? kNegative : code;
}

}  // namespace

const Command kListingRebuildCommand = {
    .name = "listing rebuild",
    .arguments = "[OPTION]...",
    .summary = "make the listing from what is in the bucket",
    .help =
        "Lists the bucket, thousand by thousand; makes a marker for each object that has none, "
        "gives\n"
        "markers that are older than their object its date, and removes those whose object is "
        "gone,\n"
        "each after asking for it once more. Manifests stay as they are. Killed and run again "
        "within\n"
        "an hour, it goes on where it was. If more markers would go than --max-drop allows, "
        "nothing "
        "is\n"
        "changed and the answer is no.\n"
        "\n"
        "Chunks that were withdrawn stay so, though their objects are still in the bucket: the "
        "file\n"
        ".audiodl-withdrawn in the listing says which they are, and where it is lost, the last "
        "index\n"
        "that was pushed, if one of the keys here has signed it. Without both, all that the bucket "
        "has\n"
        "would be for sale, so no more than --max-drop's share is listed then without --force. A "
        "shop\n"
        "that pushes no index copies .audiodl-withdrawn from another server's listing first; on "
        "the\n"
        "day of a migration, when nothing was withdrawn yet:\n"
        "\n"
        "  audiodl listing rebuild --force\n"
        "\n"
        "  --ending .mp3         only objects whose names end so, and their markers; may be given\n"
        "                        again\n"
        "  --manifests           make a manifest, with sizes and entity tags, for each book that "
        "has\n"
        "                        none\n"
        "  --anew                list the bucket from its beginning\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --max-drop SHARE      in place of AudioListingMaxDrop, 5% without it\n"
        "  --keys FILE           public keys of the last index, in place of those of "
        "AudioListingKey\n"
        "                        and AudioListingPublicKeys\n"
        "  --force               more may go, and be listed though nobody knows what was "
        "withdrawn\n"
        "  -n                    only say what it would do, a line for each file, and answer as if "
        "it\n"
        "                        were to be done\n"
        "  --json                a JSON object that says what was done\n",
    .run = RunRebuild,
};

}  // namespace audiodl
