// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/new_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "common/base/file_io.h"
#include "common/base/folder_owner.h"

namespace audiodl {
namespace {

constexpr std::string_view kPrefix = ".audiodl-";
constexpr std::string_view kSuffix = ".part";
constexpr int kTries = 100;

struct DirDeleter {
  void operator()(DIR* dir) const { closedir(dir); }
};

// Like the folder that it is in, as far as owner, group and the group's rights go: in a drop folder
// of a group's (mode 2775) the others of the group can go on with what one of them made.
Status MakeLikeItsFolder(const std::string& folder) {
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + folder);
  if (Status status = GiveToFoldersOwner(fd.get(), folder); !status.ok()) return status;
  struct stat above;
  if (stat(FolderOf(folder).c_str(), &above) != 0) return Status::FromErrno(errno, folder);
  const mode_t mode = 0755 | (above.st_mode & (S_ISGID | S_IWGRP));
  if (fchmod(fd.get(), mode) != 0) return Status::FromErrno(errno, "chmod " + folder);
  return Status::Ok();
}

bool IsGone(int fd) {
  struct stat info;
  return fstat(fd, &info) == 0 && info.st_nlink == 0;
}

// A sweeper may take the file in the moment before it is locked, and somebody may remove a folder
// that just became empty: both are tried again.
Result<UniqueFd> Open(const std::string& folder, std::string& temporary) {
  for (int i = 0; i < kTries; ++i) {
    if (Status status = MakeFolders(folder); !status.ok()) return status;
    temporary = folder + "/" + std::string(kPrefix) + "XXXXXX" + std::string(kSuffix);
    UniqueFd fd(mkostemps(temporary.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC));
    if (!fd.valid() && errno == ENOENT) continue;
    if (!fd.valid()) return Status::FromErrno(errno, "create a file in " + folder);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && !IsGone(fd.get())) return fd;
  }
  return Status(Code::kBusy, "create a file in " + folder + ": others keep removing it");
}

}  // namespace

bool IsNewFileName(std::string_view name) {
  return name.size() == kPrefix.size() + 6 + kSuffix.size() && name.starts_with(kPrefix) &&
         name.ends_with(kSuffix);
}

Status MakeFolders(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Status::Ok();
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0755) == 0) {
      if (Status status = MakeLikeItsFolder(folder); !status.ok()) return status;
      if (Status status = SyncFolder(FolderOf(folder)); !status.ok()) return status;
    } else if (errno != EEXIST) {
      return Status::FromErrno(errno, "make the folder " + folder);
    }
    if (slash == std::string::npos) break;
  }
  if (stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, path);
  return S_ISDIR(info.st_mode) ? Status::Ok() : Status::FromErrno(ENOTDIR, path);
}

Status SyncFolder(const std::string& folder) {
  const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + folder);
  if (fsync(fd.get()) != 0) return Status::FromErrno(errno, "sync " + folder);
  return Status::Ok();
}

Result<NewFile> NewFile::Create(const std::string& path, mode_t mode) {
  std::string temporary;
  Result<UniqueFd> fd = Open(FolderOf(path), temporary);
  if (!fd.ok()) return fd.status();
  NewFile file(path, std::move(temporary), std::move(fd).value());
  if (Status status = GiveToFoldersOwner(file.fd(), file.temporary_); !status.ok()) return status;
  if (fchmod(file.fd(), mode) != 0) return Status::FromErrno(errno, "chmod " + file.temporary_);
  return file;
}

NewFile::~NewFile() {
  if (fd_.valid()) unlink(temporary_.c_str());
}

Status NewFile::Append(std::string_view bytes) {
  const Status status = WriteAt(fd_.get(), size_, bytes);
  if (!status.ok()) return Status(status.code(), temporary_ + ": " + status.text());
  size_ += bytes.size();
  return Status::Ok();
}

Status NewFile::Finish(unsigned rename_flags) {
  if (fsync(fd_.get()) != 0) return Status::FromErrno(errno, "sync " + temporary_);
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), rename_flags) != 0) {
    if (errno == EEXIST) return Status(Code::kChanged, path_ + " exists already");
    return Status::FromErrno(errno, "rename " + temporary_ + " to " + path_);
  }
  fd_.Reset();
  return SyncFolder(FolderOf(path_));
}

Status NewFile::Commit() { return Finish(0); }

Status NewFile::CommitIfAbsent() { return Finish(RENAME_NOREPLACE); }

Status WriteNewFile(const std::string& path, std::string_view bytes, mode_t mode) {
  Result<NewFile> file = NewFile::Create(path, mode);
  if (!file.ok()) return file.status();
  if (Status status = file->Append(bytes); !status.ok()) return status;
  return file->Commit();
}

Result<uint64_t> RemoveDeadNewFiles(const std::string& folder) {
  const std::unique_ptr<DIR, DirDeleter> dir(opendir(folder.c_str()));
  if (!dir) {
    if (errno == ENOENT) return uint64_t{0};
    return Status::FromErrno(errno, "open " + folder);
  }
  uint64_t removed = 0;
  while (const dirent* entry = readdir(dir.get())) {
    if (!IsNewFileName(entry->d_name)) continue;
    const UniqueFd fd(openat(dirfd(dir.get()), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid() || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (unlinkat(dirfd(dir.get()), entry->d_name, 0) == 0) ++removed;
  }
  return removed;
}

}  // namespace audiodl
