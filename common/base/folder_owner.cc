// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/folder_owner.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace audiodl {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status GiveToFoldersOwner(int fd, const std::string& path) {
  if (geteuid() != 0) return Status::Ok();
  struct stat folder;
  struct stat own;
  if (stat(FolderOf(path).c_str(), &folder) != 0 || fstat(fd, &own) != 0) {
    return Status::FromErrno(errno, path);
  }
  if (own.st_uid == folder.st_uid && own.st_gid == folder.st_gid) return Status::Ok();
  if (fchown(fd, folder.st_uid, folder.st_gid) == 0) return Status::Ok();
  // EPERM: NFS that takes root for nobody. EINVAL: an owner that is none in our user namespace.
  if (errno == EPERM || errno == EINVAL) return Status::Ok();
  return Status::FromErrno(errno, "give " + path + " to its folder's owner");
}

}  // namespace audiodl
