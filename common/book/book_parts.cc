// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include "common/book/natural_order.h"
#include "common/cache/chunk_name.h"

namespace audiodl {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

void AddIfMarker(DIR* folder, const char* name, std::vector<BookPart>& parts) {
  struct stat info;
  if (fstatat(dirfd(folder), name, &info, 0) != 0) return;
  if (!S_ISREG(info.st_mode) || info.st_size != 0) return;
  parts.push_back({name, nullptr, info.st_mtim.tv_sec});
}

Result<std::vector<BookPart>> FindMarkers(const std::string& path, std::string_view book) {
  const Folder folder(opendir(path.c_str()));
  if (folder == nullptr) {
    const int error_number = errno;
    if (error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG) {
      return Status(Code::kNotFound, "not listed");
    }
    return Status(Code::kIo, Status::FromErrno(error_number, "opendir " + path).text() +
                                 ": the web server's user must be able to read the listing");
  }
  std::vector<BookPart> parts;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr) break;
    if (!ChunkName::Parse(std::string(book) + "/" + entry->d_name).ok()) continue;
    AddIfMarker(folder.get(), entry->d_name, parts);
  }
  if (errno != 0) return Status(Code::kIo, Status::FromErrno(errno, "readdir " + path).text());
  return parts;
}

using Places = std::unordered_map<std::string_view, const ManifestChunk*>;

void AddDetails(const Manifest& manifest, std::vector<BookPart>& parts) {
  Places places;
  for (const ManifestChunk& chunk : manifest.chunks) places.emplace(chunk.name, &chunk);
  for (BookPart& part : parts) {
    const auto found = places.find(part.name);
    if (found != places.end()) part.details = found->second;
  }
}

// Details point into one array, so their addresses are the manifest's order.
bool Before(const BookPart& a, const BookPart& b) {
  if (a.details != nullptr && b.details != nullptr) return a.details < b.details;
  if ((a.details == nullptr) != (b.details == nullptr)) return a.details != nullptr;
  return NaturalLess(a.name, b.name);
}

}  // namespace

Result<std::vector<BookPart>> FindBookParts(std::string_view listing, std::string_view book,
                                            const Manifest* manifest) {
  Result<std::vector<BookPart>> parts =
      FindMarkers(std::string(listing) + "/" + std::string(book), book);
  if (!parts.ok()) return parts;
  if (parts->empty()) return Status(Code::kNotFound, "nothing of it is listed");
  if (manifest != nullptr) AddDetails(*manifest, *parts);
  std::sort(parts->begin(), parts->end(), Before);
  return parts;
}

}  // namespace audiodl
