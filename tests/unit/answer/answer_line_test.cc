// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/answer/answer_line.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const AnswerLine kLine{"7Q4MZ0K9XA", 403, "not-entitled", "42", "fantasy/dune", "01.mp3", "no row"};
constexpr char kText[] =
    "audiodl: code=7Q4MZ0K9XA status=403 cause=not-entitled customer=42 book=fantasy/dune "
    "chunk=01.mp3 detail=\"no row\"";

void CheckSame(const std::optional<AnswerLine>& read, const AnswerLine& line) {
  REQUIRE(read.has_value());
  CHECK(read->code == line.code);
  CHECK(read->status == line.status);
  CHECK(read->cause == line.cause);
  CHECK(read->customer == line.customer);
  CHECK(read->book == line.book);
  CHECK(read->chunk == line.chunk);
  CHECK(read->detail == line.detail);
}

TEST_CASE("AnswerLine: its form is fixed") {
  CHECK(FormatAnswerLine(kLine) == kText);
  CheckSame(ParseAnswerLine(kText), kLine);
}

TEST_CASE("AnswerLine: found in the middle of what httpd writes around it") {
  const std::string prefix =
      "[Thu Nov 26 22:43:16.953725 2026] [audiodl:warn] [pid 1:tid 2] [client 127.0.0.1:3] ";
  CheckSame(ParseAnswerLine(prefix + kText), kLine);
  CheckSame(ParseAnswerLine(prefix + kText + ", referer: http://x/?detail=\"y\""), kLine);
}

TEST_CASE("AnswerLine: names of any kind come back, and nothing in them ends a field") {
  for (const std::string name :
       {"o'brien \"x\" detail=\"y\"", "a b=c", "日本 %20 100%", "x\ny\xff", "~-_."}) {
    const AnswerLine line{"7Q4MZ0K9XA", 503, "database-down", name, name + "/" + name, name, "d"};
    const std::string text = FormatAnswerLine(line);
    CAPTURE(text);
    CHECK(text.find_first_of("\n\xff") == std::string::npos);
    CheckSame(ParseAnswerLine(text), line);
  }
}

TEST_CASE("AnswerLine: what is not known is a hyphen") {
  const AnswerLine line{"7Q4MZ0K9XA", 401, "no-session", "", "", "", "no cookie"};
  CHECK(FormatAnswerLine(line) ==
        "audiodl: code=7Q4MZ0K9XA status=401 cause=no-session customer=- book=- chunk=- "
        "detail=\"no cookie\"");
  CheckSame(ParseAnswerLine(FormatAnswerLine(line)), line);
}

TEST_CASE("AnswerLine: a detail stays on its line, within its quotes and within bounds") {
  AnswerLine line = kLine;
  line.detail = "say \"x\"\r\nforged: line";
  CheckSame(ParseAnswerLine(FormatAnswerLine(line)),
            {line.code, line.status, line.cause, line.customer, line.book, line.chunk,
             "say 'x'??forged: line"});
  line.detail = std::string(100'000, 'x');
  CHECK(FormatAnswerLine(line).size() < 1000);
}

TEST_CASE("AnswerLine: httpd's escapes are undone in the detail") {
  const std::string logged = std::string(kText).replace(std::string(kText).find("no row"), 6,
                                                        "Caf\\xc3\\xa9 \\\\x41 \\xzz");
  CHECK(ParseAnswerLine(logged)->detail == "Café \\x41 \\xzz");
}

TEST_CASE("AnswerLine: other lines are none, and a line that was cut is as good as it can be") {
  const std::string text = kText;
  CheckSame(ParseAnswerLine(text.substr(0, text.size() - 1)), kLine);
  for (const std::string& line :
       {std::string(), std::string("audiodl: code="), std::string("code=7Q4MZ0K9XA status=403"),
        std::string("audiodl: something else"), text.substr(0, text.find("detail")),
        std::string(text).replace(text.find("403"), 3, "4o3"),
        std::string(text).replace(text.find("cause="), 6, "CAUSE=")}) {
    CAPTURE(line);
    CHECK_FALSE(ParseAnswerLine(line).has_value());
  }
}

}  // namespace
}  // namespace audiodl
