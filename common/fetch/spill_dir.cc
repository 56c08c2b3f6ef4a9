// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/spill_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/text.h"

namespace audiodl {
namespace {

// MemAvailable of /proc/meminfo, in bytes; no limit where there is no such thing.
uint64_t AvailableMemory() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/proc/meminfo", "re"), &std::fclose);
  char line[128];
  while (file && std::fgets(line, sizeof line, file.get()) != nullptr) {
    std::string_view text = line;
    if (!text.starts_with("MemAvailable:")) continue;
    text.remove_prefix(text.find(':') + 1);
    const std::optional<uint64_t> kilobytes = ParseDecimal(Trim(text.substr(0, text.find("kB"))));
    if (kilobytes) return *kilobytes * 1024;
  }
  return UINT64_MAX;
}

}  // namespace

Status MakeSpillDir(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status::FromErrno(errno, "mkdir " + path);
  }
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return Status::FromErrno(errno, "stat " + path);
  const bool ours = S_ISDIR(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) == 0;
  if (ours) return Status::Ok();
  return Status(Code::kForbidden,
                path + " is there and is no private folder of this user: remove it");
}

CacheLimits SpillLimits() {
  CacheLimits limits;
  limits.max_size = kSpillBytes;
  limits.max_age = kSpillAge;
  return limits;
}

Result<DiskSpace> FindSpillSpace(const std::string& dir) {
  Result<DiskSpace> space = FindDiskSpace(dir);
  if (space.ok()) space->free = std::min(space->free, AvailableMemory() / 2);
  return space;
}

}  // namespace audiodl
