// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_time.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "common/base/file_time.h"
#include "common/base/new_file.h"

namespace audiodl {
namespace {

constexpr int64_t kSecond = 1000000000;

timespec TimeOf(int64_t nanoseconds) {
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  return {static_cast<time_t>(seconds), static_cast<long>(rest)};
}

}  // namespace

int64_t NowNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t NextListingTime(int64_t now, std::optional<int64_t> before) {
  constexpr int64_t kNear = 3 * kSecond;  // two, and what is lost when times are rounded
  constexpr int64_t kHour = 3600 * kSecond;
  if (!before) return now;
  const int64_t time = std::max(now, *before + kNear);
  const int64_t step = time - *before;
  return step > kHour - kNear && step < kHour + kNear ? *before + kHour + kNear : time;
}

std::optional<int64_t> TimeOfFile(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) return std::nullopt;
  return NanosecondsOf(info.st_mtim);
}

Status SetTimeOfFile(int fd, const std::string& path, int64_t time) {
  const timespec times[2] = {TimeOf(time), TimeOf(time)};
  return futimens(fd, times) == 0 ? Status::Ok() : Status::FromErrno(errno, "date " + path);
}

Status WriteListingFile(const std::string& path, std::string_view text, int64_t time) {
  Result<NewFile> file = NewFile::Create(path);
  if (!file.ok()) return file.status();
  if (Status status = file->Append(text); !status.ok()) return status;
  if (Status status = SetTimeOfFile(file->fd(), path, time); !status.ok()) return status;
  return file->Commit();
}

}  // namespace audiodl
