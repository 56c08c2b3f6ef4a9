// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The one line that each refusal leaves in httpd's error log:
//
//   audiodl: code=7Q4MZ0K9XA status=403 cause=not-entitled customer=42 book=fantasy/dune
//   chunk=01.mp3 detail="the database says no"                                          (all on one
//   line)
//
// The fields always stand in this order. Names are percent-encoded but for their slashes, so that
// they hold neither blanks nor quotes, and "-" where there is none; detail is a sentence for
// people. No field ever holds a secret. Pure; any thread.

#ifndef AUDIODL_COMMON_ANSWER_ANSWER_LINE_H_
#define AUDIODL_COMMON_ANSWER_ANSWER_LINE_H_

#include <optional>
#include <string>
#include <string_view>

namespace audiodl {

struct AnswerLine {
  std::string code;
  int status = 0;
  std::string cause;
  std::string customer;  // empty: not known; so book and chunk
  std::string book;
  std::string chunk;
  std::string detail;
};

// What httpd then escapes (backslashes, and bytes that are no ASCII) only occurs in the detail.
std::string FormatAnswerLine(const AnswerLine& line);

// The same from a line of a log, with whatever httpd's ErrorLogFormat put around it. None where the
// line is no such line.
std::optional<AnswerLine> ParseAnswerLine(std::string_view logged);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ANSWER_ANSWER_LINE_H_
