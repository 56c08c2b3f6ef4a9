// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill_lock.h"

#include <fcntl.h>

#include <cerrno>

namespace audiodl {
namespace {

// 62 bits of the id: far from any two objects meeting, and positive as an off_t.
struct flock ByteLock(const ObjectId& id, short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(id.Prefix() >> 2);
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<FillLocks> FillLocks::Open(const std::string& cache_dir) {
  const std::string path = cache_dir + "/.audiodl-lock";
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  return FillLocks(std::move(fd));
}

Status FillLocks::TryLock(const ObjectId& id) {
  struct flock lock = ByteLock(id, F_WRLCK);
  if (fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0) return Status::Ok();
  if (errno == EAGAIN || errno == EACCES) return Status(Code::kBusy, "another fetcher fills it");
  return Status::FromErrno(errno, "lock");
}

void FillLocks::Unlock(const ObjectId& id) {
  struct flock lock = ByteLock(id, F_UNLCK);
  fcntl(fd_.get(), F_OFD_SETLK, &lock);
}

}  // namespace audiodl
