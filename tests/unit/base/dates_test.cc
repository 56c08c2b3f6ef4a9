// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/dates.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ParseHttpDate: IMF-fixdate") {
  const std::pair<const char*, int64_t> rows[] = {
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},          {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199}, {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
      {"Fri, 24 May 2013 00:00:00 GMT", 1369353600},
  };
  for (const auto& [text, seconds] : rows) {
    CAPTURE(text);
    const Result<std::chrono::sys_seconds> date = ParseHttpDate(text);
    REQUIRE(date.ok());
    CHECK(date->time_since_epoch().count() == seconds);
  }
}

TEST_CASE("ParseHttpDate: all else is refused") {
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sun,  6 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                           "Xxx, 06 Nov 1994 08:49:37 GMT", "Thu, 30 Feb 2023 00:00:00 GMT",
                           "Thu, 29 Feb 2023 00:00:00 GMT", "Thu, 00 Jan 2023 00:00:00 GMT",
                           "Thu, 01 Jan 2023 24:00:00 GMT", "Thu, 01 Jan 2023 00:60:00 GMT",
                           "Thu, 01 Jan 2023 00:00:61 GMT", "2013-05-24T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(ParseHttpDate(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("ReadHttpDate: the three forms that clients may send") {
  const std::chrono::sys_seconds now(std::chrono::seconds(1'790'000'000));  // September 2026
  const std::pair<const char*, int64_t> rows[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},   {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
      {"Sun Nov  6 08:49:37 1994", 784111777},        {"Wed Nov 16 08:49:37 1994", 784975777},
      {"Monday, 06-Nov-76 08:49:37 GMT", 3371878177}, {"Sunday, 06-Nov-77 08:49:37 GMT", 247654177},
      {"Monday, 06-Nov-00 08:49:37 GMT", 973500577},
  };
  for (const auto& [text, seconds] : rows) {
    CAPTURE(text);
    const Result<std::chrono::sys_seconds> date = ReadHttpDate(text, now);
    REQUIRE(date.ok());
    CHECK(date->time_since_epoch().count() == seconds);
  }
}

TEST_CASE("ReadHttpDate: all else is refused") {
  const std::chrono::sys_seconds now(std::chrono::seconds(1'790'000'000));
  for (const char* text :
       {"", "0", "yesterday", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 ",
        "Xxx Nov  6 08:49:37 1994", "Sun Xxx  6 08:49:37 1994", "Sun Nov 36 08:49:37 1994",
        "Sunday, 31-Feb-94 08:49:37 GMT", "Sunday, ", "Sun Nov  6 08:49:37 1994, Sun Nov  6",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK(ReadHttpDate(text, now).status().code() == Code::kInvalid);
  }
}

TEST_CASE("FormatHttpDate: what ParseHttpDate reads") {
  CHECK(FormatHttpDate(std::chrono::sys_seconds(std::chrono::seconds(1255369800))) ==
        "Mon, 12 Oct 2009 17:50:00 GMT");
  for (const int64_t seconds : {0L, 951782399L, 951782400L, 1790000000L, 9000000000L}) {
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    CHECK(ParseHttpDate(FormatHttpDate(time)).value() == time);
  }
}

TEST_CASE("ParseIsoDate: UTC to the second, and back") {
  const std::pair<const char*, int64_t> rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2013-05-24T00:00:00Z", 1369353600},
      {"2024-02-29T23:59:59Z", 1709251199},
  };
  for (const auto& [text, seconds] : rows) {
    CAPTURE(text);
    const Result<std::chrono::sys_seconds> date = ParseIsoDate(text);
    REQUIRE(date.ok());
    CHECK(date->time_since_epoch().count() == seconds);
    CHECK(FormatIsoDate(*date) == text);
  }
}

TEST_CASE("ParseIsoDate: all else is refused") {
  for (const char* text : {"", "2013-05-24", "2013-05-24T00:00:00", "2013-05-24T00:00:00+00:00",
                           "2013-05-24T00:00:00.000Z", "2013-05-24 00:00:00Z",
                           "2013-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2013-05-24T24:00:00Z",
                           "20130524T000000Z", " 2013-05-24T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(ParseIsoDate(text).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
