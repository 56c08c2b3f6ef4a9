// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What `audiodl backup` is told by the command's configuration file (conf/audiodl-command.conf
// explains each line). A value; one thread.

#ifndef AUDIODL_AUDIODL_BACKUP_SETTINGS_H_
#define AUDIODL_AUDIODL_BACKUP_SETTINGS_H_

#include <chrono>
#include <string>
#include <vector>

#include "audiodl/command.h"
#include "audiodl/object_address.h"
#include "audiodl/options.h"
#include "audiodl/shop_settings.h"
#include "common/backup/retention.h"
#include "common/base/status.h"

namespace audiodl {

struct BackupSettings {
  using Words = std::vector<std::string>;

  ObjectAddress target;  // its key is the prefix of the names
  Words dump;
  Retention keep;
  std::chrono::milliseconds max_age{std::chrono::hours(2)};
  Words prepare;  // may be empty, as cleanup
  Words restore;
  Words dump_again;
  Words cleanup;

  // kInvalid says which line is missing or wrong.
  static Result<BackupSettings> Of(const Options& options);

  // kInvalid: a line that verifying needs is missing.
  Status CheckVerify() const;
};

// Backups that are there, the newest first.
Result<std::vector<std::chrono::sys_seconds>> ListBackups(const BackupSettings& settings,
                                                          ObjectStore& objects);

// ObjectStore::Get(), with progress on the terminal.
Result<ObjectInfo> FetchBackup(ObjectStore& objects, const std::string& name,
                               const ObjectStore::BodySink& sink, const Console& console);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_BACKUP_SETTINGS_H_
