// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/ledger/delivered_parts.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

DeliveredParts Parsed(std::string_view text) { return DeliveredParts::Parse(text).value(); }

TEST_CASE("DeliveredParts: parts that overlap or touch are one") {
  struct Row {
    const char* parts;
    const char* expected;
  };
  const Row rows[] = {
      {"", ""},
      {"0-10", "0-10"},
      {"0-10,10-20", "0-20"},
      {"10-20,0-10", "0-20"},
      {"0-10,11-20", "0-10,11-20"},
      {"11-20,0-10,10-11", "0-20"},
      {"0-100,20-30", "0-100"},
      {"20-30,0-100", "0-100"},
      {"0-10,20-30,40-50,5-45", "0-50"},
      {"5-5", ""},
      // A tail is confirmed by who goes on from within it, up to there.
      {"0-10~20", "0-10~20"},
      {"0-10~20,15-30", "0-30"},
      {"15-30,0-10~20", "0-30"},
      {"0-10~20,20-30", "0-30"},
      {"0-10~20,21-30", "0-10~20,21-30"},
      // Who goes on from there and is cut again.
      {"0-10~20,15-17~25", "0-17~25"},
      {"0-10~20,15-15~25,25-30", "0-30"},
      // Nobody went on from within the tail: it stays in doubt.
      {"0-10~20,5-12", "0-12~20"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.parts);
    CHECK(Parsed(row.parts).Text() == row.expected);
  }
}

TEST_CASE("DeliveredParts: an object is covered by all of its bytes and no less") {
  CHECK(Parsed("0-10").Cover(10));
  CHECK(Parsed("0-11").Cover(10));
  CHECK_FALSE(Parsed("0-9").Cover(10));
  CHECK_FALSE(Parsed("1-10").Cover(10));
  CHECK_FALSE(Parsed("0-4,5-10").Cover(10));
  CHECK_FALSE(Parsed("0-9~10").Cover(10));
  CHECK(Parsed("0-9~10,9-10").Cover(10));
  CHECK_FALSE(Parsed("").Cover(10));
  CHECK_FALSE(Parsed("").Cover(0));
  CHECK(Parsed("0-4,6-10~12").bytes() == 8);
}

TEST_CASE("DeliveredParts: what is no list of parts is refused") {
  for (const char* text :
       {"0", "-", "0-", "-5", "5-4", "0-5~4", "0-5~", "0-5,", ",0-5", "0-5,,6-7", " 0-5", "0-5 ",
        "0-5;6-7", "a-b", "+0-5", "0--5", "0-18446744073709551616", "0-5~6~7", "0~5-6"}) {
    CAPTURE(text);
    CHECK_FALSE(DeliveredParts::Parse(text).ok());
  }
}

TEST_CASE("DeliveredParts: of too many the shortest are forgotten") {
  DeliveredParts parts;
  for (uint64_t i = 0; i < DeliveredParts::kMost + 10; ++i)
    parts.Add({i * 100, i * 100 + 50, i * 100 + 50});
  parts.Add({1'000'000, 1'000'001, 1'000'001});
  CHECK(parts.parts().size() == DeliveredParts::kMost);
  CHECK(parts.parts().back().first != 1'000'000);
  CHECK(DeliveredParts::Parse(parts.Text()).value() == parts);
  CHECK_FALSE(DeliveredParts::Parse(parts.Text() + ",2000000-2000001").ok());
}

DeliveredPart AnyPart(std::mt19937& dice, uint64_t size, bool with_tail) {
  const auto any = [&](uint64_t most) {
    return std::uniform_int_distribution<uint64_t>(0, most)(dice);
  };
  const uint64_t first = any(size);
  const uint64_t end = std::min(size, first + any(size / 4));
  return {first, end, with_tail ? std::min(size, end + any(size / 8)) : end};
}

TEST_CASE("DeliveredParts: agree with a bitmap") {
  std::mt19937 dice(1);
  constexpr uint64_t kSize = 64;
  for (int round = 0; round < 2000; ++round) {
    std::vector<bool> bytes(kSize);
    DeliveredParts parts;
    for (int count = 0; count < 12; ++count) {
      const DeliveredPart part = AnyPart(dice, kSize, false);
      parts.Add(part);
      for (uint64_t at = part.first; at < part.end; ++at) bytes[at] = true;
    }
    std::vector<bool> found(kSize);
    for (const DeliveredPart& part : parts.parts()) {
      for (uint64_t at = part.first; at < part.end; ++at) found[at] = true;
    }
    REQUIRE(found == bytes);
    REQUIRE(parts.bytes() == static_cast<uint64_t>(std::count(bytes.begin(), bytes.end(), true)));
    REQUIRE(parts.Cover(kSize) == (parts.bytes() == kSize));
  }
}

// The rule word for word: a byte counts that is delivered, or lies in somebody's tail before a
// place from which somebody went on.
std::vector<bool> Confirmed(const std::vector<DeliveredPart>& parts, uint64_t size) {
  std::vector<bool> bytes(size);
  for (const DeliveredPart& part : parts) {
    for (uint64_t at = part.first; at < part.end; ++at) bytes[at] = true;
    for (const DeliveredPart& next : parts) {
      if (next.first >= next.maybe || next.first < part.end || next.first > part.maybe) continue;
      for (uint64_t at = part.end; at < next.first; ++at) bytes[at] = true;
    }
  }
  return bytes;
}

TEST_CASE("DeliveredParts: agree with the rule about tails, in whatever order they come") {
  std::mt19937 dice(2);
  constexpr uint64_t kSize = 64;
  for (int round = 0; round < 2000; ++round) {
    std::vector<DeliveredPart> all;
    for (int count = 0; count < 8; ++count) all.push_back(AnyPart(dice, kSize, true));
    const std::vector<bool> expected = Confirmed(all, kSize);
    std::string text;
    for (int order = 0; order < 4; ++order) {
      DeliveredParts one, other;
      for (size_t i = 0; i < all.size(); ++i) (i % 2 == 0 ? one : other).Add(all[i]);
      // As two servers merge.
      one.Add(other);
      if (order == 0) text = one.Text();
      REQUIRE(one.Text() == text);
      std::vector<bool> found(kSize);
      for (const DeliveredPart& part : one.parts()) {
        for (uint64_t at = part.first; at < part.end; ++at) found[at] = true;
      }
      CAPTURE(text);
      REQUIRE(found == expected);
      std::shuffle(all.begin(), all.end(), dice);
    }
  }
}

}  // namespace
}  // namespace audiodl
