// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which backups are old enough to go. Pure; any thread.

#ifndef AUDIODL_COMMON_BACKUP_RETENTION_H_
#define AUDIODL_COMMON_BACKUP_RETENTION_H_

#include <chrono>
#include <vector>

namespace audiodl {

struct Retention {
  std::chrono::seconds all{std::chrono::hours(48)};         // every one that is younger
  std::chrono::seconds daily{std::chrono::hours(24 * 30)};  // then the last of each day (UTC)
};

// Of backups that began at `times` (any order), those to remove. The newest always stays, and what
// claims to be of the future does too.
std::vector<std::chrono::sys_seconds> ToRemove(std::vector<std::chrono::sys_seconds> times,
                                               std::chrono::sys_seconds now,
                                               const Retention& retention);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BACKUP_RETENTION_H_
