// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/sent_map.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// bytes=10-19,50-59 of a connection that has carried 1000 bytes and then a head of 300.
SentMap TwoRanges() {
  SentMap map(SentMap::Grain::kByte);
  map.Began(map.Begin(10), 1300);
  map.Extend(20);
  map.Ended(0, 1310);
  map.Began(map.Begin(50), 1400);
  map.Extend(60);
  return map;
}

TEST_CASE("SentMap: what was acknowledged, to the byte") {
  SentMap map = TwoRanges();
  CHECK(map.end_position() == SentMap::kNotYet);
  map.Ended(1, 1410);
  CHECK(map.end_position() == 1410);
  CHECK(map.Whole().Text() == "10-20,50-60");
  CHECK(map.Given(0, 0).Text().empty());
  CHECK(map.Given(1300, 1300).Text().empty());
  CHECK(map.Given(1305, 1305).Text() == "10-15");
  CHECK(map.Given(1305, 1308).Text() == "10-15~18");
  CHECK(map.Given(1350, 1350).Text() == "10-20");
  CHECK(map.Given(1305, 1405).Text() == "10-15~20,50-50~55");
  // Acknowledged is written, whatever is said.
  CHECK(map.Given(1305, 0).Text() == "10-15");
  // Who was cut may not have the end, even if it was acknowledged.
  CHECK(map.Given(1410, 1410).Text() == "10-20,50-59");
  CHECK(map.Given(9999, 9999).Text() == "10-20,50-59");
}

TEST_CASE("SentMap: what may have been sent since") {
  SentMap map = TwoRanges();
  CHECK(map.Given(1302, 1305, 3).Text() == "10-12~18");
  CHECK(map.Given(1302, 1305, 5).Text() == "10-12~20");
  // It spills over into the next range.
  CHECK(map.Given(1302, 1305, 9).Text() == "10-12~20,50-50~54");
  CHECK(map.Given(1302, 1305, 999).Text() == "10-12~20,50-50~59");
  // Nothing has begun yet.
  CHECK(map.Given(1000, 1000, 999).Text().empty());
}

// 3 stretches of 100 bytes, the last one of 50, which take 110 (60) when encrypted; 1000 before.
SentMap Encrypted(int passed) {
  SentMap map(SentMap::Grain::kStretch);
  map.Began(map.Begin(0), 1000);
  map.Extend(100);
  map.Begin(100);
  map.Extend(200);
  map.Begin(200);
  map.Extend(250);
  const uint64_t ends[] = {1110, 1220, 1280};
  for (int i = 0; i < passed; ++i) map.Ended(static_cast<size_t>(i), ends[i]);
  return map;
}

TEST_CASE("SentMap: of what is encrypted whole stretches only") {
  const SentMap map = Encrypted(3);
  CHECK(map.end_position() == 1280);
  CHECK(map.Given(1109, 1109).Text() == "0-0~100");
  CHECK(map.Given(1110, 1110).Text() == "0-100");
  CHECK(map.Given(1110, 1111).Text() == "0-100~200");
  CHECK(map.Given(1220, 1270).Text() == "0-200~249");
  CHECK(map.Given(1280, 1280).Text() == "0-249");
  CHECK(map.Whole().Text() == "0-250");

  // Of one response no stretch is the witness of another.
  CHECK(map.Given(1050, 1250).Text() == "0-0~249");
  CHECK(map.Given(1150, 1250).Text() == "0-100~249");

  const SentMap running = Encrypted(1);
  CHECK(running.end_position() == SentMap::kNotYet);
  CHECK(running.Given(1110, 1150).Text() == "0-100~200");
  CHECK(running.Given(1110, 1150, 20).Text() == "0-100~220");
  CHECK(running.Given(1110, 1150, 500).Text() == "0-100~249");
}

TEST_CASE("SentMap: ranges of one response are no witnesses of each other") {
  // bytes=10-19,0-9,30-39
  SentMap map(SentMap::Grain::kByte);
  uint64_t position = 1000;
  for (const uint64_t first : {10, 0, 30}) {
    const size_t stretch = map.Begin(first);
    map.Began(stretch, position);
    map.Extend(first + 10);
    map.Ended(stretch, position + 10);
    position += 100;
  }
  CHECK(map.Given(1105, 1205).Text() == "0-5~9,10-20,30-30~35");
  CHECK(map.Given(1110, 1205).Text() == "0-20,30-30~35");
  CHECK(map.Whole().Text() == "0-20,30-40");
}

TEST_CASE("SentMap: nothing planned is nothing given") {
  const SentMap map(SentMap::Grain::kByte);
  CHECK(map.empty());
  CHECK(map.end_position() == SentMap::kNotYet);
  CHECK(map.Whole().empty());
  CHECK(map.Given(100, 200, 300).empty());
}

TEST_CASE("SentMap: one byte that was cut is nothing") {
  SentMap map(SentMap::Grain::kByte);
  map.Began(map.Begin(0), 100);
  map.Extend(1);
  map.Ended(0, 101);
  CHECK(map.Given(101, 101).empty());
  CHECK(map.Whole().Text() == "0-1");
}

}  // namespace
}  // namespace audiodl
