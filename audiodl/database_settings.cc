// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/database_settings.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "common/base/file_io.h"
#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

constexpr off_t kMaxBytes = off_t{64} * 1024;

Status TakeLine(std::string_view line, DatabaseSettings& settings) {
  const Result<std::vector<std::string>> words = SplitWords(line);
  // The text of that error would repeat the value.
  if (!words.ok()) return Status::Invalid("a quote is not closed");
  const bool is_driver = EqualsIgnoreCase((*words)[0], "DBDriver");
  if (!is_driver && !EqualsIgnoreCase((*words)[0], "DBDParams")) {
    return Status::Invalid("only DBDriver and DBDParams belong here");
  }
  if (words->size() != 2) {
    return Status::Invalid(std::string(is_driver ? "DBDriver" : "DBDParams") +
                           " takes one value, in quotes if it has blanks");
  }
  (is_driver ? settings.driver : settings.params) = (*words)[1];
  return Status::Ok();
}

// The mode is asked of the opened file, so that nobody can put another one there in between.
Status ReadPrivate(const std::string& path, std::string& text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return Status::FromErrno(errno, "open " + path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Status::FromErrno(errno, "fstat " + path);
  if (!S_ISREG(info.st_mode)) return Status::Invalid(path + " is not a regular file");
  if ((info.st_mode & S_IRWXO) != 0) {
    return Status::Invalid(path + " may be read or written by everybody: chmod o-rwx " + path);
  }
  if (info.st_size > kMaxBytes) return Status::Invalid(path + " is too large for two settings");
  text.resize(static_cast<size_t>(info.st_size));
  return ReadAt(fd.get(), 0, text);
}

}  // namespace

Result<DatabaseSettings> DatabaseSettings::Parse(std::string_view text) {
  DatabaseSettings settings;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const Status taken = TakeLine(line, settings);
    if (!taken.ok()) return Status::Invalid("line " + std::to_string(number) + ": " + taken.text());
  }
  if (settings.driver.empty()) return Status::Invalid("DBDriver is missing: write DBDriver mysql");
  if (settings.params.empty()) {
    return Status::Invalid(
        "DBDParams is missing: write DBDParams "
        "\"host=dbserver,dbname=shop,user=USER,pass=SECRET\"");
  }
  return settings;
}

Result<DatabaseSettings> DatabaseSettings::Read(const std::string& path) {
  std::string text;
  const Status read = ReadPrivate(path, text);
  if (!read.ok()) return read;
  Result<DatabaseSettings> settings = Parse(text);
  if (!settings.ok()) return Status::Invalid(path + ": " + settings.status().text());
  return settings;
}

}  // namespace audiodl
