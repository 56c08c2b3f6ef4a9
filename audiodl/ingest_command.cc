// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/ingest_command.h"

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "audiodl/chosen_value.h"
#include "audiodl/count_line.h"
#include "audiodl/listing_options.h"
#include "audiodl/listing_pushing.h"
#include "audiodl/operator_cache.h"
#include "audiodl/publish_report.h"
#include "audiodl/shop_settings.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"
#include "common/ingest/ingest.h"
#include "common/publish/publisher.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr size_t kMaxShown = 1000;
constexpr size_t kMaxLabel = 40;  // of a line on the terminal

// Collects what is wrong with single files, for the uploader to read.
class Refusals : public PublishLine {
 public:
  using PublishLine::PublishLine;
  void OnRefused(const Status& why) override { text_ += "\n  " + why.text(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct IngestJob {
  const Options& options;
  const Console& console;
  ShopSettings shop = {};
  std::optional<OpenedStore> store = {};  // opened for the first book
  IngestContext context = {};
  bool json = false;
  bool failed = false;
  bool trouble = false;
  std::optional<CountLine> looking = {};  // a line on the terminal
  size_t looked_at = 0;
};

Status SetDuration(const Options& options, const ShopSettings& shop,
                   const ChosenValue::Names& names, std::chrono::nanoseconds& target) {
  const auto chosen = ChosenValue::WordOf(options, shop.config, names);
  if (!chosen.ok() || !chosen->text()) return chosen.status();
  const Result<std::chrono::milliseconds> duration = ParseDuration(*chosen->text());
  if (!duration.ok()) return chosen->Wrong(duration.status().text());
  target = *duration;
  return Status::Ok();
}

Result<std::string> Folder(std::string path, const char* what) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.starts_with('/')) return path;
  return Status::Invalid(std::string(what) + " " + path + " is no absolute path");
}

Status Prepare(const Options& options, IngestJob& job) {
  Result<ShopSettings> shop = ShopSettings::Of(options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return shop.status();
  job.shop = std::move(shop).value();
  IngestContext& context = job.context;
  Result<std::string> drop = Folder(options.operands().front(), "the drop folder");
  if (!drop.ok()) return drop.status();
  context.drop = std::move(drop).value();
  const auto tree = ChosenValue::WordOf(options, job.shop.config, {"--tree", "AudioDropTree"});
  if (!tree.ok()) return tree.status();
  if (tree->text()) {
    Result<std::string> folder = Folder(*tree->text(), "the folder");
    if (!folder.ok()) return tree->Wrong(folder.status().text());
    context.tree = std::move(folder).value();
  }
  if (Status status = SetDuration(options, job.shop, {"--quiet", "AudioDropQuiet"}, context.quiet);
      !status.ok()) {
    return status;
  }
  return SetDuration(options, job.shop, {"--give-up", "AudioDropGiveUp"}, context.give_up);
}

PublishEnd Publish(IngestJob& job, const std::string& book, const std::vector<std::string>& files) {
  job.looking.reset();
  if (!job.shop.has_origin) {
    return Status::Invalid("there is no origin: write AudioOrigin into the settings");
  }
  if (Status status = NeedListing(job.shop); !status.ok()) return status;
  if (!job.store) {
    Result<OpenedStore> store = OpenShopStore(job.shop);
    if (!store.ok()) return store.status();
    job.store = std::move(store).value();
  }
  Refusals refusals(job.console.err);
  Publisher publisher({.store = *job.store->objects,
                       .origin = job.shop.origin,
                       .listing = job.shop.listing,
                       .stale_age = job.shop.stale_age},
                      refusals);
  const PublishEnd end = publisher.Publish({.book = book, .paths = files});
  if (!end.ok()) return end.With(refusals.text());
  PushChangedListing(kIngestCommand, job.shop, job.options, *job.store->objects, job.console,
                     refusals.PathsIn(book));
  return end;
}

void Tell(IngestJob& job, DropEvent event, const std::string& path, const std::string& text,
          const Console& console) {
  job.looking.reset();
  job.failed = job.failed || event == DropEvent::kFailed;
  job.trouble = job.trouble || event == DropEvent::kTrouble;
  if (job.json) {
    console.out
        << JsonObject().Add("event", EventName(event)).Add("path", path).Add("text", text).Text()
        << std::endl;
    return;
  }
  std::ostream& out = event == DropEvent::kTrouble ? console.err : console.out;
  if (event == DropEvent::kTrouble) out << "audiodl ingest: ";
  out << (job.context.dry_run && event != DropEvent::kWaiting ? "would be " : "")
      << EventName(event) << "  " << Printable(path, kMaxShown);
  if (!text.empty()) out << ": " << text;
  out << std::endl;
}

ExitCode RunIngest(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options = Options::Parse(
      arguments,
      {.flags = {"-n", "--json"}, .values = WithShopOptions({"--tree", "--quiet", "--give-up"})});
  if (!options.ok()) return Refuse(kIngestCommand, options.status(), console);
  if (options->operands().size() != 1) {
    return UsageError(kIngestCommand, "it takes the drop FOLDER", console);
  }
  IngestJob job{.options = *options, .console = console};
  if (Status status = Prepare(*options, job); !status.ok()) {
    return Refuse(kIngestCommand, status, console);
  }
  job.json = options->Has("--json");
  job.context.dry_run = options->Has("-n");
  job.context.now = NowNanoseconds();
  job.context.publish = [&](const std::string& book, const std::vector<std::string>& files) {
    return Publish(job, book, files);
  };
  job.context.tell = [&](DropEvent event, const std::string& path, const std::string& text) {
    Tell(job, event, path, text, console);
  };
  job.context.on_look = [&](const std::string& path) {
    if (!job.looking) job.looking.emplace(console.err);
    job.looking->Update(++job.looked_at, 0, "files looked at, now " + Printable(path, kMaxLabel));
  };
  const Status status = Ingest(job.context);
  job.looking.reset();
  // Whoever is at work there sees what we would have seen.
  if (status.code() == Code::kBusy) {
    console.err << "audiodl ingest: " << status.text() << "\n";
    return kDone;
  }
  if (!status.ok()) return Complain(kIngestCommand, status, console);
  if (job.trouble) return kTrouble;
  return job.failed ? kNegative : kDone;
}

}  // namespace

const Command kIngestCommand = {
    .name = "ingest",
    .arguments = "[OPTION]... FOLDER",
    .summary = "take what staff uploaded, when it is complete, to where it belongs",
    .help =
        "Looks once through a drop folder that FTP or anything else uploads into. For a timer.\n"
        "\n"
        "  books/BOOK/           is published as BOOK, which may contain slashes, and the "
        "listing's\n"
        "                        index pushed, as publish does\n"
        "  samples/, podcasts/, images/   is moved into the tree of the same name\n"
        "  failed/               is where it moves what cannot be used, with a .reason.txt\n"
        "\n"
        "An upload is complete when the files that SHA256SUMS in its folder names are all there "
        "and\n"
        "right; or when a file called done or .done is there; or when for a while nothing has\n"
        "changed, nobody has a file open for writing, and every mp3, m4a and image is whole. "
        "Names\n"
        "that begin with a dot or end in .part, .filepart, .tmp and the like are uploads that go\n"
        "on. A cut file is waited for, to be resumed, until nothing came for --give-up. Killed\n"
        "anywhere, the next run goes on; while one runs, another does nothing.\n"
        "\n"
        "  --tree FOLDER         in place of AudioDropTree: where samples, podcasts and images go\n"
        "  --quiet TIME          in place of AudioDropQuiet, 60s without it\n"
        "  --give-up TIME        in place of AudioDropGiveUp, 1h without it\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --listing FOLDER      in place of its AudioListing\n"
        "  -n                    only say what it would do\n"
        "  --json                a JSON object for each upload\n"
        "\n"
        "The answer is no where something was moved to failed/, because of what is wrong with the\n"
        "files themselves; trouble, whatever it is that S3, the listing or a disk says, is told "
        "and\n"
        "will be tried again.\n",
    .run = RunIngest,
};

}  // namespace audiodl
