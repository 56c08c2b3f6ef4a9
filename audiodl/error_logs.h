// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The error logs of an httpd, and the one line in them that bears a code. One thread.

#ifndef AUDIODL_AUDIODL_ERROR_LOGS_H_
#define AUDIODL_AUDIODL_ERROR_LOGS_H_

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "common/answer/answer_line.h"
#include "common/base/status.h"

namespace audiodl {

struct ErrorLogs {
  std::vector<std::string> files;       // to be read, rotated ones too
  std::vector<std::string> compressed;  // which are not read

  // Where Debian's and Red Hat's httpd write: every file of /var/log/apache2 and /var/log/httpd
  // whose name holds "error".
  static ErrorLogs Usual();
};

struct LoggedAnswer {
  AnswerLine answer;
  std::string time;  // as httpd wrote it; empty where the line begins with none
};

// The line of that code in a log; none where there is no such line.
std::optional<LoggedAnswer> FindAnswer(std::istream& log, const std::string& code);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_ERROR_LOGS_H_
