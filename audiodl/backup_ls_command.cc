// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/backup_ls_command.h"

#include <ostream>

#include "audiodl/backup_settings.h"
#include "audiodl/operator_cache.h"
#include "common/backup/backup_name.h"
#include "common/base/dates.h"
#include "common/base/json_text.h"

namespace audiodl {
namespace {

ExitCode RunLs(const std::vector<std::string>& arguments, const Console& console) {
  const Result<Options> options =
      Options::Parse(arguments, {.flags = {"--json"}, .values = WithShopOptions({})});
  if (!options.ok()) return Refuse(kBackupLsCommand, options.status(), console);
  if (!options->operands().empty())
    return UsageError(kBackupLsCommand, "it takes no operands", console);
  const Result<BackupSettings> settings = BackupSettings::Of(*options);
  if (!settings.ok()) return Refuse(kBackupLsCommand, settings.status(), console);
  const Result<OpenedStore> store = OpenShopStore(settings->target.shop);
  if (!store.ok()) return Complain(kBackupLsCommand, store.status(), console);
  const auto times = ListBackups(*settings, *store->objects);
  if (!times.ok()) return Complain(kBackupLsCommand, times.status(), console);
  for (const std::chrono::sys_seconds time : *times) {
    const std::string name = BackupName(settings->target.key, time);
    const std::string began = FormatIsoDate(time);
    console.out << (options->Has("--json")
                        ? JsonObject().Add("began", began).Add("name", name).Text()
                        : began + "  " + name)
                << "\n";
  }
  return times->empty() ? kNegative : kDone;
}

}  // namespace

const Command kBackupLsCommand = {
    .name = "backup ls",
    .arguments = "[OPTION]...",
    .summary = "list the backups, the newest first",
    .help =
        "The answer is no where there is none.\n"
        "\n"
        "  --config FILE         settings; the default is /etc/audiodl/audiodl.conf\n"
        "  --credentials SOURCE  in place of its AudioCredentials\n"
        "  --json                one JSON object a line\n",
    .run = RunLs,
};

}  // namespace audiodl
