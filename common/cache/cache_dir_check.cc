// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/cache_dir_check.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "common/base/file_io.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

std::string UserName(uid_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(uid);
}

// With all symbolic links of the existing part resolved, so that two names of one place compare
// equal.
fs::path RealPath(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  const fs::path plain = error ? fs::path(path).lexically_normal() : real;
  return plain.has_filename() ? plain : plain.parent_path();  // no trailing slash
}

// Whether `inner` is `outer` or lies somewhere below it.
bool Contains(const fs::path& outer, const fs::path& inner) {
  const fs::path relative = inner.lexically_relative(outer);
  return !relative.empty() && *relative.begin() != "..";
}

void CheckTrees(const std::string& path, const std::vector<ForeignTree>& trees,
                CacheDirFindings& findings) {
  const fs::path cache = RealPath(path);
  for (const ForeignTree& tree : trees) {
    const fs::path other = RealPath(tree.path);
    const char* relation = nullptr;
    if (cache == other) {
      relation = " is ";
    } else if (Contains(other, cache)) {
      relation = " lies in ";
    } else if (Contains(cache, other)) {
      relation = " contains ";
    }
    if (relation == nullptr) continue;
    findings.problems.push_back(path + relation + tree.what + " (" + tree.path +
                                "): use a directory of its own, such as /var/cache/audiodl/www");
  }
}

void CheckMode(const std::string& path, const struct stat& info, uid_t owner,
               CacheDirFindings& findings) {
  if (info.st_uid != owner) {
    const std::string user = UserName(owner);
    findings.problems.push_back(path + " belongs to " + UserName(info.st_uid) +
                                ", but the server runs as " + user + ": chown " + user + " " +
                                path);
  }
  if ((info.st_mode & S_IRWXU) != S_IRWXU) {
    findings.problems.push_back(path + " cannot be written by its owner: chmod 0700 " + path);
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    findings.problems.push_back(path + " can be written by every user: chmod 0700 " + path);
  } else if ((info.st_mode & (S_IROTH | S_IXOTH)) != 0) {
    findings.warnings.push_back(path + " can be read by every user of this machine: chmod 0700 " +
                                path);
  }
}

// A name in the directory that makes it look like somebody else's; none where it is empty. The root
// of a freshly made ext4 file system is empty for our purpose.
Result<std::optional<std::string>> FirstForeignName(const std::string& path) {
  std::error_code error;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name != "lost+found") return std::optional<std::string>(name);
  }
  if (error) return Status::FromErrno(error.value(), "read the directory " + path);
  return std::optional<std::string>();
}

Status CheckMarker(const std::string& marker, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return Status::Invalid(marker + " is no plain file: remove it");
  const Result<std::string> text = ReadWholeFile(marker, 4096);
  if (!text.ok()) return text.status();
  if (*text == kCacheMarkerText) return Status::Ok();
  return Status::Invalid(marker +
                         " was written by another version of audiodl: empty its directory, "
                         "or use another one");
}

// False where the directory is, or may be, somebody else's.
bool CheckContents(const std::string& path, CacheDirFindings& findings) {
  const std::string marker = path + "/" + std::string(kCacheMarkerName);
  struct stat info;
  if (lstat(marker.c_str(), &info) == 0) {
    const Status status = CheckMarker(marker, info);
    if (!status.ok()) findings.problems.push_back(status.text());
    return true;
  }
  const Result<std::optional<std::string>> name = FirstForeignName(path);
  if (!name.ok()) {
    findings.problems.push_back(name.status().text());
    return true;
  }
  if (!name->has_value()) return true;
  findings.problems.push_back(path + " is not empty (it holds " + Printable(**name) +
                              ") and is no audiodl cache: nothing in it will be touched. Use an "
                              "empty directory");
  return false;
}

}  // namespace

CacheDirFindings CheckCacheDir(const std::string& path, uid_t owner,
                               const std::vector<ForeignTree>& foreign_trees) {
  CacheDirFindings findings;
  if (!path.starts_with('/')) {
    findings.problems.push_back(path + " is no absolute path: begin it with a slash");
    return findings;
  }
  CheckTrees(path, foreign_trees, findings);
  if (!findings.problems.empty()) return findings;
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    const int error_number = errno;
    std::string problem = Status::FromErrno(error_number, path).text();
    if (error_number == ENOENT) {
      problem += ": install -d -m 0700 -o " + UserName(owner) + " " + path;
    }
    findings.problems.push_back(std::move(problem));
    return findings;
  }
  if (S_ISLNK(info.st_mode)) {
    findings.problems.push_back(path + " is a symbolic link: name the directory itself");
    return findings;
  }
  if (!S_ISDIR(info.st_mode)) {
    findings.problems.push_back(path + " is not a directory");
    return findings;
  }
  // Nobody should be told to chown or chmod what is not a cache.
  if (CheckContents(path, findings)) CheckMode(path, info, owner, findings);
  return findings;
}

Status ClaimCacheDir(const std::string& path) {
  const std::string marker = path + "/" + std::string(kCacheMarkerName);
  const UniqueFd fd(
      open(marker.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid() && errno == EEXIST) return Status::Ok();
  if (!fd.valid()) return Status::FromErrno(errno, "create " + marker);
  return WriteAt(fd.get(), 0, kCacheMarkerText);
}

}  // namespace audiodl
