// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/folder_owner.h"
#include "common/base/new_file.h"
#include "common/book/manifest.h"
#include "common/stock/listing_time.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};

// The marker, made where there is none; root's is then its folder's owner's. Never through a link:
// what it leads to is no marker.
Result<UniqueFd> OpenMarker(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  UniqueFd fd(open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0644));
  if (fd.valid()) {
    if (Status status = GiveToFoldersOwner(fd.get(), path); !status.ok()) return status;
    return fd;
  }
  if (errno == EEXIST) fd.Reset(open(path.c_str(), kFlags));
  if (!fd.valid()) return Status::FromErrno(errno, "make " + path);
  return fd;
}

}  // namespace

Result<ListingWriter> ListingWriter::Open(const std::string& listing,
                                          std::chrono::milliseconds patience) {
  UniqueFd folder(open(listing.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return Status::FromErrno(errno, "open the listing " + listing);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Status::FromErrno(errno, "lock " + listing);
    if (std::chrono::steady_clock::now() >= deadline) {
      return Status(Code::kBusy, listing + ": another audiodl command is changing it");
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return ListingWriter(listing, std::move(folder));
}

int64_t ListingWriter::TimeFor(const std::string& book, const std::string& name,
                               int64_t now) const {
  std::optional<int64_t> before = TimeOfFile(listing_ + "/" + book + "/" + name);
  if (!before) before = WithdrawnList::TimeIn(listing_);
  return NextListingTime(now, before);
}

Status ListingWriter::PutMarker(const std::string& book, const std::string& chunk, int64_t time) {
  const std::string path = listing_ + "/" + book + "/" + chunk;
  Result<UniqueFd> marker = OpenMarker(path);
  // Somebody may remove the folder, which is empty, before the marker is in it.
  for (int tries = 0; marker.status().code() == Code::kNotFound && tries < 3; ++tries) {
    if (Status status = MakeFolders(listing_ + "/" + book); !status.ok()) return status;
    marker = OpenMarker(path);
  }
  if (!marker.ok()) return marker.status();
  const UniqueFd fd = std::move(marker).value();
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "make " + path);
  if (info.st_size != 0 || !S_ISREG(info.st_mode)) {
    return Status::Invalid(path + " is not empty: it is no marker, and is left alone");
  }
  if ((info.st_mode & 0777) != 0644 && fchmod(fd.get(), 0644) != 0) {
    return Status::FromErrno(errno, "chmod " + path);
  }
  return SetTimeOfFile(fd.get(), path, time);
}

Status ListingWriter::RemoveFile(const std::string& book, const std::string& name) {
  const std::string path = listing_ + "/" + book + "/" + name;
  if (unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return Status::FromErrno(errno, "remove " + path);
  }
  // Ends at the first folder that holds something, or at the listing itself.
  for (std::string folder = book; !folder.empty();) {
    if (rmdir((listing_ + "/" + folder).c_str()) != 0) break;
    const size_t slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
  }
  return Status::Ok();
}

Status ListingWriter::RemoveMarker(const std::string& book, const std::string& chunk) {
  struct stat info;
  const std::string path = listing_ + "/" + book + "/" + chunk;
  if (stat(path.c_str(), &info) == 0 && info.st_size != 0) {
    return Status::Invalid(path + " is not empty: it is no marker, and is left alone");
  }
  return RemoveFile(book, chunk);
}

Status ListingWriter::PutManifest(const std::string& book, std::string_view text) {
  return WriteListingFile(listing_ + "/" + book + "/" + Manifest::kFileName, text,
                          TimeFor(book, Manifest::kFileName, NowNanoseconds()));
}

Status ListingWriter::RemoveManifest(const std::string& book) {
  return RemoveFile(book, Manifest::kFileName);
}

Status ListingWriter::Sync() {
  return syncfs(folder_.get()) == 0 ? Status::Ok() : Status::FromErrno(errno, "sync " + listing_);
}

}  // namespace audiodl
