// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/withdraw_command.h"

#include <ostream>

#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/publish/withdrawer.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 255;

ExitCode Failed(const Status& status, const Console& console) {
  (void)Complain(kWithdrawCommand, status, console);
  return status.code() == Code::kNotFound ? kNegative : kTrouble;
}

struct Words {
  std::string_view done;    // "withdrawn"
  std::string_view object;  // what becomes of the object
};

void Show(const std::vector<WithdrawnChunk>& chunks, const Words& words, bool json,
          const Console& console) {
  for (const WithdrawnChunk& chunk : chunks) {
    if (json) {
      console.out << JsonObject()
                         .Add("chunk", chunk.name)
                         .Add("done", words.done)
                         .Add("listed", chunk.is_listed)
                         .Add("object", chunk.has_object)
                         .Text()
                  << "\n";
      continue;
    }
    console.out << Printable(chunk.name, kMaxShown) << ": "
                << (chunk.is_listed ? words.done : std::string_view("was not listed"))
                << (chunk.has_object ? words.object : std::string_view()) << "\n";
  }
}

ExitCode Withdraw(const ShopSettings& shop, const WithdrawJob& job, const Options& options,
                  const Console& console) {
  const Result<OpenedStore> store = OpenShopStore(shop);
  if (!store.ok()) return Failed(store.status(), console);
  PublishObserver nobody;
  Withdrawer withdrawer({.store = *store->objects, .origin = shop.origin, .listing = shop.listing},
                        nobody);
  const bool dry = options.Has("-n");
  const Result<std::vector<WithdrawnChunk>> chunks =
      dry ? withdrawer.Plan(job) : withdrawer.Withdraw(job);
  if (!chunks.ok()) return Failed(chunks.status(), console);
  const Words words = dry ? Words{"would be withdrawn", ", its object would be deleted"}
                          : Words{"withdrawn", ", its object deleted"};
  Show(*chunks, words, options.Has("--json"), console);
  return kDone;
}

ExitCode RunWithdraw(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json", "--keep-objects"}, .values = WithShopOptions({})});
  if (!options.ok()) return UsageError(kWithdrawCommand, options.status().text(), console);
  if (options->operands().empty()) {
    return UsageError(kWithdrawCommand, "it takes a BOOK, and CHUNKS where not all is meant",
                      console);
  }
  WithdrawJob job;
  job.book = options->operands()[0];
  job.chunks.assign(options->operands().begin() + 1, options->operands().end());
  if (options->Has("--keep-objects")) job.objects = WithdrawJob::Objects::kKeep;
  const Result<ShopSettings> shop = ShopSettings::Of(*options);
  if (!shop.ok()) return Failed(shop.status(), console);
  if (shop->listing.empty()) {
    return Failed(Status::Invalid("there is no listing: write AudioListing into the settings, or "
                                  "give --listing"),
                  console);
  }
  return Withdraw(*shop, job, *options, console);
}

}  // namespace

const Command kWithdrawCommand = {
    .name = "withdraw",
    .arguments = "[OPTION]... BOOK [CHUNK]...",
    .summary = "take a book, or chunks of it, from sale",
    .help =
        "The marker goes first, so that nothing is for sale that is not there; then the "
        "manifest's\n"
        "line, then the object. Without a CHUNK the whole book goes: everything directly below\n"
        "BOOK/ in the listing and at the origin. Stopped anywhere, it is completed by running it\n"
        "again. Where there is nothing of it, the answer is no.\n"
        "\n"
        "  --keep-objects        leave the objects at the origin\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word:\n"
        "                        \"s3://books region=eu-west-1\"\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  -n                    only say what would go\n"
        "  --json                a JSON object a line for each chunk\n",
    .run = RunWithdraw,
};

}  // namespace audiodl
