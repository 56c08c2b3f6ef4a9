// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_contents.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "common/base/file_io.h"
#include "common/base/file_time.h"
#include "common/base/new_file.h"
#include "common/base/unique_fd.h"
#include "common/book/manifest.h"

namespace audiodl {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

bool IsLeftOver(std::string_view name) {
  return IsNewFileName(name) || name.starts_with(".unison.");
}

// One walk. Folders are opened by their path, so that a deep tree needs one descriptor, not many.
class Scan {
 public:
  Scan(const std::string& listing, std::vector<Stray>* strays)
      : listing_(listing), strays_(strays) {}

  // `book` is empty for the root. Folders in it are added to `folders`, where that is not null.
  Status Look(const std::string& book, ListedBook& found, std::vector<std::string>* folders);

 private:
  Status LookAt(DIR* folder, const std::string& book, const dirent& entry, ListedBook& found,
                std::vector<std::string>* folders);
  Status ReadManifest(const std::string& path, ListedBook& found);
  void LookAtFile(const std::string& path, const std::string& name, const struct stat& info,
                  ListedBook& found);
  void Report(const std::string& path, Stray::Kind kind, uint64_t bytes = 0) {
    if (strays_ != nullptr) strays_->push_back({path, kind, bytes});
  }

  const std::string& listing_;
  std::vector<Stray>* strays_;
};

Status Scan::Look(const std::string& book, ListedBook& found, std::vector<std::string>* folders) {
  const std::string path = book.empty() ? listing_ : listing_ + "/" + book;
  const Folder folder(opendir(path.c_str()));
  if (folder == nullptr) {
    if (errno == ENOENT && !book.empty()) return Status::Ok();  // it was removed meanwhile
    return Status::FromErrno(errno, "open " + path);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr) break;
    if (Status status = LookAt(folder.get(), book, *entry, found, folders); !status.ok()) {
      return status;
    }
  }
  return errno == 0 ? Status::Ok() : Status::FromErrno(errno, "read " + path);
}

Status Scan::LookAt(DIR* folder, const std::string& book, const dirent& entry, ListedBook& found,
                    std::vector<std::string>* folders) {
  const std::string name = entry.d_name;
  if (name == "." || name == ".." || (book.empty() && name == "lost+found")) return Status::Ok();
  const std::string path = book.empty() ? name : book + "/" + name;
  if (IsLeftOver(name)) Report(path, Stray::Kind::kLeftOver);
  if (name == Manifest::kFileName && !book.empty()) return ReadManifest(path, found);
  if (name.front() == '.') return Status::Ok();
  struct stat info;
  if (fstatat(dirfd(folder), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status::Ok() : Status::FromErrno(errno, "stat " + path);
  }
  const bool is_link = S_ISLNK(info.st_mode);
  // The module follows links to files; one that leads nowhere is nothing to it.
  if (is_link && fstatat(dirfd(folder), name.c_str(), &info, 0) != 0) return Status::Ok();
  if (!S_ISDIR(info.st_mode)) {
    LookAtFile(path, name, info, found);
  } else if (is_link) {
    Report(path, Stray::Kind::kLink);
  } else if (folders != nullptr) {
    folders->push_back(path);
  }
  return Status::Ok();
}

Status Scan::ReadManifest(const std::string& path, ListedBook& found) {
  Result<std::string> text = ReadWholeFile(listing_ + "/" + path, Manifest::kMaxBytes);
  if (!text.ok() && text.status().code() == Code::kNotFound) return Status::Ok();
  if (!text.ok()) return text.status();
  found.manifest = std::move(text).value();
  return Status::Ok();
}

void Scan::LookAtFile(const std::string& path, const std::string& name, const struct stat& info,
                      ListedBook& found) {
  if (!S_ISREG(info.st_mode)) {
    Report(path, Stray::Kind::kOther);
  } else if (!ChunkName::Parse(path).ok()) {
    Report(path, Stray::Kind::kBadName, static_cast<uint64_t>(info.st_size));
  } else if (info.st_size != 0) {
    Report(path, Stray::Kind::kNotEmpty, static_cast<uint64_t>(info.st_size));
  } else {
    found.markers.emplace(name, NanosecondsOf(info.st_mtim));
  }
}

}  // namespace

size_t ListingContents::MarkerCount() const {
  size_t count = 0;
  for (const auto& [name, book] : books) count += book.markers.size();
  return count;
}

const int64_t* ListingContents::FindMarker(const ChunkName& chunk) const {
  const auto book = books.find(chunk.book);
  if (book == books.end()) return nullptr;
  const auto marker = book->second.markers.find(chunk.chunk);
  return marker == book->second.markers.end() ? nullptr : &marker->second;
}

bool ListingContents::IsWithdrawn(const ChunkName& chunk) const {
  const auto book = books.find(chunk.book);
  return book != books.end() && book->second.withdrawn.contains(chunk.chunk);
}

Result<ListingContents> ScanListing(const std::string& listing, std::vector<Stray>* strays) {
  ListingContents contents;
  Scan scan(listing, strays);
  std::vector<std::string> folders = {""};
  while (!folders.empty()) {
    const std::string book = std::move(folders.back());
    folders.pop_back();
    ListedBook found;
    if (Status status = scan.Look(book, found, &folders); !status.ok()) return status;
    if (found.Says()) contents.books.emplace(book, std::move(found));
  }
  return contents;
}

Result<ListedBook> ScanBook(const std::string& listing, const std::string& book) {
  ListedBook found;
  Status status = Scan(listing, nullptr).Look(book, found, nullptr);
  if (!status.ok()) return status;
  return found;
}

}  // namespace audiodl
