// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/free_titles_file.h"

#include <sys/stat.h>

#include <utility>

#include "common/base/file_io.h"

namespace audiodl {

Result<FreeTitles> FreeTitlesFile::Read(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path, FreeTitles::kMaxBytes);
  if (!text.ok()) return text.status();
  Result<FreeTitles> titles = FreeTitles::Parse(*text);
  if (!titles.ok()) return Status(titles.status().code(), path + ": " + titles.status().text());
  return titles;
}

std::shared_ptr<const FreeTitles> FreeTitlesFile::Current(
    std::chrono::system_clock::time_point now) {
  const int64_t second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (looked_at_.load(std::memory_order_relaxed) != second && !looking_.exchange(true)) {
    Refresh();
    looked_at_ = second;
    looking_ = false;
  }
  return current_.load();
}

void FreeTitlesFile::Refresh() {
  const Version version = VersionOf(path_);
  if (version == version_) return;
  version_ = version;
  Result<FreeTitles> titles = Read(path_);
  if (titles.ok()) {
    current_ = std::make_shared<const FreeTitles>(std::move(titles).value());
  } else if (log_) {
    log_(LogLevel::kError,
         "AudioFreeTitles: " + titles.status().text() + "; what was read before stays in force");
  }
}

FreeTitlesFile::Version FreeTitlesFile::VersionOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {0, 0, 0, -1};
  return {info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_ino, info.st_size};
}

}  // namespace audiodl
