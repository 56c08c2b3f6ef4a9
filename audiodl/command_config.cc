// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/command_config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "audiodl/command.h"
#include "common/base/file_io.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = size_t{256} * 1024;

struct KnownSetting {
  std::string_view name;
  bool repeats = false;  // may be given more than once
};

// Each has its entry in conf/audiodl-command.conf.
constexpr std::array kKnownSettings = {
    KnownSetting{"AudioOrigin"},
    KnownSetting{"AudioCredentials"},
    KnownSetting{"AudioListing"},
    KnownSetting{"AudioStaleUploads"},
    KnownSetting{"AudioBackupTo"},
    KnownSetting{"AudioBackupDump"},
    KnownSetting{"AudioBackupKeep"},
    KnownSetting{"AudioBackupMaxAge"},
    KnownSetting{"AudioBackupVerifyPrepare"},
    KnownSetting{"AudioBackupVerifyRestore"},
    KnownSetting{"AudioBackupVerifyDump"},
    KnownSetting{"AudioBackupVerifyCleanup"},
    KnownSetting{"AudioListingKey"},
    KnownSetting{"AudioListingPublicKeys"},
    KnownSetting{"AudioListingMaxDrop"},
    KnownSetting{"AudioHostsObject"},
    KnownSetting{"AudioHostsNames"},
    KnownSetting{"AudioDnsServer"},
    KnownSetting{"AudioDnsKey"},
    KnownSetting{"AudioDnsZone"},
    KnownSetting{"AudioDnsName"},
    KnownSetting{"AudioDnsTtl"},
    KnownSetting{"AudioHealth"},
    KnownSetting{"AudioDropTree"},
    KnownSetting{"AudioDropQuiet"},
    KnownSetting{"AudioDropGiveUp"},
};

const KnownSetting* FindKnown(std::string_view name) {
  const auto* const found =
      std::find_if(kKnownSettings.begin(), kKnownSettings.end(),
                   [&](const KnownSetting& known) { return EqualsIgnoreCase(known.name, name); });
  return found == kKnownSettings.end() ? nullptr : found;
}

}  // namespace

Status CommandConfig::TakeLine(std::string_view line) {
  const size_t blank = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view name = line.substr(0, blank);
  const std::string_view value = Trim(line.substr(blank));
  const KnownSetting* const known = FindKnown(name);
  if (known == nullptr) return Status::Invalid("there is no setting " + Printable(name, 60));
  const std::string known_name(known->name);
  if (value.empty()) return Status::Invalid(known_name + " lacks its value");
  const std::string key = ToLower(name);
  if (!known->repeats && values_.contains(key)) {
    return Status::Invalid(known_name + " is given twice");
  }
  values_.emplace(key, value);
  return Status::Ok();
}

Result<CommandConfig> CommandConfig::Parse(std::string_view text) {
  CommandConfig config;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const Status taken = config.TakeLine(line);
    if (!taken.ok()) return Status::Invalid("line " + std::to_string(number) + ": " + taken.text());
  }
  return config;
}

Result<CommandConfig> CommandConfig::Read(const std::optional<std::string>& path) {
  if (!path && access(kDefaultPath, F_OK) != 0) return CommandConfig();
  const std::string file = path.value_or(kDefaultPath);
  const Result<std::string> text = ReadWholeFile(file, kMaxBytes);
  if (!text.ok()) return NotUsage(text.status());
  Result<CommandConfig> config = Parse(*text);
  if (!config.ok()) return Status(Code::kCorrupt, file + ": " + config.status().text());
  return config;
}

std::optional<std::string> CommandConfig::Text(std::string_view name) const {
  const auto found = values_.find(ToLower(name));
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

Result<std::string> CommandConfig::Word(std::string_view name) const {
  const std::optional<std::string> text = Text(name);
  if (!text) return Status(Code::kNotFound, std::string(name) + " is not set");
  const Result<std::vector<std::string>> words = SplitWords(*text);
  if (!words.ok()) return Status(Code::kCorrupt, std::string(name) + ": " + words.status().text());
  if (words->size() == 1) return words->front();
  return Status(Code::kCorrupt, std::string(name) + " takes one value, in quotes if it has blanks");
}

std::vector<std::string> CommandConfig::All(std::string_view name) const {
  std::vector<std::string> all;
  const auto [begin, end] = values_.equal_range(ToLower(name));
  for (auto at = begin; at != end; ++at) all.push_back(at->second);
  return all;
}

}  // namespace audiodl
