// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/error_logs.h"

#include <algorithm>
#include <filesystem>
#include <istream>

namespace audiodl {
namespace {

void AddLogsOf(const std::string& folder, ErrorLogs& logs) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.find("error") == std::string::npos) continue;
    const bool compressed =
        name.ends_with(".gz") || name.ends_with(".xz") || name.ends_with(".zst");
    (compressed ? logs.compressed : logs.files).push_back(at->path().string());
  }
}

// "[Thu Nov 26 22:43:16.953725 2026] [audiodl:warn] ..." begins with the time.
std::string TimeOf(const std::string& line) {
  const size_t end = line.find(']');
  return line.starts_with('[') && end != std::string::npos ? line.substr(1, end - 1) : "";
}

}  // namespace

ErrorLogs ErrorLogs::Usual() {
  ErrorLogs logs;
  for (const char* folder : {"/var/log/apache2", "/var/log/httpd"}) AddLogsOf(folder, logs);
  std::sort(logs.files.begin(), logs.files.end());
  std::sort(logs.compressed.begin(), logs.compressed.end());
  return logs;
}

std::optional<LoggedAnswer> FindAnswer(std::istream& log, const std::string& code) {
  for (std::string line; std::getline(log, line);) {
    if (line.find(code) == std::string::npos) continue;
    std::optional<AnswerLine> answer = ParseAnswerLine(line);
    if (answer && answer->code == code) return LoggedAnswer{std::move(*answer), TimeOf(line)};
  }
  return std::nullopt;
}

}  // namespace audiodl
