// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/s3_client.h"

#include <chrono>
#include <functional>

#include "tests/unit/cache/sample_object.h"
#include "tests/unit/catch.h"
#include "tests/unit/fetch/fake_origin_server.h"
#include "tests/unit/fetch/recording_sink.h"

namespace audiodl {
namespace {

using Ending = FakeOriginReply::Ending;
using std::chrono::milliseconds;

constexpr uint64_t kSize = 1000;
const std::string kObject = SampleBytes(kSize);
const std::string kKey = "prod/dune/01.mp3";
const std::string kCommon = "ETag: \"v1\"\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n";

std::string Line(int status) { return "HTTP/1.1 " + std::to_string(status) + " X\r\n"; }
std::string Length(uint64_t length) { return "Content-Length: " + std::to_string(length) + "\r\n"; }
std::string Range(uint64_t first, uint64_t end, const std::string& total = "1000") {
  return "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(end - 1) + "/" +
         total + "\r\n";
}
std::string Part(uint64_t first, uint64_t end) { return kObject.substr(first, end - first); }
std::string Chunked(const std::string& body) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return size + body + "\r\n0\r\n\r\n";
}

// An origin that answers every request with the same.
class Origin1 {
 public:
  explicit Origin1(FakeOriginReply reply)
      : Origin1([reply](const FakeOriginRequest&) { return reply; }) {}
  explicit Origin1(FakeOriginServer::Handler handler)
      : server(std::move(handler)),
        client(loop, Parse(server.port()), [this] { return keys; },
               {milliseconds(2000), std::chrono::seconds(1)}) {}

  static Origin Parse(int port) {
    return Origin::Parse("s3://books/prod style=path endpoint=http://127.0.0.1:" +
                         std::to_string(port))
        .value();
  }

  void Start(RecordingSink& sink, const ReadRequest& request) {
    sink.read = client.Start(request, sink);
  }
  void Finish(RecordingSink& sink) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!sink.done && std::chrono::steady_clock::now() < until) {
      loop.Step();
      if (!sink.done) loop.Wait({}, milliseconds(100));
    }
  }
  RecordingSink Get(uint64_t offset, uint64_t length, const std::string& if_match = "") {
    RecordingSink sink;
    Start(sink, ReadRequest{kKey, false, offset, length, if_match});
    Finish(sink);
    return sink;
  }
  RecordingSink Head() {
    RecordingSink sink;
    Start(sink, ReadRequest{kKey, true, 0, 0, ""});
    Finish(sink);
    return sink;
  }

  std::shared_ptr<const Credentials> keys = [] {
    Credentials made;
    made.access_key_id = "AKIDEXAMPLE";
    made.secret_access_key = "wJalrXUtnFEMI";
    made.session_token = "a-token";
    return std::make_shared<const Credentials>(made);
  }();
  FakeOriginServer server;
  CurlLoop loop;
  S3Client client;
};

TEST_CASE("S3Client: a range of an object") {
  Origin1 origin(FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" +
                                 Part(100, 300)});
  const RecordingSink sink = origin.Get(100, 200, "\"v1\"");
  CHECK(sink.status.ok());
  CHECK(sink.heads == 1);
  CHECK(sink.first == 100);
  CHECK(sink.end == 300);
  CHECK(sink.info.size == kSize);
  CHECK(sink.info.etag == "\"v1\"");
  CHECK(sink.info.last_modified.time_since_epoch().count() == 1700000000);
  CHECK((sink.body == Part(100, 300)));
  const FakeOriginRequest asked = origin.server.requests().at(0);
  CHECK(asked.method == "GET");
  CHECK(asked.target == "/books/prod/dune/01.mp3");
  CHECK(asked.Header("range") == "bytes=100-299");
  CHECK(asked.Header("if-match") == "\"v1\"");
  CHECK(asked.Header("x-amz-security-token") == "a-token");
  CHECK(asked.Header("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
  CHECK(asked.Header("accept-encoding").empty());
}

TEST_CASE("S3Client: the head alone is a HEAD without range or condition") {
  Origin1 origin(FakeOriginReply{Line(200) + kCommon + "Content-Type: audio/mpeg\r\n" +
                                 Length(kSize) + "\r\n"});
  const RecordingSink sink = origin.Head();
  CHECK(sink.status.ok());
  CHECK(sink.info.size == kSize);
  CHECK(sink.info.content_type == "audio/mpeg");
  CHECK((sink.first == 0 && sink.end == 0));
  CHECK(sink.body.empty());
  const FakeOriginRequest asked = origin.server.requests().at(0);
  CHECK(asked.method == "HEAD");
  CHECK(asked.Header("range").empty());
  CHECK(asked.Header("if-match").empty());
}

TEST_CASE("S3Client: keys are encoded once and never normalised") {
  Origin1 origin(FakeOriginReply{Line(404) + Length(0) + "\r\n"});
  RecordingSink sink;
  origin.Start(sink, ReadRequest{"prod/a b+c%2F/../\xc3\xa9.mp3", false, 0, 1, ""});
  origin.Finish(sink);
  CHECK(origin.server.requests().at(0).target == "/books/prod/a%20b%2Bc%252F/../%C3%A9.mp3");
}

struct Answer {
  std::string what;
  FakeOriginReply reply;
  Code expected;
};

// Asked is [100, 300) of the generation "v1". Nothing here may bring a byte to the sink.
TEST_CASE("S3Client: answers that do not fit the question bring no byte") {
  const std::string part = Part(100, 300);
  const std::string head = Line(206) + kCommon;
  const std::string good = Range(100, 300) + Length(200) + "\r\n" + part;
  const std::string xml = "<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
  const Answer answers[] = {
      {"begins elsewhere",
       {head + Range(0, 200) + Length(200) + "\r\n" + part},
       Code::kUnreachable},
      {"ends elsewhere",
       {head + Range(100, 299) + Length(199) + "\r\n" + Part(100, 299)},
       Code::kUnreachable},
      {"more than asked",
       {head + Range(100, 301) + Length(201) + "\r\n" + Part(100, 301)},
       Code::kUnreachable},
      {"no total", {head + Range(100, 300, "*") + Length(200) + "\r\n" + part}, Code::kUnreachable},
      {"no range", {head + Length(200) + "\r\n" + part}, Code::kUnreachable},
      {"two ranges",
       {head + Range(100, 300) + Range(0, 200) + Length(200) + "\r\n" + part},
       Code::kUnreachable},
      {"length contradicts",
       {head + Range(100, 300) + Length(150) + "\r\n" + Part(100, 250)},
       Code::kUnreachable},
      {"whole object",
       {Line(200) + kCommon + Length(kSize) + "\r\n" + kObject},
       Code::kUnreachable},
      {"200 with an error",
       {Line(200) + "Content-Type: application/xml\r\n" + Length(xml.size()) + "\r\n" + xml},
       Code::kUnreachable},
      {"no entity tag",
       {Line(206) + "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n" + good},
       Code::kUnreachable},
      {"weak entity tag",
       {Line(206) + "ETag: W/\"v1\"\r\nLast-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n" + good},
       Code::kUnreachable},
      {"no date", {Line(206) + "ETag: \"v1\"\r\n" + good}, Code::kUnreachable},
      {"no content", {Line(204) + kCommon + "\r\n"}, Code::kUnreachable},
      {"not modified", {Line(304) + kCommon + "\r\n"}, Code::kForbidden},
      {"no HTTP", {"hello\r\n\r\n", Ending::kClose}, Code::kUnreachable},
      {"malformed status", {"HTTP/1.1 2xx X\r\n\r\n", Ending::kClose}, Code::kUnreachable},
      {"nothing", {"", Ending::kClose}, Code::kUnreachable},
      {"reset at once", {"", Ending::kReset}, Code::kUnreachable},
      {"half a head", {head, Ending::kClose}, Code::kUnreachable},
      {"a megabyte of headers",
       {Line(206) +
        [] {
          std::string lines;
          for (int i = 0; i < 10000; ++i)
            lines += "X-Padding-" + std::to_string(i) + ": " + std::string(80, 'x') + "\r\n";
          return lines;
        }() +
        kCommon + good},
       Code::kUnreachable},
      {"one huge header",
       {Line(206) + "X-Padding: " + std::string(1 << 20, 'x') + "\r\n" + kCommon + good},
       Code::kUnreachable},
      {"a header that is none", {Line(206) + "no colon\r\n" + kCommon + good}, Code::kUnreachable},
      {"404 of S3",
       {Line(404) + Length(66) + "\r\n" +
        "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>        "},
       Code::kNotFound},
      {"404 of somebody else", {Line(404) + Length(5) + "\r\n" + "<p>no"}, Code::kUnreachable},
      {"403", {Line(403) + Length(0) + "\r\n"}, Code::kForbidden},
      {"412", {Line(412) + Length(0) + "\r\n"}, Code::kChanged},
      {"416 of a shorter object",
       {Line(416) + "Content-Range: bytes */50\r\n" + Length(0) + "\r\n"},
       Code::kOutOfRange},
      {"416 of one that has the range",
       {Line(416) + "Content-Range: bytes */1000\r\n" + Length(0) + "\r\n"},
       Code::kUnreachable},
      {"429", {Line(429) + Length(0) + "\r\n"}, Code::kThrottled},
      {"500", {Line(500) + Length(xml.size()) + "\r\n" + xml}, Code::kUnreachable},
      {"503", {Line(503) + Length(0) + "\r\n"}, Code::kThrottled},
      {"503, cut", {Line(503) + Length(100) + "\r\n" + "x", Ending::kClose}, Code::kUnreachable},
      {"an error without end",
       {Line(500) + "Transfer-Encoding: chunked\r\n\r\n" + std::string("fffff\r\n") +
            std::string(2000, 'x'),
        Ending::kHang},
       Code::kUnreachable},
  };
  for (const Answer& answer : answers) {
    INFO(answer.what);
    Origin1 origin(answer.reply);
    const RecordingSink sink = origin.Get(100, 200, "\"v1\"");
    CHECK(sink.done);
    INFO(sink.status.text());
    CHECK(sink.status.code() == answer.expected);
    CHECK(sink.body.empty());
    CHECK(sink.heads == 0);
    CHECK(sink.status.text().size() < 1000);
    CHECK(sink.status.text().find("wJalrXUtnFEMI") == std::string::npos);
  }
}

TEST_CASE("S3Client: bodies that end early bring what came, and an error") {
  const std::string head = Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n";
  for (const uint64_t sent : {1, 100, 199}) {
    for (const Ending ending : {Ending::kClose, Ending::kReset}) {
      INFO(sent);
      Origin1 origin(FakeOriginReply{head + Part(100, 100 + sent), ending});
      const RecordingSink sink = origin.Get(100, 200);
      CHECK(sink.done);
      CHECK(sink.status.code() == Code::kUnreachable);
      // A reset may overtake what is still in the receiver's buffer.
      CHECK((sink.body == Part(100, 100 + sink.body.size())));
      CHECK((ending == Ending::kReset || sink.body.size() == sent));
    }
  }
}

TEST_CASE("S3Client: chunked bodies: right, too short, too long, cut") {
  const std::string head =
      Line(206) + kCommon + Range(100, 300) + "Transfer-Encoding: chunked\r\n\r\n";
  Origin1 right(FakeOriginReply{head + Chunked(Part(100, 300))});
  CHECK((right.Get(100, 200).body == Part(100, 300)));
  Origin1 shorter(FakeOriginReply{head + Chunked(Part(100, 200))});
  const RecordingSink early = shorter.Get(100, 200);
  CHECK(early.status.ok());  // the sink's to notice
  CHECK(early.body.size() == 100);
  Origin1 longer(FakeOriginReply{head + Chunked(Part(100, 400))});
  CHECK(longer.Get(100, 200).body.size() == 300);  // likewise
  Origin1 cut(FakeOriginReply{head + "c8\r\n" + Part(100, 200), Ending::kClose});
  CHECK(cut.Get(100, 200).status.code() == Code::kUnreachable);
}

TEST_CASE("S3Client: what follows the announced length is not the body") {
  Origin1 origin(FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" +
                                 Part(100, 300) + "surplus"});
  const RecordingSink sink = origin.Get(100, 200);
  CHECK((sink.body == Part(100, 300)));
}

TEST_CASE("S3Client: a range that reaches over the end") {
  Origin1 origin(FakeOriginReply{Line(206) + kCommon + Range(900, 1000) + Length(100) + "\r\n" +
                                 Part(900, 1000)});
  const RecordingSink sink = origin.Get(900, 5000);
  CHECK(sink.status.ok());
  CHECK(sink.end == 1000);
  CHECK(origin.server.requests().at(0).Header("range") == "bytes=900-5899");
}

TEST_CASE("S3Client: an origin without ranges is taken at its word before there is a generation") {
  Origin1 origin(FakeOriginReply{Line(200) + kCommon + Length(kSize) + "\r\n" + kObject});
  const RecordingSink sink = origin.Get(100, 200);
  CHECK(sink.status.ok());
  CHECK((sink.first == 0 && sink.end == kSize));
  CHECK((sink.body == kObject));
}

TEST_CASE("S3Client: an empty object, as a 200 and as a 416") {
  Origin1 whole(FakeOriginReply{Line(200) + kCommon + Length(0) + "\r\n"});
  const RecordingSink sink = whole.Get(0, 4096);
  CHECK(sink.status.ok());
  CHECK(sink.heads == 1);
  CHECK((sink.first == 0 && sink.end == 0));
  Origin1 refused(FakeOriginReply{Line(416) + "Content-Range: bytes */0\r\n" + Length(0) + "\r\n"});
  CHECK(refused.Get(0, 4096).status.code() == Code::kOutOfRange);
}

TEST_CASE("S3Client: redirects are not followed") {
  FakeOriginServer elsewhere([](const FakeOriginRequest&) {
    return FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" +
                           Part(100, 300)};
  });
  for (const int status : {301, 302, 303, 307, 308}) {
    Origin1 origin(FakeOriginReply{
        Line(status) + "Location: http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/\r\n" +
        Length(0) + "\r\n"});
    const RecordingSink sink = origin.Get(100, 200);
    CHECK(sink.status.code() == Code::kForbidden);
    CHECK(sink.body.empty());
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("S3Client: an interim answer before the real one") {
  Origin1 origin(FakeOriginReply{Line(100) + "\r\n" + Line(206) + kCommon + Range(100, 300) +
                                 Length(200) + "\r\n" + Part(100, 300)});
  CHECK((origin.Get(100, 200).body == Part(100, 300)));
}

TEST_CASE("S3Client: nobody listens") {
  Origin1 origin(FakeOriginReply{});
  int port = 0;
  {
    FakeOriginServer gone([](const FakeOriginRequest&) { return FakeOriginReply{}; });
    port = gone.port();
  }
  S3Client client(origin.loop, Origin1::Parse(port), [&] { return origin.keys; }, {});
  RecordingSink sink;
  sink.read = client.Start(ReadRequest{kKey, false, 0, 1, ""}, sink);
  origin.Finish(sink);
  CHECK(sink.status.code() == Code::kUnreachable);
}

TEST_CASE("S3Client: a stalled origin is given up after its time") {
  const std::string head = Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n";
  for (const std::string& sent : {std::string(), head, head + Part(100, 150)}) {
    Origin1 origin(FakeOriginReply{sent, Ending::kHang});
    const auto began = std::chrono::steady_clock::now();
    const RecordingSink sink = origin.Get(100, 200);
    CHECK(sink.status.code() == Code::kUnreachable);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  }
}

TEST_CASE("S3Client: without credentials nothing is asked") {
  Origin1 origin(FakeOriginReply{});
  origin.keys = nullptr;
  const RecordingSink sink = origin.Get(0, 1);
  CHECK(sink.status.code() == Code::kForbidden);
  CHECK(origin.server.requests().empty());
}

TEST_CASE("S3Client: what cannot be signed is refused without a request") {
  Origin1 origin(FakeOriginReply{});
  for (const ReadRequest& request :
       {ReadRequest{"", false, 0, 1, ""}, ReadRequest{std::string(1025, 'k'), false, 0, 1, ""},
        ReadRequest{kKey, false, 0, 0, ""}, ReadRequest{kKey, false, UINT64_MAX, 2, ""},
        ReadRequest{kKey, false, 0, 1, "W/\"weak\""},
        ReadRequest{kKey, false, 0, 1, "\"a\"\r\nX: y"}}) {
    RecordingSink sink;
    origin.Start(sink, request);
    origin.Finish(sink);
    CHECK(sink.status.code() == Code::kInvalid);
  }
  CHECK(origin.server.requests().empty());
}

TEST_CASE("S3Client: a sink that wants no more ends the read") {
  const std::string answer =
      Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" + Part(100, 300);
  for (const bool at_head : {true, false}) {
    Origin1 origin(FakeOriginReply{answer});
    RecordingSink sink;
    sink.take_head = !at_head;
    sink.take_body = false;
    origin.Start(sink, ReadRequest{kKey, false, 100, 200, ""});
    origin.Finish(sink);
    CHECK(sink.done);
    CHECK_FALSE(sink.status.ok());
    CHECK(sink.bodies == (at_head ? 0 : 1));
  }
}

TEST_CASE("S3Client: a read that is dropped says nothing more, before and after its start") {
  Origin1 origin(
      FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" + Part(100, 150),
                      Ending::kHang});
  RecordingSink early, late;
  origin.Start(early, ReadRequest{kKey, false, 100, 200, ""});
  early.read.reset();
  origin.Start(late, ReadRequest{kKey, false, 100, 200, ""});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (late.bodies == 0 && std::chrono::steady_clock::now() < until) {
    origin.loop.Step();
    origin.loop.Wait({}, milliseconds(20));
  }
  late.read.reset();
  origin.loop.Step();
  CHECK((late.body == Part(100, 150)));
  CHECK_FALSE(late.done);
  CHECK_FALSE(early.done);
  CHECK(origin.server.requests().size() == 1);
}

TEST_CASE("S3Client: reads one after the other share a connection and keep nothing of each other") {
  Origin1 origin([](const FakeOriginRequest& request) {
    if (request.method == "HEAD")
      return FakeOriginReply{Line(200) + kCommon + Length(kSize) + "\r\n"};
    if (!request.Header("if-match").empty()) return FakeOriginReply{Line(412) + Length(0) + "\r\n"};
    return FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" +
                           Part(100, 300)};
  });
  for (int i = 0; i < 3; ++i) {
    CHECK(origin.Head().status.ok());
    CHECK((origin.Get(100, 200).body == Part(100, 300)));
    CHECK(origin.Get(100, 200, "\"v0\"").status.code() == Code::kChanged);
  }
  for (const FakeOriginRequest& request : origin.server.requests()) CHECK(request.connection == 0);
}

TEST_CASE("S3Client: many reads at once, ending each other's neighbours") {
  Origin1 origin(FakeOriginReply{Line(206) + kCommon + Range(100, 300) + Length(200) + "\r\n" +
                                 Part(100, 300)});
  std::vector<RecordingSink> sinks(20);
  for (RecordingSink& sink : sinks) origin.Start(sink, ReadRequest{kKey, false, 100, 200, ""});
  for (size_t i = 0; i + 1 < sinks.size(); i += 2) {
    sinks[i].on_done = [&sinks, i] { sinks[i + 1].read.reset(); };
  }
  for (size_t i = 0; i < sinks.size(); i += 2) origin.Finish(sinks[i]);
  for (size_t i = 0; i < sinks.size(); i += 2) CHECK((sinks[i].body == Part(100, 300)));
}

TEST_CASE("S3Timeouts: from what the operator allows, so that a retry fits in") {
  const S3Timeouts usual = S3Timeouts::From(milliseconds(30000));
  CHECK(usual.connect == milliseconds(5000));
  CHECK(usual.stalled == std::chrono::seconds(10));
  const S3Timeouts hasty = S3Timeouts::From(milliseconds(1500));
  CHECK(hasty.connect == milliseconds(500));
  CHECK(hasty.stalled == std::chrono::seconds(1));
}

}  // namespace
}  // namespace audiodl
