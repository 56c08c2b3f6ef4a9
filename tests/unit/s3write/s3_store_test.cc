// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What real servers do not show on demand: lost answers, broken pages, lists without end.

#include "common/s3write/s3_store.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <memory>

#include "common/base/base64.h"
#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/s3write/s3_file_upload.h"
#include "common/s3write/s3_multipart.h"
#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"
#include "tests/unit/fake_http_server.h"

namespace audiodl {
namespace {

using Handler = std::function<FakeReply(const FakeRequest&, int number)>;

// A store on a server that answers as the handler says; `number` counts from 1.
class Rig {
 public:
  explicit Rig(Handler handler)
      : handler_(std::move(handler)),
        server_([this](const FakeRequest& request) { return handler_(request, ++number_); }),
        store_(Access()) {}

  S3Store& store() { return store_; }
  FakeHttpServer& server() { return server_; }

 private:
  S3Access Access() {
    auto keys = std::make_shared<Credentials>();
    keys->access_key_id = "AKEXAMPLE";
    keys->secret_access_key = "secret";
    S3Access access;
    access.origin = Origin::Parse("s3://books/prod endpoint=" + server_.url()).value();
    access.credentials = [keys] { return keys; };
    access.retries.sleep = [](std::chrono::milliseconds) {};
    access.retries.attempts = 3;
    return access;
  }

  const Handler handler_;
  int number_ = 0;
  FakeHttpServer server_;
  S3Store store_;
};

PutOptions IfAbsent() {
  PutOptions options;
  options.if_absent = true;
  return options;
}

FakeReply Tagged(const std::string& etag, std::string body = {}) {
  FakeReply reply;
  reply.body = std::move(body);
  reply.headers = {"ETag: " + etag, "Last-Modified: Mon, 12 Oct 2009 17:50:00 GMT"};
  return reply;
}

FakeReply Document(std::string xml) {
  FakeReply reply;
  reply.body = std::move(xml);
  return reply;
}

FakeReply Refusal(int status, const std::string& code) {
  FakeReply reply = Document("<Error><Code>" + code + "</Code></Error>");
  reply.status = status;
  return reply;
}

std::string Page(const std::string& key, const std::string& next) {
  return "<ListBucketResult><IsTruncated>" + std::string(next.empty() ? "false" : "true") +
         "</IsTruncated><NextContinuationToken>" + next +
         "</NextContinuationToken><Contents><Key>" + key +
         "</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>\"x\"</ETag>"
         "<Size>1</Size></Contents></ListBucketResult>";
}

std::string Md5Tag(std::string_view bytes) {
  Md5 digest;
  digest.Update(bytes);
  return "\"" + HexEncode(digest.Final()) + "\"";
}

TEST_CASE("S3Store: what is put is signed with its hash and carries its checksums") {
  Rig rig([](const FakeRequest&, int) { return Tagged("\"new\""); });
  PutOptions options;
  options.content_type = "audio/mpeg";
  CHECK(rig.store().Put("prod/a b.mp3", "hello", options).value() == "\"new\"");
  FakeRequest request = rig.server().requests().at(0);
  CHECK(request.method == "PUT");
  CHECK(request.target == "/books/prod/a%20b.mp3");
  CHECK(request.body == "hello");
  CHECK(request.headers["content-type"] == "audio/mpeg");
  CHECK(request.headers["content-md5"] == "XUFAKrxLKna5cZ2REBfFkg==");
  CHECK(request.headers["x-amz-content-sha256"] == HexEncode(Sha256Of("hello")));
  CHECK(request.headers["x-amz-checksum-sha256"] == Base64Encode(Sha256Of("hello")));
  CHECK(request.headers["authorization"].find("content-md5;content-type;host") !=
        std::string::npos);
  CHECK_FALSE(request.headers.contains("expect"));
}

TEST_CASE("S3Store: what may pass is sent again, what will not is told at once") {
  Rig busy([](const FakeRequest&, int number) {
    return number < 3 ? Refusal(503, "SlowDown") : Tagged("\"new\"");
  });
  CHECK(busy.store().Put("prod/a", "x", {}).ok());
  CHECK(busy.server().requests().size() == 3);

  Rig always([](const FakeRequest&, int) { return Refusal(503, "SlowDown"); });
  CHECK(always.store().Put("prod/a", "x", {}).status().code() == Code::kThrottled);
  CHECK(always.server().requests().size() == 3);

  Rig denied([](const FakeRequest&, int) { return Refusal(403, "AccessDenied"); });
  const Status status = denied.store().Put("prod/a", "x", {}).status();
  CHECK(status.code() == Code::kForbidden);
  CHECK(status.text().find("s3:PutObject") != std::string::npos);
  CHECK(status.text().find("PUT s3://books/prod/a: ") == 0);
  CHECK(denied.server().requests().size() == 1);
}

TEST_CASE("S3Store: a conditional put whose first answer was lost is found to have worked") {
  Rig rig([](const FakeRequest& request, int number) {
    if (number == 1) return Refusal(500, "InternalError");
    return request.method == "PUT" ? Refusal(412, "PreconditionFailed") : Tagged(Md5Tag("x"), "x");
  });
  CHECK(rig.store().Put("prod/a", "x", IfAbsent()).value() == Md5Tag("x"));
  CHECK(rig.server().requests()[0].headers.at("if-none-match") == "*");

  Rig taken([](const FakeRequest&, int) { return Refusal(412, "PreconditionFailed"); });
  CHECK(taken.store().Put("prod/a", "x", IfAbsent()).status().code() == Code::kChanged);
}

TEST_CASE("S3Store: a download that is cut goes on at the last byte, with the same generation") {
  Rig rig([](const FakeRequest&, int number) {
    FakeReply reply = Tagged("\"one\"", number == 1 ? "0123" : "4");
    reply.ending = number == 1 ? FakeReply::Ending::kCut : FakeReply::Ending::kWhole;
    if (number > 1) {
      reply.status = 206;
      reply.headers.emplace_back("Content-Range: bytes 4-4/5");
    }
    return reply;
  });
  CHECK(rig.store().GetText("prod/a", 100).value() == "01234");
  FakeRequest second = rig.server().requests().at(1);
  CHECK(second.headers["range"] == "bytes=4-4");
  CHECK(second.headers["if-match"] == "\"one\"");
}

TEST_CASE("S3Store: an object replaced during a download is no mixture") {
  Rig rig([](const FakeRequest&, int number) {
    if (number > 1) return Refusal(412, "PreconditionFailed");
    FakeReply reply = Tagged("\"one\"", "0123");
    reply.ending = FakeReply::Ending::kCut;
    return reply;
  });
  CHECK(rig.store().GetText("prod/a", 100).status().code() == Code::kChanged);
}

TEST_CASE("S3Store: a sink ends a download with its own words") {
  Rig rig([](const FakeRequest&, int) { return Tagged("\"one\"", "0123456789"); });
  CHECK(rig.store().GetText("prod/a", 5).status().code() == Code::kInvalid);
  CHECK(rig.server().requests().size() == 1);
}

TEST_CASE("S3Store: a listing is followed page by page, and to its end only") {
  Rig rig([](const FakeRequest&, int number) {
    return Document(number == 1 ? Page("prod/a+1", "t/2=") : Page("prod/b", ""));
  });
  std::vector<std::string> keys;
  const Status listed = rig.store().List({.prefix = "prod/", .start_after = "prod/A"},
                                         [&](const StoredObject& object) {
                                           keys.push_back(object.key);
                                           return true;
                                         });
  REQUIRE(listed.ok());
  CHECK(keys == std::vector<std::string>{"prod/a 1", "prod/b"});
  CHECK(rig.server().requests()[0].target ==
        "/books/?encoding-type=url&list-type=2&prefix=prod%2F&start-after=prod%2FA");
  CHECK(rig.server().requests()[1].target.find("continuation-token=t%2F2%3D") != std::string::npos);

  Rig endless([](const FakeRequest&, int) { return Document(Page("prod/a", "again")); });
  const Status status =
      endless.store().List({.prefix = ""}, [](const StoredObject&) { return true; });
  CHECK(status.code() == Code::kUnreachable);
  CHECK(endless.server().requests().size() == 2);
}

TEST_CASE("S3Store: removing what is not there is done") {
  Rig rig([](const FakeRequest&, int) { return Refusal(404, "NoSuchKey"); });
  CHECK(rig.store().Delete("prod/a").ok());
  CHECK(rig.server().requests()[0].method == "DELETE");
}

// A multipart server in little, which does what `on_complete` says, and has that object then.
Handler Multipart(std::function<FakeReply(int)> on_complete, const std::string& object_tag) {
  auto completions = std::make_shared<int>(0);
  return [=](const FakeRequest& request, int) {
    const bool uploads = request.target.find("uploads=") != std::string::npos;
    if (request.method == "HEAD") return Tagged(object_tag);
    if (request.method == "PUT") return Tagged(Md5Tag(request.body));
    if (request.method == "GET") {
      const std::string name = uploads ? "ListMultipartUploadsResult" : "ListPartsResult";
      return Document("<" + name + "><IsTruncated>false</IsTruncated></" + name + ">");
    }
    if (request.method == "POST" && uploads) {
      return Document(
          "<InitiateMultipartUploadResult><UploadId>U/1</UploadId>"
          "</InitiateMultipartUploadResult>");
    }
    return on_complete(++*completions);
  };
}

// Sent in three parts.
std::string LargeFile(const TempDir& dir) {
  std::string path = dir.Of("large");
  std::ofstream(path) << "x";
  REQUIRE(truncate(path.c_str(), 20 << 20) == 0);
  return path;
}

std::string TagOfLargeFile() {
  std::vector<UploadedPart> parts;
  for (const size_t size : {8 << 20, 8 << 20, 4 << 20}) {
    std::string bytes(size, '\0');
    if (parts.empty()) bytes[0] = 'x';
    const auto number = static_cast<uint32_t>(parts.size() + 1);
    parts.push_back({.number = number, .size = size, .etag = Md5Tag(bytes)});
  }
  return MultipartEntityTag(parts);
}

TEST_CASE("S3Store: a completion whose answer was lost is found to have worked") {
  const TempDir dir;
  const std::string path = LargeFile(dir);
  const auto lost = [](int number) {
    if (number > 1) return Refusal(404, "NoSuchUpload");
    return Document("<Error><Code>InternalError</Code></Error>");
  };
  Rig rig(Multipart(lost, TagOfLargeFile()));
  const Result<std::string> etag = rig.store().UploadFile("prod/a", path, {}, {});
  REQUIRE(etag.ok());
  CHECK(*etag == TagOfLargeFile());
  CHECK(etag->ends_with("-3\""));

  Rig other(Multipart(lost, "\"somebody-elses\""));
  CHECK(other.store().UploadFile("prod/a", path, {}, {}).status().code() == Code::kNotFound);
}

TEST_CASE("S3Store: parts that are there count if they are the file's") {
  const TempDir dir;
  const std::string path = LargeFile(dir);
  const std::string zeros(8 << 20, '\0');
  for (const bool same : {true, false}) {
    std::atomic<int> sent = 0;
    const Handler otherwise = Multipart(
        [](int) {
          return Document(
              "<CompleteMultipartUploadResult><ETag>\"z-3\"</ETag></"
              "CompleteMultipartUploadResult>");
        },
        "");
    Rig rig([&](const FakeRequest& request, int number) {
      if (request.method == "PUT") ++sent;
      if (request.method != "GET") return otherwise(request, number);
      if (request.target.find("uploads=") != std::string::npos) {
        return Document(
            "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>prod/a</Key>"
            "<UploadId>U</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>"
            "</ListMultipartUploadsResult>");
      }
      return Document(
          "<ListPartsResult><IsTruncated>false</IsTruncated><Part><PartNumber>2</PartNumber>"
          "<Size>8388608</Size><ETag>" +
          Md5Tag(same ? zeros : "other") + "</ETag></Part></ListPartsResult>");
    });
    REQUIRE(rig.store().UploadFile("prod/a", path, {}, {}).ok());
    CHECK(sent == (same ? 2 : 3));
  }
}

TEST_CASE("S3Store: an upload that another one ended is no success") {
  const TempDir dir;
  Rig rig(Multipart([](int) { return Refusal(404, "NoSuchUpload"); }, TagOfLargeFile()));
  CHECK(rig.store().UploadFile("prod/a", LargeFile(dir), {}, {}).status().code() ==
        Code::kNotFound);
}

TEST_CASE("S3Store: progress never exceeds the file and reaches its end") {
  const TempDir dir;
  const auto done = [](int) {
    return Document(
        "<CompleteMultipartUploadResult><ETag>\"z-3\"</ETag></CompleteMultipartUploadResult>");
  };
  Rig rig(Multipart(done, ""));
  uint64_t most = 0;
  uint64_t last = 0;
  const auto note = [&](uint64_t bytes) {
    last = bytes;
    most = std::max(most, bytes);
  };
  REQUIRE(rig.store().UploadFile("prod/a", LargeFile(dir), {}, note).ok());
  CHECK(last == 20 << 20);
  CHECK(most == 20 << 20);
}

class FailingSource : public UploadSource {
 public:
  Status Read(size_t bytes, std::string& out) override {
    if (++reads_ == 3) return Status(Code::kIo, "the source broke");
    out.append(bytes, 'x');
    return Status::Ok();
  }

 private:
  int reads_ = 0;
};

TEST_CASE("S3Store: a stream that breaks leaves nothing") {
  Rig rig(Multipart([](int) { return Refusal(404, "NoSuchUpload"); }, ""));
  FailingSource source;
  CHECK(rig.store().UploadStream("prod/a", source, {}, {}).status().text() == "the source broke");
  const FakeRequest last = rig.server().requests().back();
  CHECK(last.method == "DELETE");
  CHECK(last.target.find("uploadId=U%2F1") != std::string::npos);
}

TEST_CASE("PartPlan: the parts make up the file, within S3's bounds") {
  for (const uint64_t size : {uint64_t{1}, uint64_t{8} << 20, (uint64_t{8} << 20) + 1,
                              uint64_t{30214400}, uint64_t{100} << 30, uint64_t{5} << 40}) {
    const PartPlan plan = PartPlan::Of(size);
    CAPTURE(size);
    CHECK(plan.count() <= kMaxParts);
    CHECK(plan.part_bytes >= kMinPartBytes);
    CHECK(plan.part_bytes <= kMaxPartBytes);
    CHECK(plan.offset(plan.count()) + plan.bytes(plan.count()) == size);
    CHECK(plan.bytes(plan.count()) >= 1);
  }
}

TEST_CASE("S3Store: stale uploads are aborted, young ones are not") {
  const std::string now = FormatIsoDate(std::chrono::system_clock::now());
  const std::string list =
      "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>old</Key>"
      "<UploadId>1</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>"
      "<Upload><Key>young</Key><UploadId>2</UploadId><Initiated>" +
      now + "</Initiated></Upload></ListMultipartUploadsResult>";
  Rig rig([&](const FakeRequest& request, int) {
    return Document(request.method == "DELETE" ? "" : list);
  });
  CHECK(rig.store().RemoveStale({.prefix = "", .age = std::chrono::hours(24)}).value() == 1);
  REQUIRE(rig.server().requests().size() == 2);
  CHECK(rig.server().requests()[1].target == "/books/old?uploadId=1");
  const auto none = [](const std::string& key) { return key == "older"; };
  CHECK(rig.store()
            .RemoveStale({.prefix = "old", .age = std::chrono::hours(24), .is_meant = none})
            .value() == 0);
}

}  // namespace
}  // namespace audiodl
