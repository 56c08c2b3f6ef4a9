// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/interests.h"

#include <random>
#include <vector>

#include "common/cache/cache_format.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

constexpr uint64_t kSize = 10 * kBlockBytes - 7;

Want WantOf(uint64_t follower, uint64_t offset, uint64_t length) {
  Want want;
  want.follower = follower;
  want.offset = offset;
  want.length = length;
  return want;
}

std::vector<uint64_t> Wanted(const Interests& interests, uint64_t size) {
  std::vector<uint64_t> blocks;
  for (uint64_t block = 0; block < BlockCount(size); ++block) {
    if (interests.Wants(block)) blocks.push_back(block);
  }
  return blocks;
}

using Blocks = std::vector<uint64_t>;

TEST_CASE(
    "Interests: spans become the blocks they touch, whether they came before the size or after") {
  struct Case {
    uint64_t offset, length;
    Blocks expected;
  };
  const Case cases[] = {
      {0, 1, {0}},
      {0, kBlockBytes, {0}},
      {0, kBlockBytes + 1, {0, 1}},
      {kBlockBytes - 1, 2, {0, 1}},
      {3 * kBlockBytes, 2 * kBlockBytes, {3, 4}},
      {9 * kBlockBytes, Want::kToTheEnd, {9}},
      {kSize - 1, 1, {9}},
      {kSize - 1, Want::kToTheEnd, {9}},
      {kSize, Want::kToTheEnd, {}},
      {UINT64_MAX, Want::kToTheEnd, {}},
      {UINT64_MAX - 5, 10, {}},
      {5, 0, {}},
  };
  for (const Case& c : cases) {
    INFO(c.offset << " " << c.length);
    Interests before, after;
    before.Add(WantOf(1, c.offset, c.length));
    before.SetSize(kSize);
    after.SetSize(kSize);
    after.Add(WantOf(1, c.offset, c.length));
    CHECK(Wanted(before, kSize) == c.expected);
    CHECK(Wanted(after, kSize) == c.expected);
  }
}

TEST_CASE("Interests: before the size is known, whoever asked first comes first") {
  Interests interests;
  CHECK(interests.empty());
  CHECK_FALSE(interests.First());
  interests.Add(WantOf(1, 500, 100));
  interests.Add(WantOf(2, 7, 1));
  interests.Add(WantOf(1, 500, 100));
  REQUIRE(interests.First());
  CHECK(*interests.First() == Interests::Span{500, 600});
  interests.Release(1);
  CHECK(*interests.First() == Interests::Span{7, 8});
  interests.Release(2);
  CHECK_FALSE(interests.First());
  CHECK(interests.empty());
}

TEST_CASE(
    "Interests: what a follower wanted is not wanted when it has gone, unless another one does") {
  Interests interests;
  interests.SetSize(kSize);
  interests.Add(WantOf(1, 0, 3 * kBlockBytes));
  interests.Add(WantOf(2, 2 * kBlockBytes, 2 * kBlockBytes));
  interests.Add(WantOf(1, 7 * kBlockBytes, 1));
  interests.Release(1);
  CHECK(Wanted(interests, kSize) == Blocks{2, 3});
  interests.Release(77);
  CHECK(Wanted(interests, kSize) == Blocks{2, 3});
  interests.Release(2);
  CHECK(Wanted(interests, kSize).empty());
  CHECK(interests.empty());
  CHECK(interests.urgent().empty());
}

TEST_CASE("Interests: another size keeps the wants") {
  Interests interests;
  interests.SetSize(kSize);
  interests.Add(WantOf(1, 3 * kBlockBytes, Want::kToTheEnd));
  interests.SetSize(5 * kBlockBytes);
  CHECK(Wanted(interests, 5 * kBlockBytes) == Blocks{3, 4});
  interests.SetSize(0);
  CHECK(Wanted(interests, 0).empty());
  interests.SetSize(kSize);
  CHECK(Wanted(interests, kSize) == Blocks{3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE(
    "Interests: when the file is gone the wants are in order again, as before the size was known") {
  Interests interests;
  interests.Add(WantOf(1, 3 * kBlockBytes, kBlockBytes));
  interests.SetSize(kSize);
  interests.Add(WantOf(2, 0, 5));
  interests.ForgetSize();
  REQUIRE(interests.First());
  interests.Release(1);
  REQUIRE(interests.First());
  CHECK(*interests.First() == Interests::Span{0, 5});
}

TEST_CASE("Interests: urgent blocks, each once, in the order they were asked for") {
  Interests interests;
  interests.SetSize(kSize);
  interests.Add(WantOf(1, 5 * kBlockBytes + 3, 10));
  interests.Add(WantOf(2, 0, 10));
  interests.Add(WantOf(3, 5 * kBlockBytes, 10));
  CHECK(interests.urgent() == std::deque<uint64_t>{5, 0});
}

TEST_CASE("Interests: what a hostile number of wants costs is bounded") {
  Interests interests;
  interests.SetSize(kMaxObjectBytes);
  for (uint64_t i = 0; i < 5000; ++i) interests.Add(WantOf(i, i * kBlockBytes, 1));
  CHECK(interests.urgent().size() <= 1024);
}

// A reader asks again at each block it has to wait for: that is no new interest.
TEST_CASE("Interests: a thousand followers who come and go cost no more than their number") {
  const uint64_t size = 120 * kBlockBytes;
  Interests interests;
  interests.SetSize(size);
  for (uint64_t block = 0; block < 120; ++block) {
    for (uint64_t follower = 1; follower <= 1000; ++follower) {
      interests.Add(WantOf(follower, block * kBlockBytes, Want::kToTheEnd));
    }
  }
  const auto began = std::chrono::steady_clock::now();
  for (uint64_t follower = 1; follower <= 1000; ++follower) interests.Release(follower);
  // A tenth of a second; with the square of their number it would be minutes.
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
  CHECK(interests.empty());
}

TEST_CASE("Interests: agrees with a plain model over random histories") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    Interests interests;
    interests.SetSize(kSize);
    std::vector<std::vector<bool>> model(4, std::vector<bool>(10));
    for (int step = 0; step < 100; ++step) {
      const uint64_t follower = random() % 4;
      if (random() % 3 == 0) {
        interests.Release(follower);
        model[follower].assign(10, false);
      } else {
        const uint64_t first = random() % 10, count = 1 + random() % 4;
        interests.Add(WantOf(follower, first * kBlockBytes, count * kBlockBytes));
        for (uint64_t b = first; b < std::min<uint64_t>(10, first + count); ++b)
          model[follower][b] = true;
      }
      Blocks expected;
      for (uint64_t block = 0; block < 10; ++block) {
        if (model[0][block] || model[1][block] || model[2][block] || model[3][block])
          expected.push_back(block);
      }
      REQUIRE(Wanted(interests, kSize) == expected);
    }
  }
}

}  // namespace
}  // namespace audiodl
