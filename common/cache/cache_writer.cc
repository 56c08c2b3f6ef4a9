// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>

#include "common/base/file_io.h"

namespace audiodl {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirMode = 0700;
constexpr std::string_view kTemporaryFolder = "/tmp";

// A name that no other maker uses: pid and a count. The maker holds a flock() on it while it is
// temporary, so that the clean-up at the next start can tell an orphan from one being made.
std::string TemporaryPath(const std::string& dir, const ObjectId& id) {
  static std::atomic<unsigned> count{0};
  return dir + std::string(kTemporaryFolder) + "/" + id.Hex() + "." + std::to_string(getpid()) +
         "." + std::to_string(++count);
}

// Whether that function gave it: a stranger's file in the folder is left alone.
bool IsTemporaryName(std::string_view name) {
  constexpr size_t kIdDigits = 2 * sizeof(ObjectId::bytes);
  const std::string_view id = name.substr(0, kIdDigits);
  const std::string_view rest = name.substr(id.size());
  return id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == id.npos &&
         rest.starts_with('.') && rest.find_first_not_of("0123456789.") == rest.npos &&
         std::count(rest.begin(), rest.end(), '.') == 2;
}

// A missing folder of the cache is our trouble: kNotFound would say that the origin has no such
// object.
Status OurTrouble(int error_number, const std::string& what) {
  Status status = Status::FromErrno(error_number, what);
  return status.code() == Code::kNotFound ? Status(Code::kIo, status.text()) : status;
}

Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), kDirMode) == 0 || errno == EEXIST) return Status::Ok();
  return OurTrouble(errno, "mkdir " + path);
}

// posix_fallocate() would write zeros block by block where the file system cannot reserve; there a
// sparse file must do, and a full disk shows itself at the write.
Status ReserveRoom(int fd, uint64_t bytes) {
  for (;;) {
    if (fallocate(fd, 0, 0, static_cast<off_t>(bytes)) == 0) return Status::Ok();
    if (errno == EINTR) continue;
    if (errno != EOPNOTSUPP)
      return Status::FromErrno(errno, "reserve " + std::to_string(bytes) + " bytes");
    if (ftruncate(fd, static_cast<off_t>(bytes)) == 0) return Status::Ok();
    return Status::FromErrno(errno, "ftruncate");
  }
}

// Tells the readers of the file that is about to be replaced that nothing more will come.
void AbandonExisting(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct stat info;
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return;
  HeaderPage page;
  ObjectHeader header;
  const uint64_t file_bytes = static_cast<uint64_t>(info.st_size);
  if (file_bytes < kPageBytes || !ReadAt(fd.get(), file_bytes - kPageBytes, page).ok()) return;
  if (!DecodeHeader(page, header).ok()) return;
  // A complete one has no waiting readers; whoever has it open may finish with the old bytes.
  if (DecodeMutable(page).state != FileState::kPartial) return;
  const uint64_t offset = file_bytes - kPageBytes + kMutableOffset;
  (void)WriteAt(fd.get(), offset, BytesOf(FileState::kAbandoned));
}

// A file below the temporary folder, locked; it goes with its object unless it was renamed.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  ~TemporaryFile() { Drop(); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // kBusy: a clean-up took it for an orphan before it was locked; another name may do.
  Status Make(const std::string& dir, const ObjectId& id) {
    Drop();
    path_ = TemporaryPath(dir, id);
    Open();
    if (!fd_.valid() && errno == ENOENT) {
      // Operators empty a cache with rm -r, and the folder goes with the rest.
      if (Status s = MakeDirectory(dir + std::string(kTemporaryFolder)); !s.ok()) return s;
      Open();
    }
    if (!fd_.valid()) return OurTrouble(errno, "create " + path_);
    const bool locked = flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK) return Status::FromErrno(errno, "flock");
    struct stat info;
    if (fstat(fd_.get(), &info) != 0) return OurTrouble(errno, "fstat " + path_);
    if (locked && info.st_nlink > 0) return Status::Ok();
    return Status(Code::kBusy, path_ + " was taken away while it was made");
  }

  UniqueFd TakeFd() { return std::move(fd_); }

  Status RenameTo(const std::string& target) {
    if (rename(path_.c_str(), target.c_str()) != 0) {
      return OurTrouble(errno, "rename into " + target);
    }
    path_.clear();
    return Status::Ok();
  }

 private:
  void Open() { fd_.Reset(open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode)); }
  void Drop() {
    if (!path_.empty()) unlink(path_.c_str());
    path_.clear();
  }

  std::string path_;
  UniqueFd fd_;
};

constexpr int kTemporaryTries = 3;

}  // namespace

Result<std::unique_ptr<CacheWriter>> CacheWriter::Create(const std::string& dir, const ObjectId& id,
                                                         const ObjectHeader& header,
                                                         int64_t marker) {
  const std::string target = dir + "/" + id.RelativePath();
  TemporaryFile temporary;
  Status made = temporary.Make(dir, id);
  for (int tries = 1; made.code() == Code::kBusy && tries < kTemporaryTries; ++tries) {
    made = temporary.Make(dir, id);
  }
  if (!made.ok()) return made;

  std::unique_ptr<CacheWriter> writer(new CacheWriter(target, temporary.TakeFd()));
  ObjectHeader complete = header;
  complete.boot_id = CurrentBootId();
  complete.created = std::time(nullptr);
  writer->state_ = MutableHeader{header.size == 0 ? FileState::kComplete : FileState::kPartial, 0,
                                 complete.created, marker};
  if (Status s = EncodeHeader(complete, writer->state_, writer->page_); !s.ok()) return s;
  // Decoded from its own page, so that the views live as long as the writer.
  if (Status s = DecodeHeader(writer->page_, writer->header_); !s.ok()) return s;
  writer->entries_.resize(BlockCount(header.size));
  writer->missing_ = writer->entries_.size();

  const Layout layout(header.size);
  if (Status s = ReserveRoom(writer->fd_->get(), layout.file_bytes); !s.ok()) return s;
  const std::string_view page(writer->page_.data(), writer->page_.size());
  if (Status s = WriteAt(writer->fd_->get(), layout.header_offset, page); !s.ok()) return s;
  if (Status s = MakeDirectory(target.substr(0, target.rfind('/'))); !s.ok()) return s;
  AbandonExisting(target);
  if (Status s = temporary.RenameTo(target); !s.ok()) return s;
  return writer;
}

Result<std::unique_ptr<CacheWriter>> CacheWriter::Adopt(const std::string& dir, const ObjectId& id,
                                                        std::string_view origin,
                                                        std::string_view key) {
  std::string path = dir + "/" + id.RelativePath();
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  std::unique_ptr<CacheWriter> writer(new CacheWriter(std::move(path), std::move(fd)));
  if (Status status = writer->Load(origin, key); !status.ok()) return status;
  return writer;
}

Status CacheWriter::Load(std::string_view origin, std::string_view key) {
  struct stat info;
  if (fstat(fd_->get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path_);
  const uint64_t file_bytes = static_cast<uint64_t>(info.st_size);
  if (!S_ISREG(info.st_mode) || file_bytes < kPageBytes) {
    return Status(Code::kCorrupt, path_ + ": no cache file: too short");
  }
  if (Status s = ReadAt(fd_->get(), file_bytes - kPageBytes, page_); !s.ok()) return s;
  if (Status s = DecodeHeader(page_, header_); !s.ok()) return s;
  const Layout layout(header_.size);
  if (layout.file_bytes != file_bytes || header_.origin != origin || header_.key != key) {
    return Status(Code::kCorrupt,
                  path_ + ": the file does not fit its header, or is another object's");
  }
  state_ = DecodeMutable(page_);
  if (!IsBelievable(state_.state, header_.boot_id, CurrentBootId())) {
    return Status(Code::kNotFound, path_ + ": abandoned, or from before a restart of the machine");
  }
  entries_.resize(layout.blocks);
  const std::span<char> table(reinterpret_cast<char*>(entries_.data()),
                              entries_.size() * sizeof(BlockEntry));
  if (Status s = ReadAt(fd_->get(), layout.table_offset, table); !s.ok()) return s;
  for (uint64_t block = 0; block < entries_.size(); ++block) missing_ += Has(block) ? 0 : 1;
  return Status::Ok();
}

uint64_t CacheWriter::BlockBytes(uint64_t block) const {
  return std::min(kBlockBytes, header_.size - block * kBlockBytes);
}

uint64_t CacheWriter::EntryOffset(uint64_t block) const {
  return Layout(header_.size).table_offset + block * sizeof(BlockEntry);
}

Status CacheWriter::Reserve() { return ReserveRoom(fd_->get(), Layout(header_.size).file_bytes); }

Status CacheWriter::Write(uint64_t offset, std::string_view data) {
  return WriteAt(fd_->get(), offset, data);
}

Status CacheWriter::MarkBlock(uint64_t block, uint32_t crc) {
  const bool had = Has(block);
  const BlockEntry entry = PresentEntry(block, crc);
  if (Status s = WriteAt(fd_->get(), EntryOffset(block), BytesOf(entry)); !s.ok()) return s;
  entries_[block] = entry;
  if (!had) --missing_;
  return Status::Ok();
}

// Each word by itself: another thread's Sync(), or another process, may have changed the others.
Status CacheWriter::WriteWord(size_t offset_in_words, std::string_view word) {
  const uint64_t words = Layout(header_.size).header_offset + kMutableOffset;
  return WriteAt(fd_->get(), words + offset_in_words, word);
}

Status CacheWriter::SetState(FileState state) {
  state_.state = state;
  return WriteWord(offsetof(MutableHeader, state), BytesOf(state));
}

Status CacheWriter::SetMarker(int64_t marker) {
  state_.marker = marker;
  return WriteWord(offsetof(MutableHeader, marker), BytesOf(marker));
}

Status CacheWriter::SetLastUsed(int64_t unix_seconds) {
  state_.last_used = unix_seconds;
  return WriteWord(offsetof(MutableHeader, last_used), BytesOf(unix_seconds));
}

Status CacheWriter::Sync() {
  if (fdatasync(fd_->get()) != 0) return Status::FromErrno(errno, "fdatasync " + path_);
  return WriteWord(offsetof(MutableHeader, state), BytesOf(FileState::kDurable));
}

Status CacheWriter::Retire() {
  Status status = SetState(FileState::kAbandoned);
  struct stat ours, named;
  const bool same = fstat(fd_->get(), &ours) == 0 && lstat(path_.c_str(), &named) == 0 &&
                    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
  if (same && unlink(path_.c_str()) != 0) return Status::FromErrno(errno, "unlink " + path_);
  return status;
}

bool CacheWriter::Nameless() const {
  struct stat info;
  return fstat(fd_->get(), &info) == 0 && info.st_nlink == 0;
}

Status TouchCacheFile(const std::string& path, int64_t unix_seconds) {
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  const uint64_t file_bytes = static_cast<uint64_t>(info.st_size);
  HeaderPage page;
  ObjectHeader header;
  if (!S_ISREG(info.st_mode) || file_bytes < kPageBytes) {
    return Status(Code::kCorrupt, path + ": no cache file: too short");
  }
  if (Status s = ReadAt(fd.get(), file_bytes - kPageBytes, page); !s.ok()) return s;
  if (Status s = DecodeHeader(page, header); !s.ok()) return s;
  const uint64_t words = file_bytes - kPageBytes + kMutableOffset;
  return WriteAt(fd.get(), words + offsetof(MutableHeader, last_used), BytesOf(unix_seconds));
}

Status PrepareCacheDir(const std::string& dir) {
  const std::string temporary = dir + std::string(kTemporaryFolder);
  if (Status status = MakeDirectory(temporary); !status.ok()) return status;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(temporary.c_str()), &closedir);
  if (!folder) return Status::FromErrno(errno, "opendir " + temporary);
  while (const dirent* entry = readdir(folder.get())) {
    if (!IsTemporaryName(entry->d_name)) continue;
    const UniqueFd fd(
        openat(dirfd(folder.get()), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    // Somebody who holds the lock is making it right now.
    if (!fd.valid() || flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    unlinkat(dirfd(folder.get()), entry->d_name, 0);
  }
  return Status::Ok();
}

}  // namespace audiodl
