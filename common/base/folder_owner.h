// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What root makes in somebody's folder is theirs: a listing that belongs to the user of the systemd
// units stays that user's, whoever has published, pulled or repaired by hand. Any thread.

#ifndef AUDIODL_COMMON_BASE_FOLDER_OWNER_H_
#define AUDIODL_COMMON_BASE_FOLDER_OWNER_H_

#include <string>

#include "common/base/status.h"

namespace audiodl {

// Gives a file or folder, open as `fd`, to the owner and the group of the folder in which `path`
// is. Does nothing for who is not root, or where even root may not (a file system of another
// machine). REQUIRES: the caller has made it itself, with O_EXCL or mkdir(); of what was there
// before, somebody could have made a second name for a file of root's.
Status GiveToFoldersOwner(int fd, const std::string& path);

// "." where the path has no slash.
std::string FolderOf(const std::string& path);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_FOLDER_OWNER_H_
