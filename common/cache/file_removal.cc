// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/file_removal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/base/file_io.h"
#include "common/base/unique_fd.h"
#include "common/cache/cache_format.h"

namespace audiodl {
namespace {

// kCorrupt: none of ours. kNotFound: there is no such file.
Status Abandon(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid() && errno == ELOOP) return Status(Code::kCorrupt, path + " is a link");
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  const uint64_t file_bytes = static_cast<uint64_t>(info.st_size);
  const Status foreign(Code::kCorrupt, path + " was not made by audiodl");
  HeaderPage page;
  if (!S_ISREG(info.st_mode) || file_bytes < kPageBytes) return foreign;
  // Where an object is kept and the disk cannot read it any more, it is no stranger's file.
  if (Status s = ReadAt(fd.get(), file_bytes - kPageBytes, page); !s.ok()) return s;
  if (!HasMagic(page)) return foreign;
  if (VersionOf(page) != kFormatVersion || DecodeMutable(page).state != FileState::kPartial) {
    return Status::Ok();
  }
  const uint64_t offset = file_bytes - kPageBytes + kMutableOffset;
  return WriteAt(fd.get(), offset + offsetof(MutableHeader, state), BytesOf(FileState::kAbandoned));
}

Status AbandonThen(const std::string& path, int (*act)(const char*, const char*),
                   const char* target) {
  Status status = Abandon(path);
  if (status.code() == Code::kNotFound) return Status::Ok();
  if (status.code() == Code::kCorrupt) return status;
  // A disk that fails to take the mark may still let go of the name.
  if (act(path.c_str(), target) == 0 || errno == ENOENT) return Status::Ok();
  return Status::FromErrno(errno, "remove " + path);
}

}  // namespace

Status RemoveCacheFile(const std::string& path) {
  return AbandonThen(
      path, [](const char* name, const char*) { return unlink(name); }, nullptr);
}

Status MoveCacheFile(const std::string& path, const std::string& target) {
  return AbandonThen(path, &rename, target.c_str());
}

}  // namespace audiodl
