// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3write/file_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "common/base/file_io.h"
#include "common/base/folder_owner.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/s3/file_info.h"

namespace audiodl {
namespace {

constexpr uint64_t kSliceBytes = uint64_t{1} << 20;

struct DirDeleter {
  void operator()(DIR* dir) const { closedir(dir); }
};

Status NotFound(const std::string& key) {
  return Status(Code::kNotFound, key + ": there is no such file");
}

Status FromErrno(const std::string& what, const std::string& key) {
  const int error_number = errno;
  if (error_number == ENOENT || error_number == ENOTDIR) return NotFound(key);
  Status status = Status::FromErrno(error_number, what + " " + key);
  return error_number == EACCES ? Status(Code::kForbidden, status.text()) : status;
}

Result<struct stat> Look(int fd, const std::string& key) {
  struct stat info;
  if (fstat(fd, &info) != 0) return FromErrno("fstat", key);
  if (!S_ISREG(info.st_mode)) return NotFound(key);
  return info;
}

Result<UniqueFd> OpenFile(const std::string& key) {
  UniqueFd fd(open(key.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return FromErrno("open", key);
  return fd;
}

// A file of ours as the source of another.
class FileSource : public UploadSource {
 public:
  FileSource(int fd, uint64_t size) : fd_(fd), size_(size) {}

  Status Read(size_t bytes, std::string& out) override {
    const size_t take = std::min<uint64_t>(bytes, size_ - offset_);
    const size_t before = out.size();
    out.resize(before + take);
    const Status status = ReadAt(fd_, offset_, std::span(out).subspan(before));
    offset_ += take;
    return status;
  }

 private:
  const int fd_;
  const uint64_t size_;
  uint64_t offset_ = 0;
};

Status Copy(UploadSource& source, NewFile& file, const ObjectStore::Progress& progress) {
  uint64_t copied = 0;
  for (std::string slice;;) {
    slice.clear();
    if (Status status = source.Read(kSliceBytes, slice); !status.ok()) return status;
    if (slice.empty()) return Status::Ok();
    if (Status status = file.Append(slice); !status.ok()) return status;
    copied += slice.size();
    if (progress) progress(copied);
  }
}

}  // namespace

Status FileStore::CheckKey(const std::string& key) const {
  if (!key.starts_with(root_ + "/")) {
    return Status::Invalid(Printable(key) + " is not below " + root_);
  }
  for (size_t begin = root_.size() + 1; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    const std::string_view segment = std::string_view(key).substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == ".." ||
        segment.find('\0') != std::string_view::npos) {
      return Status::Invalid(Printable(key) + " is no file's path");
    }
    begin = end + 1;
  }
  return Status::Ok();
}

Result<ObjectInfo> FileStore::Head(const std::string& key) {
  if (Status status = CheckKey(key); !status.ok()) return status;
  const Result<UniqueFd> fd = OpenFile(key);
  if (!fd.ok()) return fd.status();
  const Result<struct stat> info = Look(fd->get(), key);
  if (!info.ok()) return info.status();
  return InfoOf(*info);
}

Result<ObjectInfo> FileStore::Get(const std::string& key, const BodySink& sink) {
  if (Status status = CheckKey(key); !status.ok()) return status;
  const Result<UniqueFd> fd = OpenFile(key);
  if (!fd.ok()) return fd.status();
  const Result<struct stat> info = Look(fd->get(), key);
  if (!info.ok()) return info.status();
  ObjectInfo object = InfoOf(*info);
  FileSource source(fd->get(), object.size);
  for (std::string slice;;) {
    slice.clear();
    const Status read = source.Read(kSliceBytes, slice);
    const Result<struct stat> now = Look(fd->get(), key);
    if (!now.ok()) return now.status();
    // A file that is rewritten in place.
    if (EntityTagOf(*now) != object.etag) {
      return Status(Code::kChanged, key + " was written to while it was being read");
    }
    if (!read.ok()) return read;
    if (slice.empty()) return object;
    if (Status status = sink(slice); !status.ok()) return status;
  }
}

Result<std::optional<ObjectStore::Fetched>> FileStore::GetUnless(const std::string& key,
                                                                 const std::string& etag,
                                                                 size_t limit) {
  const Result<ObjectInfo> there = Head(key);
  if (!there.ok()) return there.status();
  if (there->etag == etag) return std::optional<Fetched>();
  Fetched fetched;
  Result<ObjectInfo> info = Get(key, Into(fetched.body, key, limit));
  if (!info.ok()) return info.status();
  fetched.info = std::move(info).value();
  return std::optional<Fetched>(std::move(fetched));
}

Result<NewFile> FileStore::Begin(const std::string& key) const {
  if (Status status = CheckKey(key); !status.ok()) return status;
  struct stat root;
  if (stat(root_.c_str(), &root) != 0) {
    return Status::Invalid("the origin's folder " + root_ + " does not exist: is it mounted?");
  }
  return NewFile::Create(key);
}

Result<std::string> FileStore::Commit(NewFile file, const std::string& key,
                                      const PutOptions& options) {
  struct stat info;
  if (fstat(file.fd(), &info) != 0) return FromErrno("fstat", key);
  if (options.if_absent) {
    if (Status status = file.CommitIfAbsent(); !status.ok()) return status;
    return EntityTagOf(info);
  }
  // The lock keeps two that would replace the same generation apart.
  UniqueFd folder;
  if (!options.if_match.empty()) {
    folder.Reset(open(FolderOf(key).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || flock(folder.get(), LOCK_EX) != 0) return FromErrno("lock", key);
    const Result<ObjectInfo> there = Head(key);
    if (!there.ok() && there.status().code() != Code::kNotFound) return there.status();
    if (!there.ok() || there->etag != options.if_match) {
      return Status(Code::kChanged, key + ": somebody else has written it");
    }
  }
  if (Status status = file.Commit(); !status.ok()) return status;
  return EntityTagOf(info);
}

Result<std::string> FileStore::Put(const std::string& key, std::string_view bytes,
                                   const PutOptions& options) {
  Result<NewFile> file = Begin(key);
  if (!file.ok()) return file.status();
  if (Status status = file->Append(bytes); !status.ok()) return status;
  return Commit(std::move(file).value(), key, options);
}

Status FileStore::Delete(const std::string& key) {
  if (Status status = CheckKey(key); !status.ok()) return status;
  if (unlink(key.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) {
    return FromErrno("remove", key);
  }
  std::string folder = FolderOf(key);
  while (folder.size() > root_.size() && rmdir(folder.c_str()) == 0) folder = FolderOf(folder);
  const Status synced = SyncFolder(folder);
  return synced.code() == Code::kNotFound ? Status::Ok() : synced;
}

Status FileStore::Walk(const std::string& folder, std::vector<StoredObject>& objects,
                       std::vector<std::string>& folders) const {
  const std::unique_ptr<DIR, DirDeleter> dir(opendir(folder.c_str()));
  if (!dir) {
    if (errno == ENOENT || errno == ENOTDIR) return Status::Ok();
    return FromErrno("read", folder);
  }
  folders.push_back(folder);
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || IsNewFileName(name)) continue;
    const std::string path = folder + "/" + name;
    struct stat info;
    if (stat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) continue;
      return FromErrno("stat", path);
    }
    if (S_ISDIR(info.st_mode)) {
      if (Status status = Walk(path, objects, folders); !status.ok()) return status;
    } else if (S_ISREG(info.st_mode)) {
      const ObjectInfo object = InfoOf(info);
      objects.push_back({.key = path,
                         .size = object.size,
                         .etag = object.etag,
                         .last_modified = object.last_modified,
                         .storage_class = {}});
    }
  }
  return Status::Ok();
}

Status FileStore::List(const ListQuery& query, const Visitor& visit) {
  const std::string prefix = std::max(query.prefix, root_ + "/");
  if (!prefix.starts_with(root_ + "/")) {
    return Status::Invalid(Printable(query.prefix) + " is not below " + root_);
  }
  struct stat root;
  if (stat(root_.c_str(), &root) != 0) return FromErrno("stat", root_);
  std::vector<StoredObject> objects;
  std::vector<std::string> folders;
  Status status = Walk(FolderOf(prefix), objects, folders);
  if (!status.ok()) return status;
  std::sort(objects.begin(), objects.end(),
            [](const StoredObject& a, const StoredObject& b) { return a.key < b.key; });
  for (const StoredObject& object : objects) {
    if (!object.key.starts_with(prefix) || object.key <= query.start_after) continue;
    if (!visit(object)) break;
  }
  return Status::Ok();
}

Result<std::string> FileStore::UploadFile(const std::string& key, const std::string& path,
                                          const PutOptions& options, const Progress& progress) {
  const Result<UniqueFd> fd = OpenFile(path);
  if (!fd.ok()) return fd.status();
  const Result<struct stat> info = Look(fd->get(), path);
  if (!info.ok()) return info.status();
  Result<NewFile> file = Begin(key);
  if (!file.ok()) return file.status();
  FileSource source(fd->get(), static_cast<uint64_t>(info->st_size));
  if (Status status = Copy(source, *file, progress); !status.ok()) return status;
  const Result<struct stat> now = Look(fd->get(), path);
  if (!now.ok() || EntityTagOf(*now) != EntityTagOf(*info)) {
    return Status(Code::kChanged, path + " was changed while it was being copied");
  }
  return Commit(std::move(file).value(), key, options);
}

Result<std::string> FileStore::UploadStream(const std::string& key, UploadSource& source,
                                            const PutOptions& options, const Progress& progress) {
  Result<NewFile> file = Begin(key);
  if (!file.ok()) return file.status();
  if (Status status = Copy(source, *file, progress); !status.ok()) return status;
  PutOptions unconditional;
  unconditional.content_type = options.content_type;
  return Commit(std::move(file).value(), key, unconditional);
}

Result<uint64_t> FileStore::RemoveStale(const StaleQuery& query) {
  if (!query.prefix.starts_with(root_ + "/")) {
    return Status::Invalid(Printable(query.prefix) + " is not below " + root_);
  }
  if (query.is_meant) return RemoveDeadNewFiles(FolderOf(query.prefix));
  std::vector<StoredObject> objects;
  std::vector<std::string> folders;
  if (Status status = Walk(FolderOf(query.prefix), objects, folders); !status.ok()) {
    return status;
  }
  uint64_t removed = 0;
  for (const std::string& folder : folders) {
    const Result<uint64_t> dead = RemoveDeadNewFiles(folder);
    if (!dead.ok()) return dead.status();
    removed += *dead;
  }
  return removed;
}

}  // namespace audiodl
