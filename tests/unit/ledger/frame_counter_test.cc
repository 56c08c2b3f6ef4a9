// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/frame_counter.h"

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr int kData = 0, kHeaders = 1, kSettings = 4, kGoAway = 7;
constexpr int kEndStream = 1, kPadded = 8;

std::string Frame(int type, int flags, uint32_t stream, const std::string& payload) {
  std::string frame;
  for (int shift : {16, 8, 0}) frame += static_cast<char>(payload.size() >> shift & 0xff);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift & 0xff);
  return frame + payload;
}

TEST_CASE("FrameCounter: counts the bodies of the streams that were named") {
  FrameCounter frames;
  frames.Begin(1);
  frames.Begin(5);
  frames.Take(Frame(kSettings, 0, 0, "abcdef") + Frame(kHeaders, 0, 1, "hhhh") +
              Frame(kData, 0, 1, "0123456789") + Frame(kData, 0, 3, "another's") +
              Frame(kData, kEndStream, 1, "abc") + Frame(kData, 0, 5, "x"));
  CHECK(frames.Find(1)->body_bytes == 13);
  CHECK(frames.Find(5)->body_bytes == 1);
  CHECK_FALSE(frames.Find(3));
  frames.Forget(1);
  CHECK_FALSE(frames.Find(1));
  CHECK_FALSE(frames.says_goodbye());
}

TEST_CASE("FrameCounter: padding is no body") {
  FrameCounter frames;
  frames.Begin(1);
  frames.Take(Frame(kData, kPadded, 1, std::string("\x03") + "body" + std::string(3, '\0')));
  CHECK(frames.Find(1)->body_bytes == 4);
  // More padding than there is, and none at all: an error of the server's, and no body.
  frames.Take(Frame(kData, kPadded, 1, "\xff"));
  frames.Take(Frame(kData, kPadded, 1, ""));
  CHECK(frames.Find(1)->body_bytes == 4);
}

TEST_CASE("FrameCounter: bodies can be skipped, frame by frame or in pieces") {
  FrameCounter frames;
  frames.Begin(1);
  CHECK(frames.skippable() == 0);
  const std::string frame = Frame(kData, 0, 1, std::string(1000, 'x'));
  frames.Take(frame.substr(0, 9));
  CHECK(frames.skippable() == 1000);
  frames.Skip(400);
  CHECK(frames.skippable() == 600);
  CHECK(frames.Find(1)->body_bytes == 0);
  frames.Skip(600);
  CHECK(frames.skippable() == 0);
  CHECK(frames.Find(1)->body_bytes == 1000);
  // A frame that has passed as a whole counts; one byte at a time is the same.
  for (const char byte : frame) frames.Take({&byte, 1});
  CHECK(frames.Find(1)->body_bytes == 2000);
}

TEST_CASE("FrameCounter: where the connection was after a stream's last bytes") {
  FrameCounter frames;
  frames.Begin(1);
  frames.Begin(3);
  frames.Take(Frame(kData, 0, 1, "abc"));
  frames.Passed(100);
  frames.Take(Frame(kData, 0, 3, "abc"));
  frames.Passed(200);
  frames.Take(Frame(kSettings, 0, 0, ""));
  frames.Passed(300);
  CHECK(frames.Find(1)->position == 100);
  CHECK(frames.Find(3)->position == 200);
}

TEST_CASE("FrameCounter: the end of the connection is seen") {
  FrameCounter frames;
  frames.Take(Frame(kGoAway, 0, 0, std::string(8, '\0')));
  CHECK(frames.says_goodbye());
}

}  // namespace
}  // namespace audiodl
