// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a backup's object is called: the operator's prefix and the moment it began, in UTC.
//
//   BackupName("backups/shop", 2026-11-27T05:00:00Z)  ->  backups/shop-20261127T050000Z.gz
//
// Names sort as their times do. Pure; any thread.

#ifndef AUDIODL_COMMON_BACKUP_BACKUP_NAME_H_
#define AUDIODL_COMMON_BACKUP_BACKUP_NAME_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

std::string BackupName(std::string_view prefix, std::chrono::sys_seconds began);

// When the backup of that name began; none where it is none of ours.
std::optional<std::chrono::sys_seconds> BackupTime(std::string_view prefix, std::string_view name);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BACKUP_BACKUP_NAME_H_
