// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ingest/drop_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace audiodl {

Result<DropFile> LookAtFile(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return Status::FromErrno(errno, path);
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is no regular file");
  DropFile file;
  file.path = path;
  file.name = path.substr(path.rfind('/') + 1);
  file.inode = info.st_ino;
  file.size = static_cast<uint64_t>(info.st_size);
  file.changed = int64_t{info.st_ctim.tv_sec} * 1000000000 + info.st_ctim.tv_nsec;
  return file;
}

bool IsOpenForWriting(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (!fd.valid()) return false;
  // Who opens it for writing while we have the lease makes the kernel send a signal, SIGIO if none
  // is chosen, which ends a process that does not expect it. This one is ignored by default.
  (void)fcntl(fd.get(), F_SETSIG, SIGURG);
  // A read lease is given only while nobody writes.
  if (fcntl(fd.get(), F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  (void)fcntl(fd.get(), F_SETLEASE, F_UNLCK);
  return false;
}

bool IsUnfinishedName(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kEndings = {
      ".part", ".filepart", ".partial", ".tmp", ".temp", ".crdownload", ".uploading"};
  if (name.starts_with('.')) return true;
  const std::string lower = ToLower(name);
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return lower.ends_with(ending); });
}

}  // namespace audiodl
