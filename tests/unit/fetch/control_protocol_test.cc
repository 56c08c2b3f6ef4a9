// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_protocol.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("Control protocol: a call comes through") {
  const Result<ControlCall> call =
      DecodeControlCall(EncodeControlCall("want", R"({"key":"a/b.mp3"})"));
  REQUIRE(call.ok());
  CHECK(call->command == "want");
  CHECK(call->arguments.StringAt("key") == "a/b.mp3");
  const Result<ControlCall> bare = DecodeControlCall(EncodeControlCall("status", ""));
  REQUIRE(bare.ok());
  CHECK(bare->arguments.type() == Json::Type::kNull);
}

TEST_CASE("Control protocol: what is no call is refused") {
  for (const char* datagram : {"", "\n", "audiodl 1 ", "audiodl 1 status", "audiodl 1 \n",
                               "audiodl 2 status\n", "GET / HTTP/1.1\r\n\r\n",
                               "audiodl 1 want\n[1]", "audiodl 1 want\n{", "audiodl 1 want\n{}x"}) {
    CAPTURE(datagram);
    CHECK(DecodeControlCall(datagram).status().code() == Code::kInvalid);
  }
}

TEST_CASE("Control protocol: answers and errors come through") {
  const Result<std::string> answer = DecodeControlReply(EncodeControlReply(std::string("{}")));
  REQUIRE(answer.ok());
  CHECK(*answer == "{}");
  for (unsigned char code = 1; CodeName(Code(code)) != "unknown"; ++code) {
    const Result<std::string> error =
        DecodeControlReply(EncodeControlReply(Status(Code(code), "why\nit is so")));
    CHECK(error.status().code() == Code(code));
    CHECK(error.status().text() == "why\nit is so");
  }
  CHECK(DecodeControlReply("audiodl 1 of_the_future\nx").status().code() == Code::kIo);
  CHECK(DecodeControlReply("hello").status().code() == Code::kInvalid);
}

TEST_CASE("Control protocol: an answer that cannot be sent says so") {
  const std::string reply = EncodeControlReply(std::string(kMaxControlReply, 'x'));
  CHECK(reply.size() <= kMaxControlReply);
  CHECK(DecodeControlReply(reply).status().text() == "the answer is too long to be sent");
}

}  // namespace
}  // namespace audiodl
