// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_apply_command.h"

#include <ostream>

#include "audiodl/count_line.h"
#include "audiodl/listing_options.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/stock/apply_copy.h"

namespace audiodl {
namespace {

Result<ListingPlan> ApplyFrom(const std::string& copy, const Options& options,
                              const Console& console) {
  const Result<ShopSettings> shop = ShopSettings::Of(options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return shop.status();
  if (Status status = NeedListing(*shop); !status.ok()) return status;
  const Result<DropGuard> guard = GuardOf(options, *shop);
  if (!guard.ok()) return guard.status();
  CountLine line(console.err);
  Result<ListingPlan> plan = ApplyCopy({.copy = copy,
                                        .listing = shop->listing,
                                        .guard = *guard,
                                        .force = options.Has("--force"),
                                        .dry_run = options.Has("-n"),
                                        .progress = [&](size_t done, size_t of) {
                                          line.Update(done, of, "markers and manifests");
                                        }});
  return plan.ok() ? std::move(plan) : NotUsage(plan.status());
}

ExitCode RunApply(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json", "--force"},
                                 .values = {CommandConfig::kOption, "--listing", kMaxDropOption}});
  if (!options.ok()) return Refuse(kListingApplyCommand, options.status(), console);
  if (options->operands().size() != 1) {
    return UsageError(kListingApplyCommand, "it takes the FOLDER of the copy", console);
  }
  const Result<ListingPlan> plan = ApplyFrom(options->operands().front(), *options, console);
  if (!plan.ok()) {
    const ExitCode code = Refuse(kListingApplyCommand, plan.status(), console);
    return plan.status().code() == Code::kChanged ? kNegative : code;
  }
  if (options->Has("--json")) {
    console.out << "{" << JsonMembers(*plan) << "}\n";
  } else {
    console.out << Words(*plan, options->Has("-n") ? PlanIs::kDry : PlanIs::kDone) << "\n";
  }
  return kDone;
}

}  // namespace

const Command kListingApplyCommand = {
    .name = "listing apply",
    .arguments = "[OPTION]... FOLDER",
    .summary = "make this server's listing what a replicated copy says, under the guard",
    .help =
        "For web servers whose listing comes by unison, rsync or the like: that goes into a FOLDER "
        "of\n"
        "its own, and this brings it from there into the listing, withdrawals first, then book by\n"
        "book the manifest and the markers. A copy that was cut short, or whose source had lost "
        "its\n"
        "disk, thus never reaches the shop: if more of the markers would go than --max-drop "
        "allows,\n"
        "without having been withdrawn, nothing is changed and the answer is no.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --max-drop SHARE      in place of AudioListingMaxDrop, 5% without it\n"
        "  --force               more may go\n"
        "  -n                    only say what it would do\n"
        "  --json                a JSON object that says what was done\n",
    .run = RunApply,
};

}  // namespace audiodl
