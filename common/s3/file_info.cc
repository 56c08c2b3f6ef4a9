// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/file_info.h"

#include <cinttypes>
#include <cstdio>

namespace audiodl {

std::string EntityTagOf(const struct stat& file) {
  char text[64];
  (void)std::snprintf(text, sizeof text, "\"%" PRIx64 "-%" PRIx64 ".%09ld\"",
                      static_cast<uint64_t>(file.st_size),
                      static_cast<uint64_t>(file.st_mtim.tv_sec), file.st_mtim.tv_nsec);
  return text;
}

ObjectInfo InfoOf(const struct stat& file) {
  ObjectInfo info;
  info.size = static_cast<uint64_t>(file.st_size);
  info.etag = EntityTagOf(file);
  info.last_modified = std::chrono::sys_seconds(std::chrono::seconds(file.st_mtim.tv_sec));
  return info;
}

}  // namespace audiodl
