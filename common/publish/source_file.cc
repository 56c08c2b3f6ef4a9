// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/source_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"
#include "common/base/utf8.h"
#include "common/book/natural_order.h"
#include "common/cache/chunk_name.h"
#include "common/s3write/s3_file_upload.h"
#include "common/s3write/s3_store.h"
#include "common/zip/crc32.h"

namespace audiodl {
namespace {

constexpr uint64_t kSliceBytes = uint64_t{1} << 20;

struct DirDeleter {
  void operator()(DIR* dir) const { closedir(dir); }
};

std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

// The digests of a file that is read once, from its beginning.
class Digests {
 public:
  explicit Digests(uint64_t size)
      : plan_(PartPlan::Of(size)), in_parts_(size > S3Store::kMaxSinglePut) {}

  void Update(std::string_view bytes) {
    sha256_.Update(bytes);
    crc32_ = Crc32Extend(crc32_, bytes);
    while (!bytes.empty()) {
      const uint64_t room = in_parts_ ? plan_.part_bytes - part_bytes_ : bytes.size();
      const std::string_view piece = bytes.substr(0, room);
      md5_.Update(piece);
      part_bytes_ += piece.size();
      bytes.remove_prefix(piece.size());
      if (in_parts_ && part_bytes_ == plan_.part_bytes) EndPart();
    }
  }

  void Finish(SourceFile& source) {
    source.sha256 = HexEncode(sha256_.Final());
    source.crc32 = crc32_;
    if (!in_parts_) {
      source.s3_etag = Quoted(HexEncode(md5_.Final()));
      return;
    }
    if (part_bytes_ > 0) EndPart();
    source.s3_etag = MultipartEntityTag(parts_);
  }

 private:
  void EndPart() {
    const auto number = static_cast<uint32_t>(parts_.size() + 1);
    parts_.push_back(
        {.number = number, .size = part_bytes_, .etag = Quoted(HexEncode(md5_.Final()))});
    md5_ = Md5();
    part_bytes_ = 0;
  }

  const PartPlan plan_;
  const bool in_parts_;
  Sha256 sha256_;
  Md5 md5_;
  uint32_t crc32_ = 0;
  uint64_t part_bytes_ = 0;
  std::vector<UploadedPart> parts_;
};

Status Named(const std::string& path, const Status& status) {
  return Status(status.code(), path + ": " + status.text());
}

// The files directly in a folder.
Status AddFolder(const std::string& folder, std::vector<std::string>& files) {
  const std::unique_ptr<DIR, DirDeleter> dir(opendir(folder.c_str()));
  if (!dir) return Status::FromErrno(errno, "open " + folder);
  while (const dirent* entry = readdir(dir.get())) {
    const std::string name = entry->d_name;
    if (name.front() == '.') continue;
    const std::string path = folder + "/" + name;
    struct stat info;
    if (stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, path);
    if (S_ISDIR(info.st_mode)) {
      return Status::Invalid(path + " is a folder within the folder: publish it as a book of its " +
                             "own, BOOK/" + Printable(name) + ", or name the files");
    }
    files.push_back(path);
  }
  return Status::Ok();
}

Status AddPath(std::string path, std::vector<std::string>& files) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return Status::FromErrno(errno, path);
  if (S_ISDIR(info.st_mode)) return AddFolder(path, files);
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is no regular file");
  files.push_back(std::move(path));
  return Status::Ok();
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Whether the name has a letter and its accent apart, as macOS writes them (NFD): the combining
// marks from U+0300 to U+036F are CC 80 to CD AF.
bool IsDecomposed(std::string_view name) {
  for (size_t i = 0; i + 1 < name.size(); ++i) {
    const auto first = static_cast<unsigned char>(name[i]);
    const auto second = static_cast<unsigned char>(name[i + 1]);
    if (first == 0xcc || (first == 0xcd && second < 0xb0)) return true;
  }
  return false;
}

Status CheckName(const std::string& path, const std::string& book) {
  const std::string name = NameOf(path);
  const Result<ChunkName> chunk = ChunkName::Parse(book + "/" + name);
  if (!chunk.ok()) return Named(path, chunk.status());
  if (!IsUtf8(name)) return Status::Invalid(path + ": its name is not UTF-8: rename it");
  if (IsDecomposed(name)) {
    return Status::Invalid(
        path +
        ": its name has letters and their accents apart, as macOS writes them, so no link that "
        "anybody types would lead to it: rename it (convmv -f utf8 -t utf8 --nfc --notest)");
  }
  return Status::Ok();
}

// Two names that only differ in their letters' case would be one file on half of the customers'
// disks.
Status CheckNames(const std::vector<std::string>& files, const std::string& book) {
  std::map<std::string, std::string> seen;
  for (const std::string& path : files) {
    if (Status status = CheckName(path, book); !status.ok()) return status;
    const auto [other, is_new] = seen.emplace(ToLower(NameOf(path)), path);
    if (!is_new) {
      return Status::Invalid(path + " and " + other->second + " have the same name" +
                             (NameOf(path) == NameOf(other->second) ? "" : " but for its case"));
    }
  }
  return Status::Ok();
}

}  // namespace

std::string NameOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Result<std::vector<std::string>> FindSources(const std::vector<std::string>& paths,
                                             const std::string& book) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (Status status = AddPath(path, files); !status.ok()) return status;
  }
  if (files.empty()) return Status::Invalid("there is no file to publish");
  if (Status status = CheckNames(files, book); !status.ok()) return status;
  std::sort(files.begin(), files.end(), [](const std::string& a, const std::string& b) {
    return NaturalLess(NameOf(a), NameOf(b));
  });
  return files;
}

Result<SourceFile> InspectSource(const std::string& path, const InspectProgress& progress) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, path);
  SourceFile source;
  source.path = path;
  source.name = NameOf(path);
  source.size = static_cast<uint64_t>(info.st_size);
  const auto tell = [&](uint64_t bytes) {
    if (progress) progress(source, bytes);
  };
  // Steps forward count; a look at the tags at the file's end does not.
  uint64_t scanned = 0;
  Result<AudioFacts> facts = InspectAudio(fd.get(), source.size, source.name, [&](uint64_t end) {
    if (end <= scanned || end > scanned + 2 * kSliceBytes) return;
    scanned = end;
    tell(scanned / 2);
  });
  if (!facts.ok()) return Named(path, facts.status());
  source.facts = std::move(facts).value();

  Digests digests(source.size);
  std::string slice;
  for (uint64_t offset = 0; offset < source.size; offset += slice.size()) {
    slice.resize(std::min(kSliceBytes, source.size - offset));
    if (Status status = ReadAt(fd.get(), offset, slice); !status.ok()) return Named(path, status);
    digests.Update(slice);
    tell((source.size + offset + slice.size()) / 2);
  }
  digests.Finish(source);
  return source;
}

}  // namespace audiodl
