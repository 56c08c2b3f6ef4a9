// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_request.h"

#include <algorithm>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

Credentials Keys() {
  Credentials keys;
  keys.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  keys.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return keys;
}

const auto kNow = std::chrono::system_clock::from_time_t(1369353600);

Result<SignedRead> Sign(const S3ReadSpec& spec, const Credentials& keys = Keys()) {
  return SignRead(Origin::Parse("s3://books/prod region=eu-west-1").value(), keys, spec, kNow);
}

bool Has(const SignedRead& read, const std::string& line) {
  return std::find(read.headers.begin(), read.headers.end(), line) != read.headers.end();
}

std::string LineOf(const SignedRead& read, const std::string& name) {
  for (const std::string& line : read.headers) {
    if (line.starts_with(name + ": ")) return line;
  }
  return {};
}

TEST_CASE("SignRead: a range of one generation") {
  const Result<SignedRead> read =
      Sign({.key = "prod/a b.mp3", .range = ByteRange{262144, 262144}, .if_match = "\"9bb58f26\""});
  REQUIRE(read.ok());
  CHECK(read->url == "https://books.s3.eu-west-1.amazonaws.com/prod/a%20b.mp3");
  CHECK(Has(*read, "host: books.s3.eu-west-1.amazonaws.com"));
  CHECK(Has(*read, "range: bytes=262144-524287"));
  CHECK(Has(*read, "if-match: \"9bb58f26\""));
  CHECK(Has(*read, "x-amz-date: 20130524T000000Z"));
  CHECK(Has(*read, "x-amz-checksum-mode: ENABLED"));
  CHECK(LineOf(*read, "authorization")
            .find("Credential=AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request, "
                  "SignedHeaders=host;if-match;range;x-amz-checksum-mode;x-amz-content-sha256;"
                  "x-amz-date, ") != std::string::npos);
}

TEST_CASE("SignRead: without range and entity tag their headers are not there") {
  const Result<SignedRead> read = Sign({.method = ReadMethod::kHead, .key = "k"});
  REQUIRE(read.ok());
  CHECK(LineOf(*read, "range").empty());
  CHECK(LineOf(*read, "if-match").empty());
  CHECK(LineOf(*read, "x-amz-security-token").empty());
}

TEST_CASE("SignRead: HEAD and GET, and every part of the question, sign differently") {
  const S3ReadSpec specs[] = {
      {.key = "k"},
      {.method = ReadMethod::kHead, .key = "k"},
      {.key = "K"},
      {.key = "k", .range = ByteRange{0, 1}},
      {.key = "k", .range = ByteRange{0, 2}},
      {.key = "k", .if_match = "\"a\""},
      {.key = "k", .if_match = "\"b\""},
  };
  std::vector<std::string> seen;
  for (const S3ReadSpec& spec : specs) {
    const Result<SignedRead> read = Sign(spec);
    REQUIRE(read.ok());
    const std::string line = LineOf(*read, "authorization");
    CHECK(std::find(seen.begin(), seen.end(), line) == seen.end());
    seen.push_back(line);
  }
}

TEST_CASE("SignRead: the session token travels with the request") {
  Credentials keys = Keys();
  keys.session_token = "token==";
  const Result<SignedRead> read = Sign({.key = "k"}, keys);
  REQUIRE(read.ok());
  CHECK(Has(*read, "x-amz-security-token: token=="));
}

TEST_CASE("SignRead: a key may hold anything, and no header can be smuggled in with it") {
  const Result<SignedRead> read = Sign({.key = "a\r\nx-evil: 1\r\n\xf0\x9f\x8e\xa7?#%+"});
  REQUIRE(read.ok());
  CHECK(read->url ==
        "https://books.s3.eu-west-1.amazonaws.com/"
        "a%0D%0Ax-evil%3A%201%0D%0A%F0%9F%8E%A7%3F%23%25%2B");
  for (const std::string& line : read->headers) {
    CHECK(line.find_first_of("\r\n") == std::string::npos);
  }
}

TEST_CASE("SignRead: what S3 could only refuse is refused here") {
  CHECK(Sign({.key = ""}).status().code() == Code::kInvalid);
  CHECK(Sign({.key = std::string(1024, 'k')}).ok());
  CHECK(Sign({.key = std::string(1025, 'k')}).status().code() == Code::kInvalid);
  CHECK(Sign({.key = "k", .range = ByteRange{0, 0}}).status().code() == Code::kInvalid);
  for (const char* tag :
       {"W/\"a\"", "a", "\"a", "\"\"", "\"a\"b\"", "\"a\r\nx: y\"", "*", "\"a b\""}) {
    CAPTURE(tag);
    CHECK(Sign({.key = "k", .if_match = tag}).status().code() == Code::kInvalid);
  }
}

}  // namespace
}  // namespace audiodl
