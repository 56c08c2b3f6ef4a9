// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/response_headers.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("ResponseHeaders: lines as libcurl hands them") {
  ResponseHeaders headers;
  CHECK(headers.http_status() == 0);
  for (const char* line : {"HTTP/1.1 206 Partial Content\r\n", "ETag: \"abc\"\r\n",
                           "Content-Range:bytes 0-9/10\r\n", "X-Empty:\r\n", "\r\n"}) {
    REQUIRE(headers.Add(line).ok());
  }
  CHECK(headers.http_status() == 206);
  CHECK(headers.Find("etag") == "\"abc\"");
  CHECK(headers.Find("CONTENT-RANGE") == "bytes 0-9/10");
  CHECK(headers.Find("x-empty").empty());
  CHECK(headers.Find("missing").empty());
  CHECK(headers.all().size() == 3);
}

TEST_CASE("ResponseHeaders: HTTP/2 has no reason phrase") {
  ResponseHeaders headers;
  REQUIRE(headers.Add("HTTP/2 200 \r\n").ok());
  CHECK(headers.http_status() == 200);
  REQUIRE(headers.Add("HTTP/2 404").ok());
  CHECK(headers.http_status() == 404);
}

TEST_CASE("ResponseHeaders: a new status line forgets the response before") {
  ResponseHeaders headers;
  for (const char* line : {"HTTP/1.1 100 Continue\r\n", "ETag: \"old\"\r\n", "\r\n",
                           "HTTP/1.1 200 OK\r\n", "Server: x\r\n", "\r\n"}) {
    REQUIRE(headers.Add(line).ok());
  }
  CHECK(headers.http_status() == 200);
  CHECK(headers.Find("etag").empty());
  CHECK(headers.Find("server") == "x");
}

TEST_CASE("ResponseHeaders: trailers are ignored") {
  ResponseHeaders headers;
  REQUIRE(headers.Add("HTTP/1.1 200 OK\r\n").ok());
  REQUIRE(headers.Add("\r\n").ok());
  REQUIRE(headers.Add("ETag: \"late\"\r\n").ok());
  CHECK(headers.Find("etag").empty());
}

TEST_CASE("ResponseHeaders: a header with two values is not FindOnly's") {
  ResponseHeaders headers;
  for (const char* line : {"HTTP/1.1 200 OK", "A: 1", "a: 1", "B: 1", "b: 2"}) {
    REQUIRE(headers.Add(line).ok());
  }
  REQUIRE(headers.FindOnly("a").ok());
  CHECK(*headers.FindOnly("a") == "1");
  CHECK(*headers.FindOnly("missing") == "");
  CHECK(headers.FindOnly("b").status().code() == Code::kInvalid);
  CHECK(headers.Find("b") == "1");
}

TEST_CASE("ResponseHeaders: malformed lines are refused") {
  for (const char* line : {"HTTP/1.1\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n",
                           "HTTP/1.1 099 x\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 600\r\n",
                           "HTTP/1.1  200 OK\r\n", "ICY 200 OK\r\n", "ETag: \"x\"\r\n", "\r\n"}) {
    CAPTURE(line);
    ResponseHeaders headers;
    CHECK(headers.Add(line).code() == Code::kInvalid);
    CHECK(headers.http_status() == 0);
  }
  for (const char* line : {"no colon\r\n", ": x\r\n", " folded: x\r\n", "na me: x\r\n",
                           "x\x01: y\r\n", "x: a\rb\r\n", "x: \x1b[2J\r\n", "x : y\r\n"}) {
    CAPTURE(line);
    ResponseHeaders headers;
    REQUIRE(headers.Add("HTTP/1.1 200 OK\r\n").ok());
    CHECK(headers.Add(line).code() == Code::kInvalid);
    CHECK(headers.all().empty());
  }
}

TEST_CASE("ResponseHeaders: the sum of all lines is bounded") {
  ResponseHeaders headers;
  REQUIRE(headers.Add("HTTP/1.1 200 OK\r\n").ok());
  const std::string line = "x: " + std::string(1019, 'y') + "\r\n";
  REQUIRE(line.size() == 1024);
  for (int i = 0; i < 63; ++i) REQUIRE(headers.Add(line).ok());
  CHECK(headers.Add(line).code() == Code::kInvalid);
}

TEST_CASE("ResponseHeaders: many responses together are bounded too") {
  ResponseHeaders headers;
  Status status;
  for (int i = 0; i < 10000 && status.ok(); ++i) status = headers.Add("HTTP/1.1 100 Continue\r\n");
  CHECK(status.code() == Code::kInvalid);
}

}  // namespace
}  // namespace audiodl
