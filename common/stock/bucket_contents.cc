// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/bucket_contents.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/dates.h"
#include "common/base/file_io.h"
#include "common/base/folder_owner.h"
#include "common/base/text.h"
#include "common/cache/chunk_name.h"
#include "common/s3/uri.h"
#include "common/stock/stock_index.h"

namespace audiodl {
namespace {

constexpr size_t kPerPage = 1000;  // S3's own
constexpr size_t kMaxBytes = size_t{4} << 30;
constexpr std::string_view kNoClass = "-";

std::string Encoded(std::string_view text) { return UriEncode(text, Slash::kKeep); }

bool HasDotSegment(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

std::string LineOf(const std::string& path, const StoredObject& object) {
  const std::string storage =
      object.storage_class.empty() ? std::string(kNoClass) : object.storage_class;
  return "object " + std::to_string(object.size) + " " +
         std::to_string(object.last_modified.time_since_epoch().count()) + " " + Encoded(storage) +
         " " + Encoded(object.etag) + " " + Encoded(path) + "\n";
}

std::vector<std::string_view> WordsOf(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const size_t blank = line.find(' ');
    words.push_back(line.substr(0, blank));
    if (blank == std::string_view::npos) return words;
    line.remove_prefix(blank + 1);
  }
}

// The lines of a spool file. What they say counts from an "upto" on.
class SpoolReader {
 public:
  explicit SpoolReader(BucketContents& contents) : contents_(contents) {}

  // False: that is no line of ours.
  bool Take(std::string_view line) {
    if (line == "end") {
      contents_.complete = true;
      return true;
    }
    const std::vector<std::string_view> words = WordsOf(line);
    if (words[0] == "object") return TakeObject(words);
    const Result<std::string> text = UrlDecode(words.back());
    if (words.size() != 2 || !text.ok()) return false;
    if (words[0] == "unusable") {
      unusable_.push_back(*text);
      return true;
    }
    if (words[0] != "upto") return false;
    contents_.last_key = *text;
    contents_.objects.merge(objects_);
    contents_.unusable.insert(contents_.unusable.end(), unusable_.begin(), unusable_.end());
    objects_.clear();
    unusable_.clear();
    return true;
  }

 private:
  bool TakeObject(const std::vector<std::string_view>& words) {
    if (words.size() != 6) return false;
    const std::optional<uint64_t> size = ParseDecimal(words[1]);
    const std::optional<uint64_t> modified = ParseDecimal(words[2]);
    Result<std::string> storage = UrlDecode(words[3]);
    Result<std::string> etag = UrlDecode(words[4]);
    Result<std::string> path = UrlDecode(words[5]);
    if (!size || !modified || !storage.ok() || !etag.ok() || !path.ok()) return false;
    StoredObject object;
    object.size = *size;
    object.etag = std::move(etag).value();
    object.last_modified = std::chrono::sys_seconds(std::chrono::seconds(*modified));
    if (*storage != kNoClass) object.storage_class = std::move(storage).value();
    objects_.insert_or_assign(std::move(path).value(), std::move(object));
    return true;
  }

  BucketContents& contents_;
  std::map<std::string, StoredObject> objects_;
  std::vector<std::string> unusable_;
};

}  // namespace

void BucketContents::Add(const Origin& origin, const StoredObject& object) {
  last_key = object.key;
  const std::string prefix = origin.KeyFor("");
  if (!object.key.starts_with(prefix)) return;
  std::string path = object.key.substr(prefix.size());
  if (path.empty() || path.ends_with('/') || HasDotSegment(path)) return;
  if (!ChunkName::Parse(path).ok()) {
    unusable.push_back(std::move(path));
    return;
  }
  StoredObject kept = object;
  kept.key.clear();
  objects.insert_or_assign(std::move(path), std::move(kept));
}

Status ListBucket(ObjectStore& store, const Origin& origin,
                  const std::function<void(size_t)>& progress, BucketContents& contents) {
  size_t seen = 0;
  Status status = store.List({.prefix = origin.KeyFor("")}, [&](const StoredObject& object) {
    contents.Add(origin, object);
    if (++seen % kPerPage == 0 && progress) progress(seen);
    return true;
  });
  contents.complete = status.ok();
  return status;
}

BucketSpool::BucketSpool(const std::string& listing, const Origin& origin, int64_t now)
    : path_(listing + "/" + kFileName), origin_(origin), now_(now) {}

Result<BucketContents> BucketSpool::Read() {
  good_bytes_ = 0;
  const Result<std::string> text = ReadWholeFile(path_, kMaxBytes);
  if (text.status().code() == Code::kNotFound) return BucketContents();
  if (!text.ok()) return text.status();
  BucketContents contents;
  SpoolReader reader(contents);
  size_t good = 0;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = text->find('\n', begin);
    if (end == std::string::npos) break;  // it was killed while it wrote
    const std::string_view line = std::string_view(*text).substr(begin, end - begin);
    if (!(begin == 0 ? IsOurs(line) : reader.Take(line))) return BucketContents();
    begin = end + 1;
    if (line == "end" || line.starts_with("upto ")) good = begin;
  }
  good_bytes_ = good;
  return contents;
}

bool BucketSpool::IsOurs(std::string_view first_line) const {
  const std::vector<std::string_view> words = WordsOf(first_line);
  const auto begun = ParseIsoDate(words.back());
  if (words.size() != 3 || words[0] != "bucket" || !begun.ok()) return false;
  const auto age = std::chrono::seconds(now_) - begun->time_since_epoch();
  return words[1] == Encoded(StockName(origin_)) && age <= kMaxAge && age >= -kMaxAge;
}

Status BucketSpool::Lock() {
  for (;;) {
    UniqueFd file(open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (file.valid()) {
      if (Status status = GiveToFoldersOwner(file.get(), path_); !status.ok()) return status;
    } else if (errno == EEXIST) {
      file.Reset(open(path_.c_str(), O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC));
      if (!file.valid() && errno == ENOENT) continue;
    }
    if (!file.valid()) return Status::FromErrno(errno, "open " + path_);
    if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return Status::FromErrno(errno, "lock " + path_);
      return Status(Code::kBusy, path_ + ": another audiodl listing rebuild is at work");
    }
    struct stat info;
    if (fstat(file.get(), &info) != 0) return Status::FromErrno(errno, "look at " + path_);
    if (info.st_nlink == 0) continue;  // who had it removed it before letting it go
    file_ = std::move(file);
    return Status::Ok();
  }
}

Status BucketSpool::CutTo(uint64_t bytes) const {
  if (ftruncate(file_.get(), static_cast<off_t>(bytes)) == 0) return Status::Ok();
  return Status::FromErrno(errno, "shorten " + path_);
}

Status BucketSpool::Append(const std::string& lines) const {
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t n = write(file_.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::FromErrno(errno, "write " + path_);
    rest.remove_prefix(static_cast<size_t>(n));
  }
  return Status::Ok();
}

Status BucketSpool::List(ObjectStore& store, const std::function<void(size_t)>& progress,
                         BucketContents& contents) {
  if (contents.complete) return Status::Ok();
  if (Status status = CutTo(good_bytes_); !status.ok()) return status;
  std::string lines;
  if (good_bytes_ == 0) {
    const auto begun = std::chrono::sys_seconds(std::chrono::seconds(now_));
    lines = "bucket " + Encoded(StockName(origin_)) + " " + FormatIsoDate(begun) + "\n";
  }
  size_t seen = contents.objects.size();
  Status noted;
  const auto flush = [&] {
    lines += "upto " + Encoded(contents.last_key) + "\n";
    noted = Append(lines);
    lines.clear();
    if (progress) progress(seen);
    return noted.ok();
  };
  const Status listed = store.List({.prefix = origin_.KeyFor(""), .start_after = contents.last_key},
                                   [&](const StoredObject& object) {
                                     const size_t unusable = contents.unusable.size();
                                     contents.Add(origin_, object);
                                     const std::string path =
                                         object.key.substr(origin_.KeyFor("").size());
                                     if (contents.unusable.size() > unusable) {
                                       lines += "unusable " + Encoded(path) + "\n";
                                     } else if (const auto place = contents.objects.find(path);
                                                place != contents.objects.end()) {
                                       lines += LineOf(path, place->second);
                                     }
                                     return ++seen % kPerPage != 0 || flush();
                                   });
  if (!noted.ok()) return noted;
  if (!listed.ok()) return listed;
  lines += "upto " + Encoded(contents.last_key) + "\nend\n";
  contents.complete = true;
  return Append(lines);
}

Status BucketSpool::Remove() {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return Status::Ok();
  return Status::FromErrno(errno, "remove " + path_);
}

}  // namespace audiodl
