// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The file of AudioFreeTitles as one process knows it. Whoever asks first in a second looks whether
// the file has changed; the others take what is there. A file that is malformed or gone changes
// nothing: what was read last stays in force, every window in it with its own end.
//
//   FreeTitlesFile file("/etc/audiodl/free-titles", log);
//   if (file.Current(now)->IsFree(book, now)) ...
//
// Any thread.

#ifndef AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_FILE_H_
#define AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_FILE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/entitlement/free_titles.h"

namespace audiodl {

class FreeTitlesFile {
 public:
  // Errors of reading go to `log`, once for each change of the file.
  FreeTitlesFile(std::string path, LogSink log) : path_(std::move(path)), log_(std::move(log)) {}

  // For the check at start. The text names the file.
  static Result<FreeTitles> Read(const std::string& path);

  // Never null.
  std::shared_ptr<const FreeTitles> Current(std::chrono::system_clock::time_point now);

 private:
  // What tells one content of the file from another, zero where there is none.
  struct Version {
    int64_t seconds = -1;
    int64_t nanoseconds = 0;
    uint64_t inode = 0;
    int64_t bytes = 0;
    bool operator==(const Version&) const = default;
  };

  static Version VersionOf(const std::string& path);
  void Refresh();

  const std::string path_;
  const LogSink log_;
  // The second in which the file was looked at last. Whoever moves it on looks.
  std::atomic<int64_t> looked_at_{-1};
  std::atomic<bool> looking_{false};  // guards version_
  Version version_;
  std::atomic<std::shared_ptr<const FreeTitles>> current_{std::make_shared<const FreeTitles>()};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ENTITLEMENT_FREE_TITLES_FILE_H_
