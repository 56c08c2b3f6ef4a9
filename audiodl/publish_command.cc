// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/publish_command.h"

#include <chrono>
#include <ostream>
#include <utility>

#include "audiodl/listing_pushing.h"
#include "audiodl/operator_cache.h"
#include "audiodl/publish_report.h"
#include "audiodl/shop_settings.h"
#include "common/base/dates.h"
#include "common/base/file_io.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/publish/publisher.h"

namespace audiodl {
namespace {

constexpr size_t kMaxDescription = size_t{64} << 10;
constexpr size_t kMaxShown = 255;

// "2026-11-27T06:00:00Z", or the day alone.
Result<int64_t> ParseReleased(const std::string& text) {
  const Result<std::chrono::sys_seconds> date =
      ParseIsoDate(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!date.ok()) {
    return Status::Invalid("--released: write a day as 2026-11-27, or 2026-11-27T06:00:00Z");
  }
  return int64_t{date->time_since_epoch().count()};
}

// "@FILE" is the file's text.
Status SetDescription(const Options& options, BookDetails& details) {
  details.description = options.Value("--description");
  if (!details.description || !details.description->starts_with('@')) return Status::Ok();
  Result<std::string> text = ReadWholeFile(details.description->substr(1), kMaxDescription);
  if (!text.ok()) return NotUsage(text.status());
  details.description = std::string(Trim(*text));
  return Status::Ok();
}

Result<BookDetails> DetailsOf(const Options& options) {
  BookDetails details;
  details.title = options.Value("--title");
  details.author = options.Value("--author");
  details.narrator = options.Value("--narrator");
  details.language = options.Value("--language");
  details.cover = options.Value("--cover");
  if (Status status = SetDescription(options, details); !status.ok()) return status;
  if (const std::optional<std::string> released = options.Value("--released")) {
    const Result<int64_t> seconds = ParseReleased(*released);
    if (!seconds.ok()) return seconds.status();
    details.released = *seconds;
  }
  return details;
}

std::string_view PlanWord(const PlannedChunk& planned) {
  using Verdict = ChunkUpload::Verdict;
  const bool is_there = planned.verdict == Verdict::kSame || planned.verdict == Verdict::kPerhaps;
  if (!planned.is_listed) return is_there ? "would be compared and listed" : "would be added";
  if (planned.verdict == Verdict::kSame) return "unchanged";
  return is_there ? "would be compared" : "would be replaced";
}

ExitCode Show(const std::vector<PlannedChunk>& planned, bool json, const Console& console) {
  for (const PlannedChunk& chunk : planned) {
    if (json) {
      console.out << FactsJson(chunk.source, PlanWord(chunk), false) << "\n";
    } else {
      console.out << Printable(chunk.source.name, kMaxShown) << ": " << PlanWord(chunk) << ", "
                  << FactsText(chunk.source) << "\n";
    }
  }
  return kDone;
}

ExitCode Failed(const Status& status, const Console& console) {
  (void)Complain(kPublishCommand, status, console);
  return kTrouble;
}

// The answer is no where it is known that the files are at fault, and trouble where it is not.
ExitCode Failed(const PublishEnd& end, const Console& console) {
  (void)Failed(end.status(), console);
  return end.is_refused() && end.status().code() == Code::kCorrupt ? kNegative : kTrouble;
}

ExitCode Publish(const ShopSettings& shop, const PublishJob& job, const Options& options,
                 const Console& console) {
  const Result<OpenedStore> store = OpenShopStore(shop);
  if (!store.ok()) return Complain(kPublishCommand, store.status(), console);
  const bool json = options.Has("--json");
  PublishReport report(kPublishCommand, console,
                       json ? PublishReport::Form::kJson : PublishReport::Form::kText);
  Publisher publisher({.store = *store->objects,
                       .origin = shop.origin,
                       .listing = shop.listing,
                       .stale_age = shop.stale_age},
                      report);
  if (options.Has("-n")) {
    std::vector<PlannedChunk> planned;
    const PublishEnd end = publisher.Plan(job, planned);
    return end.ok() ? Show(planned, json, console) : Failed(end, console);
  }
  if (const PublishEnd end = publisher.Publish(job); !end.ok()) return Failed(end, console);
  PushChangedListing(kPublishCommand, shop, options, *store->objects, console,
                     report.PathsIn(job.book));
  if (!json) {
    console.out << "published " << Printable(job.book, kMaxShown) << ": " << report.stored()
                << (report.stored() == 1 ? " chunk, " : " chunks, ") << report.sent() << " sent\n";
  }
  return kDone;
}

ExitCode RunPublish(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments, {.flags = {"-n", "--json"},
                  .values = WithShopOptions({"--title", "--author", "--narrator", "--language",
                                             "--description", "--cover", "--released"})});
  if (!options.ok()) return Refuse(kPublishCommand, options.status(), console);
  if (options->operands().size() < 2) {
    return UsageError(kPublishCommand, "it takes a BOOK, and FILES or a FOLDER", console);
  }
  PublishJob job;
  job.book = options->operands()[0];
  job.paths.assign(options->operands().begin() + 1, options->operands().end());
  Result<BookDetails> details = DetailsOf(*options);
  if (!details.ok()) return Refuse(kPublishCommand, details.status(), console);
  job.details = std::move(details).value();
  const Result<ShopSettings> shop = ShopSettings::Of(*options);
  if (!shop.ok()) return Refuse(kPublishCommand, shop.status(), console);
  if (shop->listing.empty()) {
    return Failed(Status::Invalid("there is no listing: write AudioListing into the settings, or "
                                  "give --listing"),
                  console);
  }
  return Publish(*shop, job, *options, console);
}

}  // namespace

const Command kPublishCommand = {
    .name = "publish",
    .arguments = "[OPTION]... BOOK FILE|FOLDER...",
    .summary = "put files up for sale: inspect, upload, compare, list",
    .help =
        "Each file becomes the chunk BOOK/NAME. All are inspected before the first is sent: an "
        "mp3\n"
        "must be frames to the last byte, an m4a or m4b boxes. Then each is uploaded, read back\n"
        "and compared, the manifest is written, and the markers come last. Stopped anywhere, it "
        "is\n"
        "completed by running it again: what is at the origin already is not sent again. A chunk\n"
        "of the same name is replaced; downloads that are under way keep what their server has of "
        "the\n"
        "old one, and all of it where the bucket keeps versions. Where AudioListingKey names a "
        "key,\n"
        "or there is one at its default, the listing's index is pushed at the end; if that fails "
        "it\n"
        "is said, and is for the next listing push.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word:\n"
        "                        \"s3://books region=eu-west-1\"\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  --title TEXT          the book's; without it the album of the files' tags\n"
        "  --author TEXT         without it the artist of the files' tags\n"
        "  --narrator TEXT\n"
        "  --language TAG        en, de-AT\n"
        "  --description TEXT    or @FILE\n"
        "  --cover URL           of a picture\n"
        "  --released DATE       2026-11-27, or 2026-11-27T06:00:00Z\n"
        "  -n                    inspect and ask the origin, but change nothing\n"
        "  --json                a JSON object a line for each chunk\n"
        "\n"
        "The answer is no (exit code 1) where a file is not whole.\n",
    .run = RunPublish,
};

}  // namespace audiodl
