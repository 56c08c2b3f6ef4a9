// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/backup_run_command.h"

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "audiodl/backup_settings.h"
#include "audiodl/child_process.h"
#include "audiodl/operator_cache.h"
#include "audiodl/progress_line.h"
#include "common/backup/backup_name.h"
#include "common/backup/dump_lines.h"
#include "common/backup/gzip.h"
#include "common/base/json_text.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

// A dump's output, compressed. It fails, and nothing is stored, unless the program ended well and
// has said something: an empty backup is worse than none, because it lets the old ones go.
class DumpSource : public UploadSource {
 public:
  explicit DumpSource(ChildProcess child) : child_(std::move(child)) {}

  Status Read(size_t bytes, std::string& out) override {
    while (ready_.size() < bytes && !ended_) {
      if (Status status = Advance(); !status.ok()) return status;
    }
    out += ready_.substr(0, bytes);
    ready_.erase(0, bytes);
    return Status::Ok();
  }

  uint64_t dumped() const { return lines_.bytes(); }
  size_t lines() const { return lines_.count(); }

 private:
  Status Advance() {
    std::string piece;
    if (Status status = child_.Read(kPiece, piece); !status.ok()) return status;
    lines_.Write(piece);
    gzip_.Write(piece, ready_);
    return piece.size() < kPiece ? End() : Status::Ok();
  }

  Status End() {
    if (Status status = child_.Wait(); !status.ok()) return status;
    lines_.Finish();
    if (lines_.count() == 0) return Status::Invalid("the dump is empty");
    gzip_.Finish(ready_);
    ended_ = true;
    return Status::Ok();
  }

  ChildProcess child_;
  GzipWriter gzip_;
  DumpLines lines_;
  std::string ready_;
  bool ended_ = false;
};

struct Stored {
  std::string name;
  uint64_t dumped = 0;
  uint64_t bytes = 0;
  size_t lines = 0;
};

Result<Stored> Store(const BackupSettings& settings, ObjectStore& objects,
                     std::chrono::sys_seconds now, const Console& console) {
  Result<ChildProcess> child = ChildProcess::Start(settings.dump, ChildProcess::Talk::kRead);
  if (!child.ok()) return child.status();
  DumpSource source(std::move(child).value());
  Stored stored{.name = BackupName(settings.target.key, now)};
  ProgressLine line(console.err, stored.name.substr(stored.name.rfind('/') + 1), std::nullopt);
  const auto progress = [&](uint64_t bytes) {
    stored.bytes = bytes;
    line.Update(bytes);
  };
  const Result<std::string> etag =
      objects.UploadStream(stored.name, source, {.content_type = "application/gzip"}, progress);
  if (!etag.ok()) return etag.status();
  stored.dumped = source.dumped();
  stored.lines = source.lines();
  return stored;
}

// What dumps left that were killed while they were stored: each has a name of its own, to which
// nobody comes back. A key that may not list uploads can still store.
void LetBrokenOffGo(const BackupSettings& settings, ObjectStore& objects) {
  const std::string& prefix = settings.target.key;
  (void)objects.RemoveStale(
      {.prefix = prefix + "-",
       .age = settings.target.shop.stale_age,
       .is_meant = [&](const std::string& key) { return BackupTime(prefix, key).has_value(); }});
}

Result<size_t> LetOldGo(const BackupSettings& settings, ObjectStore& objects,
                        std::chrono::sys_seconds now) {
  const Result<std::vector<std::chrono::sys_seconds>> times = ListBackups(settings, objects);
  if (!times.ok()) return times.status();
  const std::vector<std::chrono::sys_seconds> old = ToRemove(*times, now, settings.keep);
  for (const std::chrono::sys_seconds time : old) {
    const Status removed = objects.Delete(BackupName(settings.target.key, time));
    if (!removed.ok()) return removed;
  }
  return old.size();
}

void Tell(const Stored& stored, size_t removed, bool json, const Console& console) {
  if (json) {
    console.out << JsonObject()
                       .Add("stored", stored.name)
                       .Add("bytes", stored.bytes)
                       .Add("dumped", stored.dumped)
                       .Add("lines", uint64_t{stored.lines})
                       .Add("removed", uint64_t{removed})
                       .Text()
                << "\n";
    return;
  }
  console.out << "stored " << stored.name << ", " << FormatSize(stored.dumped) << " packed into "
              << FormatSize(stored.bytes) << "; " << removed << " old ones removed\n";
}

void TellPlan(const BackupSettings& settings, const std::string& object, bool json,
              const Console& console) {
  const std::string program = Printable(settings.dump[0]);
  if (json) {
    console.out << JsonObject().Add("run", program).Add("store", object).Add("dry_run", true).Text()
                << "\n";
    return;
  }
  console.out << "would run " << program << " and store " << object << "\n";
}

ExitCode RunBackup(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"-n", "--json"}, .values = WithShopOptions({})});
  if (!options.ok()) return Refuse(kBackupRunCommand, options.status(), console);
  if (!options->operands().empty()) {
    return UsageError(kBackupRunCommand, "it takes no operands", console);
  }
  const Result<BackupSettings> settings = BackupSettings::Of(*options);
  if (!settings.ok()) return Refuse(kBackupRunCommand, settings.status(), console);
  if (settings->dump.empty()) {
    return Complain(kBackupRunCommand,
                    Status::Invalid("AudioBackupDump is needed: the program that dumps the "
                                    "database to its standard output"),
                    console);
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (options->Has("-n")) {
    TellPlan(*settings, BackupName(settings->target.Text(), now), options->Has("--json"), console);
    return kDone;
  }
  const Result<OpenedStore> store = OpenShopStore(settings->target.shop);
  if (!store.ok()) return Complain(kBackupRunCommand, store.status(), console);
  const Result<Stored> stored = Store(*settings, *store->objects, now, console);
  if (!stored.ok()) return Complain(kBackupRunCommand, stored.status(), console);
  LetBrokenOffGo(*settings, *store->objects);
  const Result<size_t> removed = LetOldGo(*settings, *store->objects, now);
  Tell(*stored, removed.ok() ? *removed : 0, options->Has("--json"), console);
  return removed.ok() ? kDone : Complain(kBackupRunCommand, removed.status(), console);
}

}  // namespace

const Command kBackupRunCommand = {
    .name = "backup run",
    .arguments = "[OPTION]...",
    .summary = "dump the database into the bucket, and let old backups go",
    .help =
        "Runs AudioBackupDump, compresses what it prints, and stores it as one object whose name\n"
        "says when. Where the program fails or prints nothing, nothing is stored and nothing "
        "goes.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  -n                    only say what would be done\n"
        "  --json                a JSON object that says what was done, or would be\n",
    .run = RunBackup,
};

}  // namespace audiodl
