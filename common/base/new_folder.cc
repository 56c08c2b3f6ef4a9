// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/new_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "common/base/folder_owner.h"
#include "common/base/new_file.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kPrefix = ".audiodl-";
constexpr std::string_view kSuffix = ".parts";
constexpr size_t kLetters = 6;  // of mkdtemp(), behind both
constexpr mode_t kMode = 0755;
constexpr int kTries = 100;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

struct DirDeleter {
  void operator()(DIR* dir) const { closedir(dir); }
};
using Dir = std::unique_ptr<DIR, DirDeleter>;

// ".audiodl-.partsaBc012": mkdtemp() wants its letters last.
bool IsTemporary(std::string_view name) {
  return name.size() == kPrefix.size() + kSuffix.size() + kLetters && name.starts_with(kPrefix) &&
         name.substr(kPrefix.size()).starts_with(kSuffix);
}

// Until `visit` says false. "." and ".." are none.
void VisitNames(DIR* dir, const std::function<bool(const char*)>& visit) {
  while (const dirent* entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && !visit(entry->d_name)) return;
  }
}

// Files only: nothing else is ever made in it.
void RemoveFilesIn(int fd) {
  UniqueFd own(openat(fd, ".", kOpenFolder));
  const Dir dir(own.valid() ? fdopendir(own.get()) : nullptr);
  if (!dir) return;
  (void)own.Release();
  VisitNames(dir.get(), [&](const char* name) {
    (void)unlinkat(fd, name, 0);
    return true;
  });
}

// Whether that name is still the opened folder's: a folder that was put in place is nobody's to
// remove, whoever had opened it under its first name.
bool IsStill(int fd, int parent, const char* name) {
  struct stat opened;
  struct stat named;
  return fstat(fd, &opened) == 0 && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

// What those who were killed left. A folder that cannot be removed is in nobody's way.
void RemoveDeadFolders(const std::string& parent) {
  const Dir dir(opendir(parent.c_str()));
  if (!dir) return;
  VisitNames(dir.get(), [&](const char* name) {
    if (!IsTemporary(name)) return true;
    const UniqueFd fd(openat(dirfd(dir.get()), name, kOpenFolder));
    if (!fd.valid() || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return true;
    if (!IsStill(fd.get(), dirfd(dir.get()), name)) return true;
    RemoveFilesIn(fd.get());
    (void)unlinkat(dirfd(dir.get()), name, AT_REMOVEDIR);
    return true;
  });
}

// Another may take the folder for a dead one's in the moment before it is locked.
Result<UniqueFd> MakeLocked(const std::string& parent, std::string& temporary) {
  for (int i = 0; i < kTries; ++i) {
    temporary = parent + "/" + std::string(kPrefix) + std::string(kSuffix) + "XXXXXX";
    if (mkdtemp(temporary.data()) == nullptr) {
      return Status::FromErrno(errno, "make a folder in " + parent);
    }
    UniqueFd fd(open(temporary.c_str(), kOpenFolder));
    if (fd.valid() && flock(fd.get(), LOCK_EX | LOCK_NB) == 0 &&
        IsStill(fd.get(), AT_FDCWD, temporary.c_str())) {
      return fd;
    }
  }
  return Status(Code::kBusy, "make a folder in " + parent + ": others keep removing it");
}

// Without symbolic links and slashes at the end, which rename(2) would not follow.
std::string RealPlace(std::string place) {
  while (place.size() > 1 && place.ends_with('/')) place.pop_back();
  char* const real = realpath(place.c_str(), nullptr);
  if (real == nullptr) return place;
  place = real;
  std::free(real);
  return place;
}

// As the empty folder that it replaces, if there is one; else as the folder that it is in.
Status SetOwnerAndMode(int fd, const std::string& place) {
  struct stat info;
  const bool is_there = stat(place.c_str(), &info) == 0;
  if (!is_there) {
    if (Status status = GiveToFoldersOwner(fd, place); !status.ok()) return status;
  }
  const bool fits = !is_there || info.st_uid == geteuid() || geteuid() != 0 ||
                    fchown(fd, info.st_uid, info.st_gid) == 0;
  if (!fits || fchmod(fd, is_there ? info.st_mode & 07777 : kMode) != 0) {
    return Status::FromErrno(errno, "set owner and mode of what will be " + place);
  }
  return Status::Ok();
}

}  // namespace

Status CheckEmptyFolder(const std::string& folder) {
  const Dir dir(opendir(folder.c_str()));
  if (!dir) return errno == ENOENT ? Status::Ok() : Status::FromErrno(errno, "open " + folder);
  Status status;
  VisitNames(dir.get(), [&](const char* name) {
    status = Status(Code::kChanged, folder + " holds " + Printable(name) +
                                        ": name an empty folder, or one that is to be made");
    return false;
  });
  return status;
}

Result<NewFolder> NewFolder::Create(const std::string& given) {
  const std::string place = RealPlace(given);
  if (Status status = CheckEmptyFolder(place); !status.ok()) return status;
  const std::string parent = FolderOf(place);
  if (Status status = MakeFolders(parent); !status.ok()) return status;
  RemoveDeadFolders(parent);
  std::string temporary;
  Result<UniqueFd> fd = MakeLocked(parent, temporary);
  if (!fd.ok()) return fd.status();
  NewFolder folder(place, std::move(temporary), std::move(fd).value());
  if (Status status = SetOwnerAndMode(folder.fd_.get(), place); !status.ok()) return status;
  return folder;
}

NewFolder::~NewFolder() {
  if (!fd_.valid()) return;
  RemoveFilesIn(fd_.get());
  (void)rmdir(temporary_.c_str());
}

Status NewFolder::Commit() {
  if (fsync(fd_.get()) != 0) return Status::FromErrno(errno, "sync " + temporary_);
  // rename(2) itself asks whether what is there is an empty folder.
  if (rename(temporary_.c_str(), place_.c_str()) != 0) {
    const int why = errno;
    if (why == EBUSY) {
      return Status(Code::kBusy, place_ +
                                     " is mounted and cannot be replaced: name a folder in "
                                     "it that is to be made");
    }
    if (Status status = CheckEmptyFolder(place_); !status.ok()) return status;
    return Status::FromErrno(why, "rename " + temporary_ + " to " + place_);
  }
  fd_.Reset();
  return SyncFolder(FolderOf(place_));
}

}  // namespace audiodl
