// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/backup_restore_command.h"

#include <algorithm>
#include <optional>
#include <ostream>

#include "audiodl/backup_settings.h"
#include "audiodl/operator_cache.h"
#include "common/backup/backup_name.h"
#include "common/backup/gzip.h"
#include "common/base/dates.h"

namespace audiodl {
namespace {

// The newest that began at `latest` or before.
std::optional<std::chrono::sys_seconds> Chosen(const std::vector<std::chrono::sys_seconds>& times,
                                               std::chrono::sys_seconds latest) {
  const auto found = std::find_if(times.begin(), times.end(),
                                  [&](std::chrono::sys_seconds time) { return time <= latest; });
  return found == times.end() ? std::nullopt : std::optional(*found);
}

Status Print(ObjectStore& objects, const std::string& name, const Console& console) {
  GzipReader gzip([&](std::string_view piece) {
    console.out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    return console.out ? Status::Ok() : Status(Code::kIo, "standard output cannot be written");
  });
  const Result<ObjectInfo> got = FetchBackup(
      objects, name, [&](std::string_view slice) { return gzip.Write(slice); }, console);
  const Status status = got.ok() ? gzip.Finish() : got.status();
  return status.ok() ? status : Status(status.code(), name + ": " + status.text());
}

ExitCode RunRestore(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {}, .values = WithShopOptions({"--at"})});
  if (!options.ok()) return Refuse(kBackupRestoreCommand, options.status(), console);
  if (!options->operands().empty())
    return UsageError(kBackupRestoreCommand, "it takes no operands", console);
  std::chrono::sys_seconds latest = std::chrono::sys_seconds::max();
  if (const auto at = options->Value("--at")) {
    const Result<std::chrono::sys_seconds> time = ParseIsoDate(*at);
    if (!time.ok()) {
      return UsageError(kBackupRestoreCommand, "--at: " + time.status().text(), console);
    }
    latest = *time;
  }
  const Result<BackupSettings> settings = BackupSettings::Of(*options);
  if (!settings.ok()) return Refuse(kBackupRestoreCommand, settings.status(), console);
  const Result<OpenedStore> store = OpenShopStore(settings->target.shop);
  if (!store.ok()) return Complain(kBackupRestoreCommand, store.status(), console);
  const auto times = ListBackups(*settings, *store->objects);
  if (!times.ok()) return Complain(kBackupRestoreCommand, times.status(), console);
  const std::optional<std::chrono::sys_seconds> chosen = Chosen(*times, latest);
  if (!chosen) {
    console.err << "audiodl backup restore: there is no backup of that time or before\n";
    return kNegative;
  }
  const std::string name = BackupName(settings->target.key, *chosen);
  const Status printed = Print(*store->objects, name, console);
  if (!printed.ok()) return Complain(kBackupRestoreCommand, printed, console);
  console.err << "restored " << name << "\n";
  return kDone;
}

}  // namespace

const Command kBackupRestoreCommand = {
    .name = "backup restore",
    .arguments = "[OPTION]...",
    .summary = "print a backup, unpacked, for the database to read",
    .help =
        "  audiodl backup restore | mariadb shop\n"
        "\n"
        "A backup that is damaged or cut ends with exit code 3, which a pipe shows only after\n"
        "set -o pipefail.\n"
        "\n"
        "  --at TIME             the last one that began then or before (2026-11-27T06:00:00Z);\n"
        "                        the newest without it\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n",
    .run = RunRestore,
};

}  // namespace audiodl
