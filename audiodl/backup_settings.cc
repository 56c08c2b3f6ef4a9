// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/backup_settings.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "audiodl/command.h"
#include "audiodl/progress_line.h"
#include "common/backup/backup_name.h"
#include "common/base/text.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

Status SetWords(const CommandConfig& config, const std::string& name,
                BackupSettings::Words& words) {
  const std::optional<std::string> text = config.Text(name);
  if (!text) return Status::Ok();
  Result<BackupSettings::Words> split = SplitWords(*text);
  if (!split.ok()) return Status::Invalid(name + ": " + split.status().text());
  words = std::move(split).value();
  return Status::Ok();
}

Result<std::chrono::milliseconds> Duration(const std::string& name, const std::string& text) {
  Result<std::chrono::milliseconds> time = ParseDuration(text);
  if (!time.ok()) return Status::Invalid(name + ": " + time.status().text());
  return time;
}

// "48h 30d"
Status SetKeep(const CommandConfig& config, Retention& keep) {
  BackupSettings::Words words;
  if (Status s = SetWords(config, "AudioBackupKeep", words); !s.ok() || words.empty()) return s;
  if (words.size() > 2) return Status::Invalid("AudioBackupKeep takes one or two times");
  std::vector<std::chrono::seconds> times;
  for (const std::string& word : words) {
    const Result<std::chrono::milliseconds> time = Duration("AudioBackupKeep", word);
    if (!time.ok()) return time.status();
    times.push_back(std::chrono::duration_cast<std::chrono::seconds>(*time));
  }
  keep.all = times.front();
  keep.daily = times.back();
  return Status::Ok();
}

Status SetMaxAge(const CommandConfig& config, std::chrono::milliseconds& max_age) {
  const std::optional<std::string> text = config.Text("AudioBackupMaxAge");
  if (!text) return Status::Ok();
  const Result<std::chrono::milliseconds> time = Duration("AudioBackupMaxAge", *text);
  if (time.ok()) max_age = *time;
  return time.status();
}

Status SetPrograms(const CommandConfig& config, BackupSettings& settings) {
  const std::pair<const char*, BackupSettings::Words*> lines[] = {
      {"AudioBackupDump", &settings.dump},
      {"AudioBackupVerifyPrepare", &settings.prepare},
      {"AudioBackupVerifyRestore", &settings.restore},
      {"AudioBackupVerifyDump", &settings.dump_again},
      {"AudioBackupVerifyCleanup", &settings.cleanup}};
  for (const auto& [name, words] : lines) {
    if (Status status = SetWords(config, name, *words); !status.ok()) return status;
  }
  return Status::Ok();
}

Result<BackupSettings> FromConfig(ShopSettings shop) {
  const CommandConfig config = shop.config;
  const Result<std::string> prefix = config.Word("AudioBackupTo");
  if (!prefix.ok()) {
    return Status::Invalid(prefix.status().text() +
                           ": write where backups go, AudioBackupTo s3://BUCKET/PREFIX");
  }
  Result<ObjectAddress> target = ObjectAddress::Of(*prefix, std::move(shop));
  if (!target.ok()) return Status::Invalid("AudioBackupTo: " + target.status().text());
  BackupSettings settings;
  settings.target = std::move(target).value();
  if (Status status = SetPrograms(config, settings); !status.ok()) return status;
  if (Status status = SetKeep(config, settings.keep); !status.ok()) return status;
  if (Status status = SetMaxAge(config, settings.max_age); !status.ok()) return status;
  return settings;
}

}  // namespace

Result<BackupSettings> BackupSettings::Of(const Options& options) {
  Result<ShopSettings> shop = ShopSettings::Of(options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return shop.status();
  Result<BackupSettings> settings = FromConfig(std::move(shop).value());
  return settings.ok() ? std::move(settings) : NotUsage(settings.status());
}

Status BackupSettings::CheckVerify() const {
  if (!restore.empty() && !dump_again.empty()) return Status::Ok();
  return Status::Invalid(
      "AudioBackupVerifyRestore and AudioBackupVerifyDump are needed: the programs that read the "
      "dump into a scratch database, and dump that");
}

Result<std::vector<std::chrono::sys_seconds>> ListBackups(const BackupSettings& settings,
                                                          ObjectStore& objects) {
  std::vector<std::chrono::sys_seconds> times;
  const Status listed =
      objects.List({.prefix = settings.target.key + "-"}, [&](const StoredObject& object) {
        if (const auto time = BackupTime(settings.target.key, object.key)) times.push_back(*time);
        return true;
      });
  if (!listed.ok()) return listed;
  std::sort(times.begin(), times.end(), std::greater());
  return times;
}

Result<ObjectInfo> FetchBackup(ObjectStore& objects, const std::string& name,
                               const ObjectStore::BodySink& sink, const Console& console) {
  const Result<ObjectInfo> there = objects.Head(name);
  if (!there.ok()) return there.status();
  ProgressLine line(console.err, name.substr(name.rfind('/') + 1), there->size);
  uint64_t bytes = 0;
  return objects.Get(name, [&](std::string_view slice) {
    bytes += slice.size();
    line.Update(bytes);
    return sink(slice);
  });
}

}  // namespace audiodl
