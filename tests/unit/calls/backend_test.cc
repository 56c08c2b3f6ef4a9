// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/backend.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 20s;

struct Rig {
  Rig() { backend.Attach(*counters, 0); }

  Status Answer(const Status& status) {
    return backend.Ask([status](auto&, const auto&) { return status; }, kLong);
  }

  std::unique_ptr<Counters> counters = std::make_unique<Counters>();
  std::vector<std::pair<LogLevel, std::string>> log;
  Backend backend{"the database",
                  {.threads = 1},
                  [] { return std::make_unique<CallThreads::Seat>(); },
                  [this](LogLevel level, std::string_view text) { log.emplace_back(level, text); }};
};

const Status kDown(Code::kUnreachable, "refused");

TEST_CASE("Backend: an answer is an answer, even one that is an error") {
  Rig rig;
  CHECK(rig.Answer(Status::Ok()).ok());
  for (int i = 0; i < 10; ++i) {
    CHECK(rig.Answer(Status(Code::kIo, "no such table")).text() == "no such table");
  }
  CHECK(rig.counters->backends.answered.Get() == 11);
  CHECK_FALSE(rig.counters->breakers[0].is_open());
  CHECK(rig.log.empty());
}

TEST_CASE("Backend: an outage is logged once, answered at once, and its end is logged once") {
  Rig rig;
  for (int i = 0; i < 3; ++i) CHECK(rig.Answer(kDown).code() == Code::kUnreachable);
  CHECK(rig.counters->backends.outages.Get() == 1);
  REQUIRE(rig.log.size() == 3);
  CHECK(rig.log[2].second.find("refused; until it does") == 0);

  bool asked = false;
  for (int i = 0; i < 100 && !asked; ++i) {
    const Status status = rig.backend.Ask(
        [&asked](auto&, const auto&) {
          asked = true;
          return kDown;
        },
        kLong);
    CHECK(status.code() == Code::kUnreachable);
  }
  CHECK(rig.counters->backends.held_off.Get() >= (asked ? 0 : 100));

  // Whoever is let in a second later finds it answering.
  for (int i = 0; i < 2000 && !rig.Answer(Status::Ok()).ok(); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  CHECK_FALSE(rig.counters->breakers[0].is_open());
  CHECK(rig.log.back() == std::pair(LogLevel::kNotice, std::string("the database answers again")));
  int errors = 0;
  for (const auto& [level, text] : rig.log) errors += level == LogLevel::kError;
  CHECK(errors == 3);
}

TEST_CASE("Backend: that none is free is told once, and no outage") {
  Rig rig;
  const auto release = std::make_shared<std::atomic<bool>>(false);
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  std::thread holder([&] {
    const Status status = rig.backend.Ask(
        [release, begun](auto&, const auto&) {
          *begun = true;
          while (!*release) std::this_thread::sleep_for(1ms);
          return Status::Ok();
        },
        kLong);
    CHECK(status.ok());
  });
  for (int i = 0; i < 2000 && !*begun; ++i) std::this_thread::sleep_for(10ms);
  for (int i = 0; i < 5; ++i) {
    const Status status = rig.backend.Ask([](auto&, const auto&) { return Status::Ok(); }, 10ms);
    CHECK(status.code() == Code::kBusy);
  }
  *release = true;
  holder.join();
  CHECK(rig.counters->backends.none_free.Get() == 5);
  CHECK_FALSE(rig.counters->breakers[0].is_open());
  CHECK(rig.log.size() <= 2);  // a minute may have begun meanwhile
  CHECK(rig.log.front().second.find("no connection to the database was free") == 0);
}

TEST_CASE("Backend: a time-out is told as one") {
  Rig rig;
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  const Status status = rig.backend.Ask(
      [ended](auto&, const CallThreads::Abandoned& abandoned) {
        while (!abandoned) std::this_thread::sleep_for(1ms);
        *ended = true;
        return Status::Ok();
      },
      50ms);
  CHECK(status.code() == Code::kUnreachable);
  CHECK(status.text() == "the database did not answer within 50 ms");
  CHECK(rig.counters->backends.timed_out.Get() == 1);
  for (int i = 0; i < 2000 && !*ended; ++i) std::this_thread::sleep_for(10ms);
  CHECK(*ended);
}

}  // namespace
}  // namespace audiodl
