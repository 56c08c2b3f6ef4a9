// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/drain_watch.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const DrainWatch::Time kBegin{seconds(1000)};
constexpr uint64_t kMegabyte = 1 << 20;

TEST_CASE("DrainWatch: rate and time left from what goes") {
  DrainWatch watch(milliseconds(0));
  for (int second = 0; second <= 4; ++second) {
    watch.Take({3, (20 - 2 * static_cast<uint64_t>(second)) * kMegabyte}, kBegin + seconds(second));
  }
  CHECK(watch.bytes_per_second() == 2 * kMegabyte);
  CHECK(watch.time_left() == seconds(6));
  CHECK(watch.Text() == "3 downloads, 12.0 MB left, 2.0 MB/s, 6 s");
  CHECK_FALSE(watch.is_empty());
}

TEST_CASE("DrainWatch: a download that begins is no step back") {
  DrainWatch watch(milliseconds(0));
  watch.Take({1, 10 * kMegabyte}, kBegin);
  watch.Take({1, 9 * kMegabyte}, kBegin + seconds(1));
  watch.Take({2, 29 * kMegabyte}, kBegin + seconds(2));
  watch.Take({2, 27 * kMegabyte}, kBegin + seconds(3));
  CHECK(watch.bytes_per_second() == kMegabyte);
  CHECK(watch.time_left() == seconds(27));
}

TEST_CASE("DrainWatch: at first, and at a standstill, nobody knows how long") {
  DrainWatch watch(milliseconds(0));
  watch.Take({1, kMegabyte}, kBegin);
  CHECK_FALSE(watch.bytes_per_second().has_value());
  CHECK(watch.Text() == "1 download, 1.0 MB left");
  for (int second = 1; second < 30; ++second) {
    watch.Take({1, kMegabyte}, kBegin + seconds(second));
  }
  CHECK(watch.bytes_per_second() == 0);
  CHECK_FALSE(watch.time_left().has_value());
}

TEST_CASE("DrainWatch: empty is what was empty for a while") {
  DrainWatch watch(seconds(5));
  watch.Take({0, 0}, kBegin);
  CHECK_FALSE(watch.is_empty());
  watch.Take({0, 0}, kBegin + seconds(4));
  CHECK_FALSE(watch.is_empty());
  watch.Take({1, 5}, kBegin + seconds(5));
  watch.Take({0, 0}, kBegin + seconds(6));
  CHECK_FALSE(watch.is_empty());
  watch.Take({0, 0}, kBegin + seconds(11));
  CHECK(watch.is_empty());
  CHECK(watch.Text() == "0 downloads");
  DrainWatch at_once(milliseconds(0));
  at_once.Take({0, 0}, kBegin);
  CHECK(at_once.is_empty());
}

}  // namespace
}  // namespace audiodl
