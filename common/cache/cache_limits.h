// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How much a cache directory may take, and how much room its file system has. Any thread.

#ifndef AUDIODL_COMMON_CACHE_CACHE_LIMITS_H_
#define AUDIODL_COMMON_CACHE_CACHE_LIMITS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/status.h"
#include "common/base/units.h"

namespace audiodl {

struct CacheLimits {
  static constexpr uint64_t kNoLimit = UINT64_MAX;

  uint64_t max_size = kNoLimit;  // bytes of all files together
  uint64_t min_free_bytes = 0;   // what stays free on the file system: these bytes,
  double min_free_percent = 0;   // and this share of it
  std::chrono::seconds max_age = std::chrono::seconds::max();  // since the last use

  void SetMinFree(const SizeOrPercent& limit);

  // What holds for a directory that two virtual hosts share: of each limit the stricter one.
  void Tighten(const CacheLimits& other);

  bool operator==(const CacheLimits&) const = default;
};

struct DiskSpace {
  uint64_t total = 0;
  uint64_t free = 0;  // for those who are not root
};
using DiskProbe = std::function<Result<DiskSpace>(const std::string& dir)>;

// statvfs(3).
Result<DiskSpace> FindDiskSpace(const std::string& dir);

// What `limits` want to stay free on such a disk.
uint64_t MinFreeBytes(const CacheLimits& limits, const DiskSpace& disk);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_LIMITS_H_
