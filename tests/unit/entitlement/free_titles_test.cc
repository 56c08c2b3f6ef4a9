// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/free_titles.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "common/base/dates.h"
#include "common/entitlement/free_titles_file.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;

std::chrono::system_clock::time_point At(const char* text) { return ParseIsoDate(text).value(); }

constexpr char kTitles[] = R"(# the newsletter of the 24th

"Moby Dick"    2026-12-24T06:00:00Z  2026-12-27T00:00:00Z
  fantasy/dune	2026-12-24T06:00:00Z 2026-12-25T00:00:00Z
fantasy/dune 2026-12-31T00:00:00Z 2027-01-01T00:00:00Z
)";

TEST_CASE("FreeTitles: from the first moment on, and not any more at the second") {
  const auto titles = FreeTitles::Parse(kTitles);
  REQUIRE(titles.ok());
  CHECK(titles->size() == 3);
  const struct {
    const char* book;
    const char* now;
    bool expected;
  } rows[] = {
      {"Moby Dick", "2026-12-24T05:59:59Z", false},
      {"Moby Dick", "2026-12-24T06:00:00Z", true},
      {"Moby Dick", "2026-12-26T23:59:59Z", true},
      {"Moby Dick", "2026-12-27T00:00:00Z", false},
      {"fantasy/dune", "2026-12-24T07:00:00Z", true},
      {"fantasy/dune", "2026-12-26T00:00:00Z", false},
      {"fantasy/dune", "2026-12-31T12:00:00Z", true},
      {"fantasy", "2026-12-24T07:00:00Z", false},
      {"dune", "2026-12-24T07:00:00Z", false},
      {"moby dick", "2026-12-24T07:00:00Z", false},
      {"", "2026-12-24T07:00:00Z", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.book, row.now);
    CHECK(titles->IsFree(row.book, At(row.now)) == row.expected);
  }
  CHECK_FALSE(FreeTitles().IsFree("Moby Dick", At("2026-12-24T07:00:00Z")));
}

TEST_CASE("FreeTitles: what is wrong is said, with its line") {
  const struct {
    const char* line;
    const char* says;
  } rows[] = {
      {"dune 2026-12-24T06:00:00Z", "2 words"},
      {"Moby Dick 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z", "4 words"},
      {"dune 2026-12-24 2026-12-27T00:00:00Z", "2026-12-24"},
      {"dune 2026-12-24T06:00:00Z 2026-13-27T00:00:00Z", "2026-13-27"},
      {"dune 2026-12-24T06:00:00+01:00 2026-12-27T00:00:00Z", "no time in UTC"},
      {"dune 2026-12-27T00:00:00Z 2026-12-24T06:00:00Z", "before it begins"},
      {"dune 2026-12-27T00:00:00Z 2026-12-27T00:00:00Z", "before it begins"},
      {"../dune 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z", "dot"},
      {"/dune 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z", "empty"},
      {"\"dune 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z", "quote"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.line);
    const auto titles = FreeTitles::Parse(std::string("# first\n") + row.line + "\n");
    REQUIRE_FALSE(titles.ok());
    CHECK_THAT(titles.status().text(), Catch::Contains("line 2: "));
    CHECK_THAT(titles.status().text(), Catch::Contains(row.says));
  }
}

TEST_CASE("FreeTitlesFile: follows its file, and keeps what it had where that is wrong") {
  char path[] = "/tmp/audiodl-free-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  std::vector<std::string> log;
  FreeTitlesFile file(path, [&](LogLevel, std::string_view text) { log.emplace_back(text); });
  auto now = At("2026-12-24T07:00:00Z");
  const auto is_free = [&](const char* book) { return file.Current(now)->IsFree(book, now); };

  write(kTitles);
  CHECK(is_free("Moby Dick"));
  write("dune 2026-12-24T06:00:00Z 2026-12-27T00:00:00Z\n");
  CHECK(is_free("Moby Dick"));  // in the same second nobody looks again
  now += 1s;
  CHECK_FALSE(is_free("Moby Dick"));
  CHECK(is_free("dune"));

  write("dune tomorrow\n");
  now += 1s;
  CHECK(is_free("dune"));
  now += 1s;
  CHECK(is_free("dune"));
  REQUIRE(log.size() == 1);
  CHECK_THAT(log[0], Catch::Contains(path));
  unlink(path);
  now += 1s;
  CHECK(is_free("dune"));
  CHECK(log.size() == 2);
  write("");
  now += 1s;
  CHECK_FALSE(is_free("dune"));
  unlink(path);
}

}  // namespace
}  // namespace audiodl
