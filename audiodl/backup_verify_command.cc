// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/backup_verify_command.h"

#include <chrono>
#include <ostream>
#include <utility>

#include "audiodl/backup_settings.h"
#include "audiodl/child_process.h"
#include "audiodl/operator_cache.h"
#include "audiodl/progress_line.h"
#include "common/backup/backup_name.h"
#include "common/backup/dump_lines.h"
#include "common/backup/gzip.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

std::string CommandLine(const BackupSettings::Words& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + Printable(word);
  return line;
}

struct Verdict {
  std::string name;
  DumpLines original;
  std::string difference;      // empty: what was restored is what was dumped
  std::chrono::seconds age{};  // of the backup
  bool too_old = false;

  bool good() const { return difference.empty() && !too_old; }
};

Status Restore(const BackupSettings& settings, ObjectStore& objects, Verdict& verdict,
               const Console& console) {
  Result<ChildProcess> child = ChildProcess::Start(settings.restore, ChildProcess::Talk::kWrite);
  if (!child.ok()) return child.status();
  GzipReader gzip([&](std::string_view piece) {
    verdict.original.Write(piece);
    return child->Write(piece);
  });
  const Result<ObjectInfo> got = FetchBackup(
      objects, verdict.name, [&](std::string_view slice) { return gzip.Write(slice); }, console);
  const Status read = got.ok() ? gzip.Finish() : got.status();
  verdict.original.Finish();
  // What the program has to say about its end explains why it read no more.
  const Status ended = child->Wait();
  if (!read.ok() && read.code() != Code::kUnreachable) {
    return Status(read.code(), verdict.name + ": " + read.text());
  }
  return ended.ok() ? read : ended;
}

Status Compare(const BackupSettings& settings, Verdict& verdict, const Console& console) {
  Result<ChildProcess> child = ChildProcess::Start(settings.dump_again, ChildProcess::Talk::kRead);
  if (!child.ok()) return child.status();
  DumpLines again(&verdict.original);
  ProgressLine line(console.err, "comparing", verdict.original.bytes());
  for (std::string piece;; piece.clear()) {
    if (Status status = child->Read(kPiece, piece); !status.ok()) return status;
    again.Write(piece);
    line.Update(again.bytes());
    if (piece.size() < kPiece) break;
  }
  if (Status status = child->Wait(); !status.ok()) return status;
  again.Finish();
  verdict.difference = again.difference();
  return Status::Ok();
}

Status Verify(const BackupSettings& settings, ObjectStore& objects, Verdict& verdict,
              const Console& console) {
  if (!settings.prepare.empty()) {
    if (Status status = RunProgram(settings.prepare); !status.ok()) return status;
  }
  Status status = Restore(settings, objects, verdict, console);
  if (status.ok()) status = Compare(settings, verdict, console);
  if (settings.cleanup.empty()) return status;
  const Status cleaned = RunProgram(settings.cleanup);
  return status.ok() ? cleaned : status;
}

void Tell(const Verdict& verdict, bool json, const Console& console) {
  if (json) {
    console.out << JsonObject()
                       .Add("name", verdict.name)
                       .Add("good", verdict.good())
                       .Add("age_seconds", static_cast<uint64_t>(verdict.age.count()))
                       .Add("too_old", verdict.too_old)
                       .Add("dumped", verdict.original.bytes())
                       .Add("lines", uint64_t{verdict.original.count()})
                       .Add("difference", verdict.difference)
                       .Text()
                << "\n";
    return;
  }
  console.out << verdict.name << ", " << FormatSize(verdict.original.bytes()) << ": ";
  console.out << (verdict.difference.empty() ? "what was restored is what was dumped"
                                             : "it is not what was dumped: " + verdict.difference);
  if (verdict.too_old) {
    console.out << "; but it is " << verdict.age.count() / 60
                << " minutes old: is the timer running?";
  }
  console.out << "\n";
}

// Which programs would run, and on what.
void TellPlan(const BackupSettings& settings, const std::string& name, bool json,
              const Console& console) {
  const std::pair<const char*, const BackupSettings::Words*> steps[] = {
      {"prepare", &settings.prepare},
      {"restore", &settings.restore},
      {"dump", &settings.dump_again},
      {"cleanup", &settings.cleanup}};
  JsonObject plan;
  plan.Add("name", name);
  std::string text = "would restore " + name;
  for (const auto& [step, words] : steps) {
    if (words->empty()) continue;
    const std::string line = CommandLine(*words);
    plan.Add(step, line);
    text += std::string("\n  ") + step + ": " + line;
  }
  console.out << (json ? plan.Add("dry_run", true).Text() : text) << "\n";
}

ExitCode RunVerify(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json"}, .values = WithShopOptions({})});
  if (!options.ok()) return Refuse(kBackupVerifyCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kBackupVerifyCommand, "it takes no operands", console);
  }
  const Result<BackupSettings> settings = BackupSettings::Of(*options);
  if (!settings.ok()) return Refuse(kBackupVerifyCommand, settings.status(), console);
  if (Status status = settings->CheckVerify(); !status.ok()) {
    return Complain(kBackupVerifyCommand, status, console);
  }
  const Result<OpenedStore> store = OpenShopStore(settings->target.shop);
  if (!store.ok()) return Complain(kBackupVerifyCommand, store.status(), console);
  const auto times = ListBackups(*settings, *store->objects);
  if (!times.ok()) return Complain(kBackupVerifyCommand, times.status(), console);
  if (times->empty()) {
    console.err << "audiodl backup verify: there is no backup at " << settings->target.Text()
                << "\n";
    return kNegative;
  }
  Verdict verdict;
  verdict.name = BackupName(settings->target.key, times->front());
  if (options->Has("-n")) {
    TellPlan(*settings, verdict.name, options->Has("--json"), console);
    return kDone;
  }
  verdict.age =
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - times->front();
  verdict.too_old = verdict.age > settings->max_age;
  const Status verified = Verify(*settings, *store->objects, verdict, console);
  if (!verified.ok()) return Complain(kBackupVerifyCommand, verified, console);
  Tell(verdict, options->Has("--json"), console);
  return verdict.good() ? kDone : kNegative;
}

}  // namespace

const Command kBackupVerifyCommand = {
    .name = "backup verify",
    .arguments = "[OPTION]...",
    .summary = "restore the newest backup into a scratch database, and compare",
    .help =
        "Runs AudioBackupVerifyPrepare, gives the dump to AudioBackupVerifyRestore, dumps the\n"
        "result with AudioBackupVerifyDump, and compares line by line. The answer is no where "
        "they\n"
        "differ, where there is no backup, and where the newest is older than AudioBackupMaxAge.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  -n                    only say which backup would be restored, and by which programs\n"
        "  --json                a JSON object that says what was found\n",
    .run = RunVerify,
};

}  // namespace audiodl
