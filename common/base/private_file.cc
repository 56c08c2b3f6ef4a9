// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

Status CheckFile(const struct stat& info, const std::string& path, size_t limit) {
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is not a regular file");
  if ((info.st_mode & S_IRWXO) != 0) {
    return Status::Invalid(path + " may be read or written by everybody: chmod o-rwx " + path);
  }
  if (static_cast<size_t>(info.st_size) > limit) {
    return Status::Invalid(path + " is longer than the " + std::to_string(limit) +
                           " bytes such a file may have");
  }
  return Status::Ok();
}

}  // namespace

Status ReadPrivateFile(const std::string& path, size_t limit, std::string& text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  Status good = CheckFile(info, path, limit);
  if (!good.ok()) return good;
  text.resize(static_cast<size_t>(info.st_size));
  return ReadAt(fd.get(), 0, text);
}

}  // namespace audiodl
