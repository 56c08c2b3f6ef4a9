// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/process_gauges.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "common/fetch/shared_state.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Slot = ProcessGauges::Slot;

TEST_CASE("ProcessGauges: a process keeps its slot until it is forgotten") {
  const auto gauges = std::make_unique<ProcessGauges>();
  Slot* slot = gauges->Of(100);
  REQUIRE(slot != nullptr);
  slot->fills = 3;
  CHECK(gauges->Of(100) == slot);
  CHECK(gauges->Of(101) != slot);
  // A pid with the same place in the table.
  Slot* other = gauges->Of(100 + static_cast<pid_t>(ProcessGauges::kSlots));
  REQUIRE(other != nullptr);
  other->fills = 4;
  CHECK(gauges->Sum(&Slot::fills) == 7);
  gauges->Forget(100);
  CHECK(gauges->Sum(&Slot::fills) == 4);
  CHECK(gauges->Of(100) == slot);
  CHECK(slot->fills == 0);
}

TEST_CASE("ProcessGauges: nothing is left of a process that is forgotten") {
  const auto gauges = std::make_unique<ProcessGauges>();
  Slot* slot = gauges->Of(100);
  slot->downloads = 2;
  slot->bytes_left = uint64_t{1} << 33;
  CHECK(gauges->Sum(&Slot::downloads) == 2);
  CHECK(gauges->Sum(&Slot::bytes_left) == uint64_t{1} << 33);
  gauges->Forget(100);
  CHECK(gauges->Sum(&Slot::downloads) == 0);
  CHECK(gauges->Sum(&Slot::bytes_left) == 0);
}

TEST_CASE("ProcessGauges: when all slots are taken nobody else is counted") {
  const auto gauges = std::make_unique<ProcessGauges>();
  for (size_t i = 1; i <= ProcessGauges::kSlots; ++i) {
    REQUIRE(gauges->Of(static_cast<pid_t>(i)) != nullptr);
  }
  CHECK(gauges->Of(1 << 20) == nullptr);
  gauges->Forget(77);
  CHECK(gauges->Of(1 << 20) != nullptr);
}

TEST_CASE("ProcessGauges: the threads of one process share a slot") {
  const auto gauges = std::make_unique<ProcessGauges>();
  std::vector<Slot*> slots(8);
  std::vector<std::thread> threads;
  for (Slot*& slot : slots) threads.emplace_back([&] { slot = gauges->Of(4711); });
  for (std::thread& thread : threads) thread.join();
  CHECK(std::set<Slot*>(slots.begin(), slots.end()).size() == 1);
}

TEST_CASE("Waiting: counts while it lives, also when it moves") {
  const auto gauges = std::make_unique<ProcessGauges>();
  std::optional<Waiting> kept;
  {
    Waiting first(*gauges);
    Waiting second(*gauges);
    CHECK(gauges->Sum(&Slot::waiters) == 2);
    kept = std::move(second);
  }
  CHECK(gauges->Sum(&Slot::waiters) == 1);
  *kept = Waiting(*gauges);
  CHECK(gauges->Sum(&Slot::waiters) == 1);
  kept.reset();
  CHECK(gauges->Sum(&Slot::waiters) == 0);
}

TEST_CASE("ProcessGauges: what a killed process was doing is over once it is reaped") {
  const Result<SharedState*> shared = SharedState::Map();
  REQUIRE(shared.ok());
  ProcessGauges& gauges = (*shared)->counters.processes;
  const Waiting ours(gauges);
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Waiting theirs(gauges);
    (void)!write(ready[1], "x", 1);
    for (;;) pause();
  }
  char byte;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK(gauges.Sum(&Slot::waiters) == 2);
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(gauges.Sum(&Slot::waiters) == 2);
  gauges.Forget(child);
  CHECK(gauges.Sum(&Slot::waiters) == 1);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace audiodl
