// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/listing.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "common/base/file_time.h"

namespace audiodl {

Result<int64_t> FindMarker(std::string_view listing, const ChunkName& chunk) {
  const std::string path = std::string(listing) + "/" + chunk.path;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG) {
      return Status(Code::kNotFound, "not listed");
    }
    Status status = Status::FromErrno(error_number, "stat " + path);
    return Status(Code::kIo,
                  status.text() + ": the web server's user must be able to read the listing");
  }
  if (!S_ISREG(info.st_mode))
    return Status(Code::kNotFound, "no marker, but a folder or other thing");
  if (info.st_size != 0) return Status(Code::kNotFound, "no marker: the file is not empty");
  return NanosecondsOf(info.st_mtim);
}

Status CheckListed(const std::string& listing) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(listing.c_str()), closedir);
  if (!dir) return Status(Code::kIo, Status::FromErrno(errno, listing).text());
  while (const dirent* entry = readdir(dir.get())) {
    if (entry->d_name[0] != '.') return Status::Ok();
  }
  return Status(Code::kNotFound, listing + " is empty");
}

Result<std::string> FindSomeChunk(const std::string& listing, size_t skip) {
  namespace fs = std::filesystem;
  constexpr int kMostNames = 5000;
  std::string found;
  std::error_code error;
  fs::recursive_directory_iterator at(listing, error);
  for (int looked = 0; !error && at != fs::recursive_directory_iterator() && looked < kMostNames;
       at.increment(error), ++looked) {
    if (at->path().filename().native().starts_with('.')) {
      at.disable_recursion_pending();
      continue;
    }
    std::error_code ignored;
    if (!at->is_regular_file(ignored) || at->file_size(ignored) != 0) continue;
    found = at->path().native().substr(listing.size() + 1);
    if (skip-- == 0) break;
  }
  if (found.empty()) return Status(Code::kNotFound, "nothing is listed in " + listing);
  return found;
}

}  // namespace audiodl
