// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/counters.h"

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "common/fetch/shared_state.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("CountAnswer: every status has its place") {
  const std::pair<int, Count OriginAnswers::*> rows[] = {
      {0, &OriginAnswers::no_answer},
      {200, &OriginAnswers::ok},
      {206, &OriginAnswers::ok},
      {301, &OriginAnswers::other},
      {400, &OriginAnswers::other},
      {401, &OriginAnswers::forbidden},
      {403, &OriginAnswers::forbidden},
      {404, &OriginAnswers::not_found},
      {412, &OriginAnswers::precondition_failed},
      {416, &OriginAnswers::range_refused},
      {429, &OriginAnswers::throttled},
      {500, &OriginAnswers::server_error},
      {502, &OriginAnswers::server_error},
      {503, &OriginAnswers::throttled},
  };
  for (const auto& [http_status, expected] : rows) {
    CAPTURE(http_status);
    OriginAnswers answers;
    CountAnswer(answers, http_status);
    CHECK((answers.*expected).Get() == 1);
  }
}

TEST_CASE("FetcherCounters: each code has a place of its own") {
  FetcherCounters fetcher;
  for (size_t code = 1; code <= FetcherCounters::kFailures; ++code) {
    CHECK(CodeName(Code(code)) != "unknown");
    fetcher.FailedFills(Code(code)).Add(code);
  }
  for (size_t code = 1; code <= FetcherCounters::kFailures; ++code) {
    CHECK(fetcher.FailedFills(Code(code)).Get() == code);
  }
  // A new code needs a larger array.
  CHECK(CodeName(Code(FetcherCounters::kFailures + 1)) == "unknown");
}

TEST_CASE("Counters: workers and the fetcher never write to one cache line") {
  const auto counters = std::make_unique<Counters>();
  const auto line = [](const void* place) { return reinterpret_cast<uintptr_t>(place) / 64; };
  const auto last_byte = [](const auto& part) {
    return reinterpret_cast<const std::byte*>(&part) + sizeof part - 1;
  };
  CHECK(line(last_byte(counters->workers)) < line(&counters->fetcher));
  CHECK(line(last_byte(counters->fetcher)) < line(&counters->processes));
}

TEST_CASE("Counters: many threads lose nothing") {
  const Result<SharedState*> shared = SharedState::Map();
  REQUIRE(shared.ok());
  Count& hits = (*shared)->counters.workers.hits;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&hits] {
      for (int n = 0; n < 10000; ++n) hits.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(hits.Get() == 40000);
}

}  // namespace
}  // namespace audiodl
