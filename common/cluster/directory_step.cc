// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/directory_step.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "common/base/new_file.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

// Whom it shall belong to; none: whoever it belongs to.
struct Owners {
  std::optional<uid_t> user;
  std::optional<gid_t> group;
};

Result<Owners> OwnersOf(const BootstrapStep& step) {
  Owners owners;
  if (!step.owner.empty()) {
    const passwd* user = getpwnam(step.owner.c_str());
    if (user == nullptr) return Status::Invalid("there is no user " + step.owner);
    owners.user = user->pw_uid;
  }
  if (!step.group.empty()) {
    const group* found = getgrnam(step.group.c_str());
    if (found == nullptr) return Status::Invalid("there is no group " + step.group);
    owners.group = found->gr_gid;
  }
  return owners;
}

std::string Octal(mode_t mode) {
  char text[8];
  (void)std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode));
  return text;
}

void AddWork(std::string& work, const std::string& more) {
  work += (work.empty() ? "" : ", ") + more;
}

// lstat(): where somebody has put a link, root follows it nowhere.
Result<std::optional<struct stat>> Look(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return std::optional<struct stat>();
    return Status::FromErrno(errno, path);
  }
  if (S_ISDIR(info.st_mode)) return std::optional(info);
  return Status::Invalid(path + " is there, and is no directory");
}

}  // namespace

Result<std::string> FindDirectoryWork(const BootstrapStep& step) {
  const Result<Owners> owners = OwnersOf(step);
  if (!owners.ok()) return owners.status();
  const Result<std::optional<struct stat>> info = Look(step.name);
  if (!info.ok()) return info.status();
  std::string work;
  if (!info->has_value()) {
    work = "make it";
    return work;
  }
  const struct stat& now = **info;
  if (owners->user && now.st_uid != *owners->user) AddWork(work, "give it to " + step.owner);
  if (owners->group && now.st_gid != *owners->group) {
    AddWork(work, "give it to the group " + step.group);
  }
  if ((now.st_mode & 07777) != step.mode) AddWork(work, "change its mode to " + Octal(step.mode));
  return work;
}

Status DoDirectoryWork(const BootstrapStep& step) {
  const Result<Owners> owners = OwnersOf(step);
  if (!owners.ok()) return owners.status();
  const std::string above = step.name.substr(0, step.name.rfind('/'));
  if (!above.empty()) {
    if (Status status = MakeFolders(above); !status.ok()) return status;
  }
  // Closed at first: nobody looks into it before it is whose it shall be.
  if (mkdir(step.name.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status::FromErrno(errno, "make " + step.name);
  }
  const UniqueFd fd(open(step.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + step.name);
  const uid_t user = owners->user.value_or(static_cast<uid_t>(-1));
  const gid_t group = owners->group.value_or(static_cast<gid_t>(-1));
  if (fchown(fd.get(), user, group) != 0) {
    return Status::FromErrno(errno, "give " + step.name + " to " + step.owner);
  }
  // After fchown(), which takes the set-id bits off.
  if (fchmod(fd.get(), step.mode) != 0) return Status::FromErrno(errno, "chmod " + step.name);
  return Status::Ok();
}

}  // namespace audiodl
