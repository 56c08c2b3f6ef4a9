// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/s3/s3_response.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr const char* kDate = "Last-Modified: Fri, 24 May 2013 00:00:00 GMT";

ResponseHeaders Collect(const std::vector<std::string>& lines) {
  ResponseHeaders headers;
  for (const std::string& line : lines) REQUIRE(headers.Add(line).ok());
  return headers;
}

ResponseHeaders Partial(const std::string& content_range, const std::string& length) {
  return Collect({"HTTP/1.1 206 Partial Content", "ETag: \"e1\"", kDate,
                  "Content-Range: bytes " + content_range, "Content-Length: " + length});
}

ResponseHeaders Whole(const std::string& length) {
  return Collect({"HTTP/1.1 200 OK", "ETag: \"e1\"", kDate, "Content-Length: " + length});
}

ObjectInfo Known(uint64_t size, const std::string& etag) {
  ObjectInfo info;
  info.size = size;
  info.etag = etag;
  return info;
}

TEST_CASE("OutcomeOf: only 200 and 206 carry an object") {
  CHECK(OutcomeOf(200) == Outcome::kBody);
  CHECK(OutcomeOf(206) == Outcome::kBody);
  CHECK(OutcomeOf(416) == Outcome::kPastEnd);
  for (const int status : {0, 100, 201, 204, 301, 304, 307, 400, 403, 404, 412, 500, 503}) {
    CHECK(OutcomeOf(status) == Outcome::kError);
  }
}

TEST_CASE("ObjectInfo: of a HEAD or a whole GET") {
  const Result<ObjectInfo> info = ParseObjectInfo(
      Collect({"HTTP/1.1 200 OK", "content-length: 31352422",
               "ETag: \"9bb58f26192e4ba00f01e2e7b136bbd8-4\"", kDate, "Content-Type: audio/mpeg",
               "x-amz-server-side-encryption: AES256",
               "x-amz-checksum-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
               "x-amz-checksum-crc32c: AAAAAA==", "x-amz-checksum-type: FULL_OBJECT"}));
  REQUIRE(info.ok());
  CHECK(info->size == 31352422);
  CHECK(info->etag == "\"9bb58f26192e4ba00f01e2e7b136bbd8-4\"");
  CHECK(info->last_modified.time_since_epoch().count() == 1369353600);
  CHECK(info->content_type == "audio/mpeg");
  CHECK(info->sse == "AES256");
  CHECK(info->checksums ==
        std::vector<ObjectChecksum>{{"crc32c", "AAAAAA=="},
                                    {"sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}});
}

TEST_CASE("ObjectInfo: a part's length is never taken for the object's") {
  const Result<ObjectInfo> info = ParseObjectInfo(Partial("0-99/1234", "100"));
  REQUIRE(info.ok());
  CHECK(info->size == 1234);
}

TEST_CASE("ObjectInfo: a checksum of parts' checksums is left out") {
  const std::vector<std::string> head = {"HTTP/1.1 200 OK", "Content-Length: 1", "ETag: \"e\"",
                                         kDate};
  std::vector<std::string> typed = head;
  typed.insert(typed.end(), {"x-amz-checksum-sha256: abc=", "x-amz-checksum-type: COMPOSITE"});
  CHECK(ParseObjectInfo(Collect(typed))->checksums.empty());
  std::vector<std::string> counted = head;
  counted.emplace_back("x-amz-checksum-sha256: abc=-3");
  CHECK(ParseObjectInfo(Collect(counted))->checksums.empty());
}

TEST_CASE("ObjectInfo: an error page with status 200 is no object") {
  struct Row {
    const char* what;
    std::vector<std::string> lines;
  };
  const Row rows[] = {
      {"XML without entity tag", {"Content-Length: 200", kDate, "Content-Type: application/xml"}},
      {"no length", {"ETag: \"e\"", kDate, "Transfer-Encoding: chunked"}},
      {"weak tag", {"Content-Length: 1", "ETag: W/\"e\"", kDate}},
      {"unquoted tag", {"Content-Length: 1", "ETag: e", kDate}},
      {"no date", {"Content-Length: 1", "ETag: \"e\""}},
      {"bad date", {"Content-Length: 1", "ETag: \"e\"", "Last-Modified: yesterday"}},
      {"negative length", {"Content-Length: -1", "ETag: \"e\"", kDate}},
      {"huge length", {"Content-Length: 18446744073709551616", "ETag: \"e\"", kDate}},
      {"two lengths", {"Content-Length: 1", "Content-Length: 2", "ETag: \"e\"", kDate}},
      {"two tags", {"Content-Length: 1", "ETag: \"a\"", "ETag: \"b\"", kDate}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    std::vector<std::string> lines = {"HTTP/1.1 200 OK"};
    lines.insert(lines.end(), row.lines.begin(), row.lines.end());
    CHECK(ParseObjectInfo(Collect(lines)).status().code() == Code::kInvalid);
    CHECK(CheckBody(Collect(lines), {}).status().code() == Code::kUnreachable);
  }
}

TEST_CASE("CheckBody: the range that was asked for") {
  struct Row {
    ByteRange asked;
    const char* content_range;
    const char* length;
    ByteRange got;
  };
  const Row rows[] = {
      {{0, 100}, "0-99/1234", "100", {0, 100}},
      {{1000, 100}, "1000-1099/1234", "100", {1000, 100}},
      {{1200, 100}, "1200-1233/1234", "34", {1200, 34}},
      {{0, 262144}, "0-9/10", "10", {0, 10}},
      {{0, 10}, "0-9/10", "10", {0, 10}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.content_range);
    const Result<Body> body =
        CheckBody(Partial(row.content_range, row.length), {.range = row.asked});
    REQUIRE(body.ok());
    CHECK(body->range == row.got);
    CHECK(body->info.etag == "\"e1\"");
  }
}

TEST_CASE("CheckBody: another range than the one asked for is refused") {
  for (const char* content_range :
       {"1-100/1234", "0-98/1234", "0-100/1234", "0-1233/1234", "100-199/1234"}) {
    CAPTURE(content_range);
    const ResponseHeaders headers = Collect({"HTTP/1.1 206 Partial Content", "ETag: \"e1\"", kDate,
                                             "Content-Range: bytes " + std::string(content_range)});
    CHECK(CheckBody(headers, {.range = ByteRange{0, 100}}).status().code() == Code::kUnreachable);
  }
}

TEST_CASE("CheckBody: a Content-Length that contradicts the range is refused, none is fine") {
  const AskedFor asked = {.range = ByteRange{0, 100}};
  CHECK(CheckBody(Partial("0-99/1234", "1234"), asked).status().code() == Code::kUnreachable);
  CHECK(CheckBody(Partial("0-99/1234", "x"), asked).status().code() == Code::kUnreachable);
  const ResponseHeaders chunked = Collect(
      {"HTTP/1.1 206 Partial Content", "ETag: \"e1\"", kDate, "Content-Range: bytes 0-99/1234"});
  CHECK(CheckBody(chunked, asked).ok());
}

TEST_CASE("CheckBody: a 206 without a usable Content-Range is refused") {
  for (const char* line : {"X-No: range", "Content-Range: bytes 0-99/*",
                           "Content-Type: multipart/byteranges; boundary=x"}) {
    CAPTURE(line);
    const ResponseHeaders headers = Collect(
        {"HTTP/1.1 206 Partial Content", "ETag: \"e1\"", kDate, "Content-Length: 100", line});
    CHECK(CheckBody(headers, {.range = ByteRange{0, 100}}).status().code() == Code::kUnreachable);
  }
}

TEST_CASE("CheckBody: another generation is a change, in a part and in the whole") {
  const ObjectInfo same = Known(1234, "\"e1\"");
  const ObjectInfo other_tag = Known(1234, "\"e0\"");
  const ObjectInfo other_size = Known(1235, "\"e1\"");
  const ResponseHeaders part = Partial("0-99/1234", "100");
  const std::optional<ByteRange> range = ByteRange{0, 100};
  CHECK(CheckBody(part, {.range = range, .known = &same}).ok());
  CHECK(CheckBody(part, {.range = range, .known = &other_tag}).status().code() == Code::kChanged);
  CHECK(CheckBody(part, {.range = range, .known = &other_size}).status().code() == Code::kChanged);
  CHECK(CheckBody(Whole("1234"), {.known = &same}).ok());
  CHECK(CheckBody(Whole("1234"), {.known = &other_tag}).status().code() == Code::kChanged);
  CHECK(CheckBody(Whole("1234"), {.known = &other_size}).status().code() == Code::kChanged);
}

TEST_CASE("CheckBody: a 200 is never taken for a part") {
  const ResponseHeaders whole = Whole("1234");
  CHECK(CheckBody(whole, {.range = ByteRange{0, 100}}).status().code() == Code::kUnreachable);
  CHECK(CheckBody(whole, {.range = ByteRange{100, 1134}}).status().code() == Code::kUnreachable);
  CHECK(CheckBody(whole, {.range = ByteRange{2000, 10}}).status().code() == Code::kUnreachable);
}

TEST_CASE("CheckBody: a 200 is welcome where the whole object was asked for") {
  const ByteRange all = {0, 1234};
  for (const AskedFor& asked :
       {AskedFor{}, AskedFor{.range = all}, AskedFor{.range = ByteRange{0, 262144}}}) {
    const Result<Body> body = CheckBody(Whole("1234"), asked);
    REQUIRE(body.ok());
    CHECK(body->range == all);
  }
  const Result<Body> empty = CheckBody(Whole("0"), {.range = ByteRange{0, 262144}});
  REQUIRE(empty.ok());
  CHECK(empty->range == ByteRange{0, 0});
}

TEST_CASE("CheckBody: a caller that can take a whole body is told that it is one") {
  const Result<Body> body =
      CheckBody(Whole("1234"), {.range = ByteRange{100, 10}, .whole_body = WholeBody::kAccept});
  REQUIRE(body.ok());
  CHECK(body->range == ByteRange{0, 1234});
}

TEST_CASE("SizeFromPastEnd: by Content-Range, else by S3's XML") {
  const ResponseHeaders with = Collect({"HTTP/1.1 416 x", "Content-Range: bytes */0"});
  const ResponseHeaders without = Collect({"HTTP/1.1 416 x"});
  REQUIRE(SizeFromPastEnd(with, "").ok());
  CHECK(*SizeFromPastEnd(with, "") == 0);
  CHECK(
      *SizeFromPastEnd(without,
                       "<Error><Code>InvalidRange</Code><RangeRequested>bytes=0-9</RangeRequested>"
                       "<ActualObjectSize>7</ActualObjectSize></Error>") == 7);
  CHECK(SizeFromPastEnd(without, "").status().code() == Code::kUnreachable);
  CHECK(SizeFromPastEnd(without, "<ActualObjectSize>-7</ActualObjectSize>").status().code() ==
        Code::kUnreachable);
}

}  // namespace
}  // namespace audiodl
