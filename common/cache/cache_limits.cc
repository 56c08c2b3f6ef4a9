// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_limits.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>

namespace audiodl {

void CacheLimits::SetMinFree(const SizeOrPercent& limit) {
  min_free_bytes = limit.percent < 0 ? limit.bytes : 0;
  min_free_percent = std::max(limit.percent, 0.0);
}

void CacheLimits::Tighten(const CacheLimits& other) {
  max_size = std::min(max_size, other.max_size);
  min_free_bytes = std::max(min_free_bytes, other.min_free_bytes);
  min_free_percent = std::max(min_free_percent, other.min_free_percent);
  max_age = std::min(max_age, other.max_age);
}

Result<DiskSpace> FindDiskSpace(const std::string& dir) {
  struct statvfs info;
  if (statvfs(dir.c_str(), &info) != 0) return Status::FromErrno(errno, "statvfs " + dir);
  return DiskSpace{uint64_t{info.f_blocks} * info.f_frsize,
                   uint64_t{info.f_bavail} * info.f_frsize};
}

uint64_t MinFreeBytes(const CacheLimits& limits, const DiskSpace& disk) {
  const double share = static_cast<double>(disk.total) * limits.min_free_percent / 100;
  return std::max(limits.min_free_bytes, static_cast<uint64_t>(share));
}

}  // namespace audiodl
