// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/turn_queue.h"

#include <poll.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

bool IsOpen(const BellGate& gate, int wait_ms = 0) {
  pollfd polled{gate.fd(), POLLOUT, 0};
  return poll(&polled, 1, wait_ms) == 1;
}

std::vector<BellGate> ClosedGates(size_t count) {
  std::vector<BellGate> gates(count);
  for (BellGate& gate : gates) REQUIRE(gate.Close().ok());
  return gates;
}

TEST_CASE("TurnQueue: so many have a turn at once, the others in the order they came") {
  TurnQueue turns(2);
  std::vector<BellGate> gates = ClosedGates(5);
  for (size_t i = 0; i < gates.size(); ++i) CHECK(turns.Take(gates[i]) == (i < 2));
  for (size_t next = 2; next < gates.size(); ++next) {
    CHECK_FALSE(IsOpen(gates[next]));
    turns.Done();
    CHECK(IsOpen(gates[next]));
  }
}

TEST_CASE("TurnQueue: a turn that nobody waits for is free for the next who comes") {
  TurnQueue turns(1);
  std::vector<BellGate> gates = ClosedGates(2);
  for (int round = 0; round < 3; ++round) {
    CHECK(turns.Take(gates[0]));
    turns.Done();
  }
  CHECK(turns.Take(gates[1]));
  CHECK_FALSE(turns.Take(gates[0]));
}

TEST_CASE("TurnQueue: whoever leaves the queue is passed over") {
  TurnQueue turns(1);
  std::vector<BellGate> gates = ClosedGates(3);
  REQUIRE(turns.Take(gates[0]));
  REQUIRE_FALSE(turns.Take(gates[1]));
  REQUIRE_FALSE(turns.Take(gates[2]));
  CHECK_FALSE(turns.Leave(gates[1]));
  turns.Done();
  CHECK(IsOpen(gates[2]));
  CHECK_FALSE(IsOpen(gates[1]));
}

TEST_CASE("TurnQueue: whoever leaves after the turn came is told, and hands it on") {
  TurnQueue turns(1);
  std::vector<BellGate> gates = ClosedGates(3);
  REQUIRE(turns.Take(gates[0]));
  REQUIRE_FALSE(turns.Take(gates[1]));
  turns.Done();
  CHECK(turns.Leave(gates[1]));
  REQUIRE_FALSE(turns.Take(gates[2]));
  turns.Done();
  CHECK(IsOpen(gates[2]));
}

TEST_CASE("TurnQueue: under many threads there are never more turns, and none gets lost") {
  constexpr int kThreads = 8, kRounds = 500, kTurns = 3;
  TurnQueue turns(kTurns);
  std::atomic<int> now{0}, most{0}, missed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      BellGate gate;
      for (int round = 0; round < kRounds; ++round) {
        if (!gate.Close().ok()) ++missed;
        if (!turns.Take(gate) && !IsOpen(gate, 60000)) ++missed;
        const int together = ++now;
        for (int seen = most; together > seen && !most.compare_exchange_weak(seen, together);) {
        }
        --now;
        turns.Done();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(missed == 0);
  CHECK(most >= 1);
  CHECK(most <= kTurns);
}

}  // namespace
}  // namespace audiodl
