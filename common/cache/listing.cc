// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/listing.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string>

namespace audiodl {

namespace {

// Beyond the year 2255 (a clock gone wrong, a date used as a flag) the nanoseconds would overflow.
int64_t NanosecondsOf(const timespec& time) {
  constexpr int64_t kMost = 9000000000;
  return std::clamp(int64_t{time.tv_sec}, -kMost, kMost) * 1000000000 + time.tv_nsec;
}

}  // namespace

Result<int64_t> FindMarker(std::string_view listing, const ChunkName& chunk) {
  const std::string path = std::string(listing) + "/" + chunk.path;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG) {
      return Status(Code::kNotFound, "not listed");
    }
    Status status = Status::FromErrno(error_number, "stat " + path);
    return Status(Code::kIo,
                  status.text() + ": the web server's user must be able to read the listing");
  }
  if (!S_ISREG(info.st_mode))
    return Status(Code::kNotFound, "no marker, but a folder or other thing");
  if (info.st_size != 0) return Status(Code::kNotFound, "no marker: the file is not empty");
  return NanosecondsOf(info.st_mtim);
}

}  // namespace audiodl
