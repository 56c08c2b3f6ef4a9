// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/backup/backup_name.h"

#include <algorithm>

#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kEnding = ".gz";
constexpr size_t kTimeBytes = 16;  // 20261127T050000Z

}  // namespace

std::string BackupName(std::string_view prefix, std::chrono::sys_seconds began) {
  std::string time = FormatIsoDate(began);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return std::string(prefix) + "-" + time + std::string(kEnding);
}

std::optional<std::chrono::sys_seconds> BackupTime(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(kEnding) ||
      name.size() != prefix.size() + 1 + kTimeBytes + kEnding.size() ||
      name[prefix.size()] != '-') {
    return std::nullopt;
  }
  std::string time(name.substr(prefix.size() + 1, kTimeBytes));
  for (const size_t place : {13U, 11U}) time.insert(place, 1, ':');
  for (const size_t place : {6U, 4U}) time.insert(place, 1, '-');
  const Result<std::chrono::sys_seconds> parsed = ParseIsoDate(time);
  if (!parsed.ok()) return std::nullopt;
  return *parsed;
}

}  // namespace audiodl
