// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/hosts_apply_command.h"

#include <chrono>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "audiodl/hosts_settings.h"
#include "audiodl/operator_cache.h"
#include "common/base/json_text.h"
#include "common/cluster/hosts_decision.h"
#include "common/cluster/hosts_file.h"
#include "common/cluster/hosts_object.h"
#include "common/cluster/managed_file.h"

namespace audiodl {
namespace {

constexpr char kPrevious[] = "previous";
constexpr std::chrono::seconds kPatience{60};
// An editor that saves at the same moment is waited for so many times.
constexpr int kMaxRounds = 10;

struct Mode {
  bool dry = false;
  bool json = false;
  bool force = false;

  static Mode Of(const Options& options) {
    return {options.Has("-n"), options.Has("--json"), options.Has("--force")};
  }
};

// What came of it, in words that scripts may go by.
struct Report {
  std::string result;  // applied, unchanged, held, older, rolled back, nothing kept
  uint64_t serial = 0;
  uint64_t before = 0;  // the block's serial; 0: no block, or an edited one
  std::vector<std::string> warnings = {};
  ExitCode code = kDone;

  bool changes() const { return result == "applied" || result == "rolled back"; }
};

// The file and what is in it, and whether it has been changed.
struct Opened {
  ManagedFile file;
  HostsFile hosts;
};

Result<Opened> Open(ManagedFile::Place place, const Mode& mode) {
  place.look_only = mode.dry;
  Result<ManagedFile> file = ManagedFile::Open(std::move(place), kPatience);
  if (!file.ok()) return file.status();
  Result<HostsFile> hosts = HostsFile::Parse(file->text());
  if (!hosts.ok()) {
    return Status(hosts.status().code(), file->path() + ": " + hosts.status().text());
  }
  return Opened{std::move(file).value(), std::move(hosts).value()};
}

// Does `step` on the file as it is, and again where somebody has changed it in between.
Result<Report> WithFile(const ManagedFile::Place& place, const Mode& mode,
                        const std::function<Result<Report>(Opened&)>& step) {
  Status busy;
  for (int round = 0; round < kMaxRounds; ++round) {
    Result<Opened> opened = Open(place, mode);
    if (!opened.ok()) return opened.status();
    const bool repaired = opened->file.repaired();
    Result<Report> report = step(*opened);
    if (report.ok() && repaired) {
      report->warnings.push_back("a write that was cut short was finished first");
    }
    if (report.ok() || report.status().code() != Code::kBusy) return report;
    busy = report.status();
  }
  return busy;
}

std::vector<std::string> WarningsAbout(const Opened& opened, const HostsObject& object) {
  std::vector<std::string> warnings;
  for (const std::string& name : object.Names()) {
    const size_t line = opened.hosts.ForeignLineNaming(name);
    if (line == 0) continue;
    warnings.push_back("line " + std::to_string(line) + " of " + opened.file.path() + " names " +
                       name + " too, outside of the block: the resolver goes by both");
  }
  return warnings;
}

Result<Report> Apply(Opened& opened, const HostsObject& object, const Mode& mode) {
  const std::optional<HostsBlock>& block = opened.hosts.block();
  Report report{"applied", object.serial(), SerialOf(block)};
  report.warnings = WarningsAbout(opened, object);
  if (!report.warnings.empty()) report.code = kNegative;
  const HostsVerdict verdict = JudgeHosts(block, object);
  const bool refused = verdict == HostsVerdict::kHeld || verdict == HostsVerdict::kOlder;
  if (verdict == HostsVerdict::kUnchanged) {
    report.result = "unchanged";
    return report;
  }
  if (refused && !mode.force) {
    report.result = verdict == HostsVerdict::kHeld ? "held" : "older";
    if (verdict == HostsVerdict::kOlder) report.code = kNegative;
    return report;
  }
  if (block && report.before == 0 && !block->object.empty()) {
    report.warnings.push_back("the block was edited by hand; it is replaced");
  }
  if (mode.dry) return report;
  // First, so that at no moment there is a new block without the way back.
  Status status = opened.file.Keep(kPrevious, block ? block->Text() : std::string());
  if (status.ok()) status = opened.file.Replace(opened.hosts.With(HostsBlock{0, object.text()}));
  if (!status.ok()) return status;
  return report;
}

Result<Report> RollBack(Opened& opened, const Mode& mode) {
  const std::optional<HostsBlock>& block = opened.hosts.block();
  const uint64_t before = SerialOf(block);
  const Result<std::optional<std::string>> kept = opened.file.Kept(kPrevious);
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) return Report{"nothing kept", before, before, {}, kNegative};
  const Result<HostsFile> previous = HostsFile::Parse(**kept);
  if (!previous.ok()) return Status(Code::kCorrupt, "what was kept is damaged");
  HostsBlock back = previous->block().value_or(HostsBlock());
  const Report report{"rolled back", SerialOf(back), before};
  const HostsBlock now = block.value_or(HostsBlock());
  if (now.object == back.object) return Report{"unchanged", before, before};
  back.refused_up_to = std::max(now.refused_up_to, before);
  if (mode.dry) return report;
  if (Status status = opened.file.Replace(opened.hosts.With(back)); !status.ok()) return status;
  return report;
}

std::string Sentence(const Report& report) {
  const std::string serial = " serial " + std::to_string(report.serial);
  const std::string before =
      report.before == 0 ? ", before that none" : ", before that " + std::to_string(report.before);
  if (report.result == "applied") return "applied" + serial + before;
  if (report.result == "unchanged") return "unchanged, at" + serial;
  if (report.result == "held")
    return "held:" + serial + " was rolled back, and waits for a newer one";
  if (report.result == "older") {
    return "refused:" + serial + " is no newer than " + std::to_string(report.before) +
           ", which is here (--force takes it all the same)";
  }
  if (report.result == "nothing kept") return "there is nothing to go back to";
  return report.serial == 0 ? "rolled back to no addresses at all" + before
                            : "rolled back to" + serial + before;
}

ExitCode Say(const Command& command, const Result<Report>& report, const Mode& mode,
             const Console& console) {
  if (!report.ok()) return Complain(command, report.status(), console);
  for (const std::string& warning : report->warnings) {
    console.err << "audiodl " << command.name << ": " << warning << "\n";
  }
  if (mode.json) {
    console.out << JsonObject()
                       .Add("result", report->result)
                       .Add("serial", report->serial)
                       .Add("previous_serial", report->before)
                       .Add("dry_run", mode.dry)
                       .Text()
                << "\n";
    return report->code;
  }
  (report->code == kDone || report->result == "applied" ? console.out : console.err)
      << (mode.dry && report->changes() ? "would be " : "") << Sentence(*report) << "\n";
  return report->code;
}

Result<HostsObject> FetchObject(const HostsSettings& settings, const HostsDemands& demands) {
  const Result<OpenedStore> store = OpenShopStore(settings.object.shop);
  if (!store.ok()) return store.status();
  const Result<StoredText> stored = FetchHostsText(*store->objects, settings.object.key);
  if (stored.status().code() == Code::kNotFound) {
    return Status(Code::kNotFound, "there is no " + settings.object.Text() +
                                       ": run audiodl hosts put on the database server");
  }
  if (!stored.ok()) return stored.status();
  Result<HostsObject> object = HostsObject::Parse(stored->text);
  Status good = object.ok() ? CheckDemands(*object, demands) : object.status();
  if (!good.ok()) return Status(good.code(), settings.object.Text() + ": " + good.text());
  return object;
}

ExitCode RunApply(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, HostsOptions({"-n", "--json", "--force", "--allow-loopback"}));
  if (!options.ok()) return Refuse(kHostsApplyCommand, options.status(), console);
  if (!options->operands().empty() || !options->List("--address").empty()) {
    return UsageError(kHostsApplyCommand, "takes no operands and no --address", console);
  }
  const Result<HostsSettings> settings = HostsSettings::Of(*options);
  if (!settings.ok()) return Refuse(kHostsApplyCommand, settings.status(), console);
  const Result<HostsObject> object =
      FetchObject(*settings, {settings->names, options->Has("--allow-loopback")});
  if (!object.ok()) return Complain(kHostsApplyCommand, object.status(), console);
  const Mode mode = Mode::Of(*options);
  const Result<Report> report = WithFile(
      HostsPlaceOf(*options), mode, [&](Opened& opened) { return Apply(opened, *object, mode); });
  return Say(kHostsApplyCommand, report, mode, console);
}

ExitCode RunRollback(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json"}, .values = {"--file", "--state"}});
  if (!options.ok()) return Refuse(kHostsRollbackCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kHostsRollbackCommand, "takes no operands", console);
  }
  const Mode mode = Mode::Of(*options);
  const Result<Report> report = WithFile(HostsPlaceOf(*options), mode,
                                         [&](Opened& opened) { return RollBack(opened, mode); });
  return Say(kHostsRollbackCommand, report, mode, console);
}

}  // namespace

const Command kHostsApplyCommand = {
    .name = "hosts apply",
    .arguments = "[OPTION]...",
    .summary = "bring the cluster's addresses into /etc/hosts",
    .help =
        "Fetches the object that hosts put writes, and puts it into a block of its own in\n"
        "/etc/hosts; every other line stays what it is, to the byte. What is cut, damaged, an\n"
        "error page, older than what is there, or lacks a name that is needed changes nothing.\n"
        "Whoever is killed leaves the old file or the new one. Where nothing is new nothing is\n"
        "written, so it may run every minute. Where a line outside of the block names one of its\n"
        "names too, or the object is older, the answer is no.\n"
        "\n"
        "  -n                    changes nothing, and says what it would do\n"
        "  --object OBJECT       in place of AudioHostsObject: a KEY below the origin,\n"
        "                        s3://BUCKET/KEY or file:///FOLDER/NAME\n"
        "  --name NAME           one that must be in it, in place of AudioHostsNames; as often as\n"
        "                        needed. One with a dot is only taken where it is asked for\n"
        "  --file FILE           in place of /etc/hosts\n"
        "  --state DIR           where the block before is kept; beside the file by default\n"
        "  --force               takes an older one too, or one that was rolled back\n"
        "  --allow-loopback      takes addresses of 127.0.0.0/8 and ::1: for one machine alone\n"
        "  --json                answers in JSON\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --origin ORIGIN       in place of its AudioOrigin, in one word\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n",
    .run = RunApply,
};

const Command kHostsRollbackCommand = {
    .name = "hosts rollback",
    .arguments = "[-n] [--file FILE] [--state DIR] [--json]",
    .summary = "bring back the addresses in /etc/hosts that were there before",
    .help =
        "Undoes the last hosts apply: the block is what it was before, all other lines stay what\n"
        "they are now. What was undone is not applied again: hosts apply waits for a newer "
        "object.\n"
        "A second rollback changes nothing. Where nothing is kept the answer is no.\n"
        "\n"
        "  -n           changes nothing, and says what it would do\n"
        "  --file FILE  in place of /etc/hosts\n"
        "  --state DIR  as hosts apply was given it\n"
        "  --json       answers in JSON\n",
    .run = RunRollback,
};

}  // namespace audiodl
