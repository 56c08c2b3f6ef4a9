// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A folder of files that is whole or not there, as NewFile is for one file: they are written into a
// folder with a name of its own beside its place, which is renamed when all of them are done.
// Whoever is killed in between leaves that one, whose lock the kernel then releases: the next
// NewFolder beside it knows by that, and removes it.
//
//   Result<NewFolder> folder = NewFolder::Create("/srv/chunks/dune");
//   … WriteNewFile(folder->path() + "/01.mp3", bytes) …
//   status = folder->Commit();
//
// One thread at a time.

#ifndef AUDIODL_COMMON_BASE_NEW_FOLDER_H_
#define AUDIODL_COMMON_BASE_NEW_FOLDER_H_

#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class NewFolder {
 public:
  // Begins a folder that will be at `place`, open to readers. Where an empty one is there, it will
  // be replaced by one with its owner and mode. Folders above it that are missing are made.
  // kChanged: something is in it already. Otherwise as Status::FromErrno.
  static Result<NewFolder> Create(const std::string& place);

  // Removes the temporary folder and the files in it, unless it was committed.
  ~NewFolder();
  NewFolder(NewFolder&& other) noexcept = default;
  NewFolder& operator=(NewFolder&&) = delete;

  // Where its files go until then.
  const std::string& path() const { return temporary_; }

  // Syncs it and puts it in place; its files are synced already. Once. kChanged: something has come
  // into the place meanwhile. kBusy: it cannot be replaced, being mounted.
  Status Commit();

 private:
  NewFolder(std::string place, std::string temporary, UniqueFd fd)
      : place_(std::move(place)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

  std::string place_;
  std::string temporary_;
  UniqueFd fd_;  // locked; not valid: moved away, or done
};

// kChanged, with the name of one entry, unless the folder is empty or not there.
Status CheckEmptyFolder(const std::string& folder);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_NEW_FOLDER_H_
