// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/book_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/base/folder_owner.h"
#include "common/base/text.h"
#include "common/cache/object_id.h"

namespace audiodl {
namespace {

// Whoever may write the listing may lock its books.
Result<UniqueFd> OpenLockFile(const std::string& listing) {
  struct stat folder;
  if (stat(listing.c_str(), &folder) != 0) {
    return Status::FromErrno(errno, "the listing " + listing);
  }
  const std::string path = listing + "/" + BookLock::kFileName;
  UniqueFd file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.valid()) {
    // Its owner is the listing's, also where root was the first.
    if (Status status = GiveToFoldersOwner(file.get(), path); !status.ok()) return status;
    // Only a convenience: the owner and root can lock in any case.
    (void)fchmod(file.get(), folder.st_mode & 0666);
    return file;
  }
  file.Reset(open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return Status::FromErrno(errno, "open " + path);
  return file;
}

struct flock ByteOf(const std::string& book) {
  struct flock byte = {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<off_t>(ObjectId::Of("book", book).Prefix() >> 2);
  byte.l_len = 1;
  return byte;
}

}  // namespace

Result<BookLock> BookLock::Take(const std::string& listing, const std::string& book) {
  Result<UniqueFd> file = OpenLockFile(listing);
  if (!file.ok()) return file.status();
  struct flock byte = ByteOf(book);
  if (fcntl(file->get(), F_OFD_SETLK, &byte) == 0) return BookLock(std::move(file).value());
  if (errno == EAGAIN || errno == EACCES) {
    return Status(Code::kBusy,
                  "the book " + Printable(book) +
                      " is being published, withdrawn or mended by another audiodl command");
  }
  return Status::FromErrno(errno, "lock " + listing + "/" + kFileName);
}

Result<bool> BookLock::IsTaken(const std::string& listing, const std::string& book) {
  const std::string path = listing + "/" + kFileName;
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return false;
  if (!file.valid()) return Status::FromErrno(errno, "open " + path);
  struct flock byte = ByteOf(book);
  if (fcntl(file.get(), F_OFD_GETLK, &byte) != 0) return Status::FromErrno(errno, "lock " + path);
  return byte.l_type != F_UNLCK;
}

}  // namespace audiodl
