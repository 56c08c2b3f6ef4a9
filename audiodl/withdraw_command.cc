// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/withdraw_command.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <ostream>

#include "audiodl/listing_pushing.h"
#include "audiodl/operator_cache.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/publish/withdrawer.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 255;

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

// Says what the operator must know: a title that has to go may come back.
class Teller : public PublishObserver {
 public:
  explicit Teller(std::ostream& err) : err_(err) {}

  void OnObjectsUnknown(const Status& why) override {
    err_ << "audiodl withdraw: the origin does not say what it has of the book (" << why.text()
         << "): what is there and not in the listing is not withdrawn, and listing rebuild may "
            "list it. Run it again later\n";
  }

 private:
  std::ostream& err_;
};

ExitCode Withdraw(const ShopSettings& shop, const WithdrawJob& job, const Options& options,
                  const Console& console) {
  const Result<OpenedStore> store = OpenShopStore(shop);
  if (!store.ok()) return Complain(kWithdrawCommand, store.status(), console);
  Teller teller(console.err);
  Withdrawer withdrawer({.store = *store->objects, .origin = shop.origin, .listing = shop.listing},
                        teller);
  const bool dry = options.Has("-n");
  const Result<std::vector<WithdrawnChunk>> chunks =
      dry ? withdrawer.Plan(job) : withdrawer.Withdraw(job);
  // Also where an object could not be deleted: its marker is gone.
  if (!dry && !(chunks.ok() && chunks->empty())) {
    PushChangedListing(kWithdrawCommand, shop, options, *store->objects, console);
  }
  if (!chunks.ok()) return Complain(kWithdrawCommand, chunks.status(), console);
  if (chunks->empty()) {
    console.err << "audiodl withdraw: there is nothing of " << Printable(job.book, kMaxShown)
                << "\n";
    return kNegative;
  }
  const Words words = dry ? Words{"would be withdrawn", ", its object would be deleted"}
                          : Words{"withdrawn", ", its object deleted"};
  Show(*chunks, words, options.Has("--json"), console);
  return kDone;
}

// A listing that is not mounted has nothing of any book: that is no answer.
Status CheckListing(const ShopSettings& shop) {
  if (shop.listing.empty()) {
    return Status(Code::kNotFound,
                  "there is no listing: write AudioListing into the settings, or give --listing");
  }
  struct stat info;
  if (stat(shop.listing.c_str(), &info) != 0) return Status::FromErrno(errno, shop.listing);
  return S_ISDIR(info.st_mode) ? Status::Ok() : Status::FromErrno(ENOTDIR, shop.listing);
}

WithdrawJob JobOf(const Options& options) {
  WithdrawJob job;
  job.book = options.operands()[0];
  job.chunks.assign(options.operands().begin() + 1, options.operands().end());
  if (options.Has("--delete-objects")) job.objects = WithdrawJob::Objects::kDelete;
  return job;
}

ExitCode DeleteOld(const ShopSettings& shop, const std::string& age, const Options& options,
                   const Console& console) {
  const Result<std::chrono::milliseconds> length = ParseDuration(age);
  if (!length.ok()) return UsageError(kWithdrawCommand, length.status().text(), console);
  const Result<OpenedStore> store = OpenShopStore(shop);
  if (!store.ok()) return Complain(kWithdrawCommand, store.status(), console);
  const auto before = std::chrono::system_clock::now() - *length;
  const bool dry = options.Has("-n");
  PublishObserver nobody;
  Status trouble;
  const std::vector<std::string> deleted = DeleteWithdrawn(
      {.place = {.store = *store->objects, .origin = shop.origin, .listing = shop.listing},
       .withdrawn_by = std::chrono::system_clock::to_time_t(before),
       .dry_run = dry},
      nobody, trouble);
  const std::string_view done = dry ? "its object would be deleted" : "its object deleted";
  for (const std::string& path : deleted) {
    if (options.Has("--json")) {
      console.out << JsonObject().Add("chunk", path).Add("done", done).Text() << "\n";
    } else {
      console.out << Printable(path, kMaxShown) << ": " << done << "\n";
    }
  }
  return trouble.ok() ? kDone : Complain(kWithdrawCommand, trouble, console);
}

ExitCode RunWithdraw(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments,
      {.flags = {"-n", "--json", "--delete-objects"}, .values = WithShopOptions({"--older-than"})});
  if (!options.ok()) return Refuse(kWithdrawCommand, options.status(), console);
  const std::optional<std::string> age = options->Value("--older-than");
  if (age && (!options->operands().empty() || !options->Has("--delete-objects"))) {
    return UsageError(kWithdrawCommand,
                      "--older-than is for --delete-objects of all that was withdrawn: no BOOK",
                      console);
  }
  if (!age && options->operands().empty()) {
    return UsageError(kWithdrawCommand, "it takes a BOOK, and CHUNKS where not all is meant",
                      console);
  }
  const Result<ShopSettings> shop = ShopSettings::Of(*options);
  if (!shop.ok()) return Refuse(kWithdrawCommand, shop.status(), console);
  if (Status status = CheckListing(*shop); !status.ok()) {
    return Complain(kWithdrawCommand, status, console);
  }
  if (age) return DeleteOld(*shop, *age, *options, console);
  return Withdraw(*shop, JobOf(*options), *options, console);
}

}  // namespace

const Command kWithdrawCommand = {
    .name = "withdraw",
    .arguments = "[OPTION]... BOOK [CHUNK]... | --delete-objects --older-than AGE",
    .summary = "take a book, or chunks of it, from sale",
    .help =
        "The marker goes, then the manifest's line. Without a CHUNK the whole book goes: "
        "everything\n"
        "directly below BOOK/ in the listing, and what the origin has there and the listing has "
        "lost\n"
        "is noted as withdrawn, too. Stopped anywhere, it is completed by running it "
        "again.\n"
        "Where there is nothing of it, the answer is no. The objects stay at the origin, for the\n"
        "downloads that are under way and for servers that have not yet heard of it; publishing "
        "the\n"
        "book again then sends nothing. The listing's index is pushed at the end, as publish "
        "does.\n"
        "\n"
        "  --delete-objects      delete the objects, too, at once and for good\n"
        "  --older-than AGE      with --delete-objects and without a BOOK: delete those of all "
        "that\n"
        "                        was withdrawn so long ago (30d) and is not for sale again\n"
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
