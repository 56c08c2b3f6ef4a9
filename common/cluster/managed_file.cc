// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/managed_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "common/base/file_io.h"
#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr std::string_view kJournal = "inplace";
constexpr size_t kMaxKept = 2 * ManagedFile::kMaxBytes + 64;

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> WithoutLinks(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return Status::FromErrno(errno, path);
  return std::string(resolved);
}

Status SyncDirectory(const std::string& dir) {
  const UniqueFd fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || fsync(fd.get()) != 0) return Status::FromErrno(errno, "fsync " + dir);
  return Status::Ok();
}

// Access control lists, SELinux labels: what the file system or the user does not allow is left
// out.
void CopyExtendedAttributes(const std::string& from, int to) {
  std::vector<char> names(size_t{64} * 1024);
  const ssize_t size = listxattr(from.c_str(), names.data(), names.size());
  std::vector<char> value(size_t{64} * 1024);
  for (ssize_t at = 0; at < size;) {
    const char* name = names.data() + at;
    at += static_cast<ssize_t>(std::string_view(name).size()) + 1;
    const ssize_t length = getxattr(from.c_str(), name, value.data(), value.size());
    if (length >= 0) (void)fsetxattr(to, name, value.data(), static_cast<size_t>(length), 0);
  }
}

// A new file with all of `text` on the disk. What an earlier one that was killed has left at that
// name goes; the lock sees to it that nobody else is at it.
Result<UniqueFd> WriteNew(const std::string& path, std::string_view text, mode_t mode) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return Status::FromErrno(errno, path);
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!fd.valid()) return Status::FromErrno(errno, "create " + path);
  Status status = WriteAt(fd.get(), 0, text);
  if (status.ok() && fsync(fd.get()) != 0) status = Status::FromErrno(errno, "fsync");
  if (status.ok()) return fd;
  unlink(path.c_str());
  return Status(status.code(), path + ": " + status.text());
}

// Both texts of a write in place: the old one's length, a line end, the old one, the new one.
std::string EncodeJournal(std::string_view before, std::string_view after) {
  return std::to_string(before.size()).append("\n").append(before).append(after);
}

struct Journal {
  std::string_view before;
  std::string_view after;
};

std::optional<Journal> DecodeJournal(std::string_view text) {
  const size_t newline = text.find('\n');
  if (newline == std::string_view::npos) return std::nullopt;
  const std::optional<uint64_t> size = ParseDecimal(text.substr(0, newline));
  text.remove_prefix(newline + 1);
  if (!size || *size > text.size()) return std::nullopt;
  return Journal{text.substr(0, *size), text.substr(*size)};
}

// Whether `text` is what a write of `after` over `before` leaves when it is cut anywhere: a piece
// of the new one, then the rest of the old one.
bool IsMixture(std::string_view text, const Journal& journal) {
  const auto [in_text, in_after] =
      std::mismatch(text.begin(), text.end(), journal.after.begin(), journal.after.end());
  const size_t common = static_cast<size_t>(in_text - text.begin());
  const std::string_view rest = text.substr(common);
  return rest.empty() || (common <= journal.before.size() && rest == journal.before.substr(common));
}

}  // namespace

std::string ManagedFile::StatePath(std::string_view suffix) const {
  const std::string name = path_.substr(path_.rfind('/') + 1);
  return state_dir_ + "/." + name + ".audiodl-" + std::string(suffix);
}

Status ManagedFile::Lock(std::chrono::milliseconds patience) {
  lock_.Reset(open(state_dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock_.valid()) return Status::FromErrno(errno, "open " + state_dir_);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Status::FromErrno(errno, state_dir_);
    if (std::chrono::steady_clock::now() >= deadline) {
      return Status(Code::kBusy, "another audiodl is at work on " + path_);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Status::Ok();
}

Status ManagedFile::Load() {
  const UniqueFd fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path_);
  if (fstat(fd.get(), &info_) != 0) return Status::FromErrno(errno, "fstat " + path_);
  if (!S_ISREG(info_.st_mode)) return Status::Invalid(path_ + " is not a regular file");
  Result<std::string> text = ReadWholeFile(path_, kMaxBytes);
  if (!text.ok()) return text.status();
  text_ = std::move(text).value();
  // Read while somebody wrote: what is there now decides.
  return CheckUnchanged();
}

Result<ManagedFile> ManagedFile::Open(Place place, std::chrono::milliseconds patience) {
  Result<std::string> path = WithoutLinks(place.path);
  if (!path.ok()) return path.status();
  ManagedFile file;
  file.path_ = std::move(path).value();
  file.state_dir_ = place.state_dir.empty() ? DirectoryOf(file.path_) : place.state_dir;
  if (Status locked = file.Lock(patience); !locked.ok()) return locked;
  Status loaded = file.Load();
  // An editor was just saving it.
  for (int again = 0; loaded.code() == Code::kBusy && again < 50; ++again) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    loaded = file.Load();
  }
  if (!loaded.ok()) return loaded;
  if (place.look_only) return file;
  if (Status whole = file.FinishCutWrite(); !whole.ok()) return whole;
  return file;
}

Status ManagedFile::CheckUnchanged() const {
  struct stat now;
  if (stat(path_.c_str(), &now) != 0) return Status::FromErrno(errno, path_);
  const auto same_time = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  const bool same = now.st_dev == info_.st_dev && now.st_ino == info_.st_ino &&
                    now.st_size == info_.st_size && same_time(now.st_mtim, info_.st_mtim) &&
                    same_time(now.st_ctim, info_.st_ctim);
  return same ? Status::Ok()
              : Status(Code::kBusy, path_ + " was changed by somebody else at the same moment");
}

Status ManagedFile::Replace(const std::string& text) {
  if (text == text_) return Status::Ok();
  bool is_mount = false;
  Status status = ReplaceByRename(text, is_mount);
  if (is_mount) status = ReplaceInPlace(text);
  return status.ok() ? Load() : status;
}

// `is_mount`: the file cannot be renamed over; nothing was done.
Status ManagedFile::ReplaceByRename(const std::string& text, bool& is_mount) {
  const std::string dir = DirectoryOf(path_);
  const std::string temporary = dir + "/." + path_.substr(path_.rfind('/') + 1) + ".audiodl-new";
  const Result<UniqueFd> fd = WriteNew(temporary, text, 0600);
  if (!fd.ok() && dir != state_dir_) {
    // Where a directory of its own keeps our state, the file's may be read-only, as it often is
    // where the file is a mount.
    is_mount = true;
    return fd.status();
  }
  if (!fd.ok()) return fd.status();
  Status status;
  CopyExtendedAttributes(path_, fd->get());
  if (fchown(fd->get(), info_.st_uid, info_.st_gid) != 0 ||
      fchmod(fd->get(), info_.st_mode & 07777) != 0 || fsync(fd->get()) != 0) {
    status = Status::FromErrno(errno, "give " + temporary + " the owner and mode of " + path_);
  }
  if (status.ok()) status = CheckUnchanged();
  if (status.ok() && rename(temporary.c_str(), path_.c_str()) != 0) {
    is_mount = errno == EBUSY || errno == EXDEV;
    status = Status::FromErrno(errno, "rename " + temporary + " to " + path_);
  }
  if (status.ok()) return SyncDirectory(dir);
  unlink(temporary.c_str());
  return status;
}

Status ManagedFile::ReplaceInPlace(const std::string& text) {
  if (Status kept = Keep(kJournal, EncodeJournal(text_, text)); !kept.ok()) return kept;
  Status status = CheckUnchanged();
  if (status.ok()) status = WriteOver(text);
  // What failed half-way is put back; if that fails too the journal stays for the next one.
  if (!status.ok() && status.code() != Code::kBusy) {
    if (!WriteOver(text_).ok()) return status;
  }
  unlink(StatePath(kJournal).c_str());
  return status;
}

// From the first byte that differs on, in one write; what is too long is cut off last.
Status ManagedFile::WriteOver(std::string_view text) const {
  const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path_);
  const Result<std::string> now = ReadWholeFile(path_, 2 * kMaxBytes);
  if (!now.ok()) return now.status();
  const size_t common = static_cast<size_t>(
      std::mismatch(now->begin(), now->end(), text.begin(), text.end()).first - now->begin());
  // A disk that is full is to say so before a byte has changed.
  if (text.size() > now->size() &&
      fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(text.size())) != 0 &&
      errno != EOPNOTSUPP && errno != ENOSYS) {
    return Status::FromErrno(errno, "make room for " + path_);
  }
  if (Status status = WriteAt(fd.get(), common, text.substr(common)); !status.ok()) return status;
  if (ftruncate(fd.get(), static_cast<off_t>(text.size())) != 0 || fsync(fd.get()) != 0) {
    return Status::FromErrno(errno, "write " + path_);
  }
  return Status::Ok();
}

Status ManagedFile::FinishCutWrite() {
  const Result<std::optional<std::string>> kept = Kept(kJournal);
  if (!kept.ok()) return kept.status();
  if (!kept->has_value()) return Status::Ok();
  const std::optional<Journal> journal = DecodeJournal(**kept);
  if (journal && text_ != journal->before && text_ != journal->after &&
      IsMixture(text_, *journal)) {
    if (Status status = WriteOver(journal->after); !status.ok()) return status;
    repaired_ = true;
    if (Status status = Load(); !status.ok()) return status;
  }
  unlink(StatePath(kJournal).c_str());
  return Status::Ok();
}

Status ManagedFile::Keep(std::string_view suffix, std::string_view text) {
  const std::string path = StatePath(suffix);
  const std::string temporary = path + ".new";
  const Result<UniqueFd> fd = WriteNew(temporary, text, 0600);
  if (!fd.ok()) return fd.status();
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return Status::FromErrno(errno, "rename " + temporary);
  }
  return SyncDirectory(state_dir_);
}

Result<std::optional<std::string>> ManagedFile::Kept(std::string_view suffix) const {
  Result<std::string> text = ReadWholeFile(StatePath(suffix), kMaxKept);
  if (text.ok()) return std::optional(std::move(text).value());
  if (text.status().code() == Code::kNotFound) return std::optional<std::string>();
  return text.status();
}

}  // namespace audiodl
