// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "common/base/new_file.h"
#include "common/book/manifest.h"

namespace audiodl {
namespace {

constexpr int64_t kSecond = 1000000000;
constexpr std::chrono::milliseconds kLookAgain{50};

timespec TimeOf(int64_t nanoseconds) {
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  return {static_cast<time_t>(seconds), static_cast<long>(rest)};
}

Status SetTime(int fd, const std::string& path, int64_t time) {
  const timespec times[2] = {TimeOf(time), TimeOf(time)};
  return futimens(fd, times) == 0 ? Status::Ok() : Status::FromErrno(errno, "date " + path);
}

}  // namespace

int64_t NextMarkerTime(int64_t now, std::optional<int64_t> before) {
  constexpr int64_t kNear = 3 * kSecond;  // two, and what is lost when times are rounded
  constexpr int64_t kHour = 3600 * kSecond;
  if (!before) return now;
  const int64_t time = std::max(now, *before + kNear);
  const int64_t step = time - *before;
  return step > kHour - kNear && step < kHour + kNear ? *before + kHour + kNear : time;
}

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

Status ListingWriter::PutMarker(const std::string& book, const std::string& chunk, int64_t time) {
  const std::string path = listing_ + "/" + book + "/" + chunk;
  UniqueFd fd;
  // Somebody may remove the folder, which is empty, before the marker is in it.
  for (int tries = 0; !fd.valid() && tries < 3; ++tries) {
    fd.Reset(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644));
    if (fd.valid() || errno != ENOENT) break;
    if (Status status = MakeFolders(listing_ + "/" + book); !status.ok()) return status;
  }
  struct stat info;
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "make " + path);
  if (info.st_size != 0 || !S_ISREG(info.st_mode)) {
    return Status::Invalid(path + " is not empty: it is no marker, and is left alone");
  }
  if ((info.st_mode & 0777) != 0644 && fchmod(fd.get(), 0644) != 0) {
    return Status::FromErrno(errno, "chmod " + path);
  }
  return SetTime(fd.get(), path, time);
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
  return WriteNewFile(listing_ + "/" + book + "/" + Manifest::kFileName, text);
}

Status ListingWriter::RemoveManifest(const std::string& book) {
  return RemoveFile(book, Manifest::kFileName);
}

Status ListingWriter::Sync() {
  return syncfs(folder_.get()) == 0 ? Status::Ok() : Status::FromErrno(errno, "sync " + listing_);
}

}  // namespace audiodl
