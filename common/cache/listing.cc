// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/listing.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>

namespace audiodl {

Result<int64_t> FindMarker(std::string_view listing, const ChunkName& chunk) {
  const std::string path = std::string(listing) + "/" + chunk.path;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG) {
      return Status(Code::kNotFound, "not listed");
    }
    Status status = Status::FromErrno(error_number, "stat " + path);
    return Status(Code::kIo, status.text() + ": the web server's user must be able to read the listing");
  }
  if (!S_ISREG(info.st_mode)) return Status(Code::kNotFound, "no marker, but a folder or other thing");
  if (info.st_size != 0) return Status(Code::kNotFound, "no marker: the file is not empty");
  return int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
}

}  // namespace audiodl
