// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/health/health_board.h"

#include <memory>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const HealthBoard::Time kNow{seconds(1000)};

TEST_CASE("HealthBoard: interest ends some time after the last question") {
  HealthBoard board;
  CHECK_FALSE(board.AskedLately(kNow));
  board.NoteAsked(kNow);
  CHECK(board.AskedLately(kNow + seconds(59)));
  CHECK_FALSE(board.AskedLately(kNow + seconds(60)));
  board.NoteAsked(kNow + seconds(50));
  CHECK(board.AskedLately(kNow + seconds(100)));
}

TEST_CASE("HealthBoard: the fetcher's silence") {
  HealthBoard board;
  CHECK_FALSE(board.FetcherSilence(kNow).has_value());
  board.Beat(kNow);
  CHECK(board.FetcherSilence(kNow + milliseconds(700)) == milliseconds(700));
  board.Beat(kNow + seconds(3));
  CHECK(board.FetcherSilence(kNow + seconds(3)) == milliseconds(0));
}

TEST_CASE("HealthBoard: each store has a slot, and one too many has none") {
  HealthBoard board;
  CHECK(board.FindOrigin(1) == nullptr);
  for (uint64_t store = 1; store <= HealthBoard::kOrigins; ++store) {
    Breaker* const origin = board.OriginOf(store);
    REQUIRE(origin != nullptr);
    CHECK(board.OriginOf(store) == origin);
    CHECK(board.FindOrigin(store) == origin);
  }
  CHECK(board.OriginOf(99) == nullptr);
  CHECK(board.FindOrigin(99) == nullptr);
}

TEST_CASE("Breaker: its state is known without asking") {
  using enum Breaker::State;
  Breaker breaker;
  CHECK(breaker.state() == kUnknown);
  breaker.Failed(kNow);
  CHECK(breaker.state() == kFailing);
  breaker.Succeeded();
  CHECK(breaker.state() == kAnswers);
  for (uint32_t i = 0; i < Breaker::kFailuresToOpen; ++i) breaker.Failed(kNow);
  CHECK(breaker.state() == kOpen);
  breaker.Succeeded();
  CHECK(breaker.state() == kAnswers);
}

}  // namespace
}  // namespace audiodl
