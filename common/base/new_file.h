// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A file that is whole or not there: written under a name of its own beside its place, synced, and
// renamed. Whoever is killed in between leaves only the temporary file, whose lock the kernel then
// releases: RemoveDeadNewFiles() knows by that.
//
//   Result<NewFile> file = NewFile::Create("/var/www/listing/book/.audiodl.json");
//   if (file.ok() && file->Append(text).ok()) status = file->Commit();
//
// One thread at a time.

#ifndef AUDIODL_COMMON_BASE_NEW_FILE_H_
#define AUDIODL_COMMON_BASE_NEW_FILE_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class NewFile {
 public:
  // Begins a file that will be at `path`, with that mode whatever the umask says; root's belongs to
  // its folder's owner and group. Folders that are missing are made, as by MakeFolders(). As
  // Status::FromErrno.
  static Result<NewFile> Create(const std::string& path, mode_t mode = 0644);

  // Removes the temporary file, unless it was committed.
  ~NewFile();
  NewFile(NewFile&& other) noexcept = default;
  NewFile& operator=(NewFile&&) = delete;

  Status Append(std::string_view bytes);

  // Syncs it and puts it in place, over what was there, and syncs the folder. Once.
  Status Commit();
  // As Commit(), but kChanged where something is there already.
  Status CommitIfAbsent();

  int fd() const { return fd_.get(); }

 private:
  NewFile(std::string path, std::string temporary, UniqueFd fd)
      : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

  Status Finish(unsigned rename_flags);

  std::string path_;
  std::string temporary_;
  UniqueFd fd_;  // not valid: moved away, or done
  uint64_t size_ = 0;
};

// All of it in one call.
Status WriteNewFile(const std::string& path, std::string_view bytes, mode_t mode = 0644);

// Whether that name is a temporary file's.
bool IsNewFileName(std::string_view name);

// Removes from a folder what a process that is gone left; returns how many. A folder that is not
// there has none.
Result<uint64_t> RemoveDeadNewFiles(const std::string& folder);

// mkdir -p, with mode 0755 whatever the umask says; what the folder above grants its group
// (writing, setgid) is granted in the new one too, and root's belongs to the owner and group of
// that above.
Status MakeFolders(const std::string& path);

// So that a crash cannot undo a rename or a removal in it.
Status SyncFolder(const std::string& folder);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_NEW_FILE_H_
