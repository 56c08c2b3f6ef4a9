// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/bell_watcher.h"

#include <poll.h>

#include <memory>
#include <vector>

#include "common/fetch/shared_state.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr uint64_t kKey = 42;
constexpr milliseconds kLong{60000};

bool IsOpen(const BellGate& gate, int wait_ms = 0) {
  pollfd polled{gate.fd(), POLLOUT, 0};
  return poll(&polled, 1, wait_ms) == 1 && (polled.revents & POLLOUT) != 0;
}

std::unique_ptr<Doorbells> MakeBells() { return std::make_unique<Doorbells>(); }

TEST_CASE("BellGate: closed it does not poll as writable, opened it does, as often as you like") {
  BellGate gate;
  for (int round = 0; round < 3; ++round) {
    REQUIRE(gate.Close().ok());
    REQUIRE(gate.Close().ok());
    CHECK_FALSE(IsOpen(gate));
    gate.Open();
    CHECK(IsOpen(gate));
  }
}

TEST_CASE("BellWatcher: a gate opens when its bell rings") {
  const auto bells = MakeBells();
  BellGate gate;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  CHECK_FALSE(IsOpen(gate, 20));
  bells->Ring(kKey);
  CHECK(IsOpen(gate, 10000));
}

TEST_CASE("BellWatcher: an error that is posted opens the gate, and so does a ring for all") {
  const auto bells = MakeBells();
  BellGate gate;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  bells->Post(kKey, Code::kNotFound);
  CHECK(IsOpen(gate, 10000));
  REQUIRE(gate.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  bells->RingAll();
  CHECK(IsOpen(gate, 10000));
}

TEST_CASE("BellWatcher: another object's bell opens no gate") {
  const auto bells = MakeBells();
  BellGate gate, other;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  REQUIRE(other.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  REQUIRE(watcher.Watch(other, kKey + 1, bells->Peek(kKey + 1), kLong));
  bells->Ring(kKey + 1);
  CHECK(IsOpen(other, 10000));
  CHECK_FALSE(IsOpen(gate));
}

TEST_CASE("BellWatcher: a gate opens when its time is over") {
  const auto bells = MakeBells();
  BellGate gate;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), milliseconds(10)));
  CHECK(IsOpen(gate, 10000));
}

TEST_CASE("BellWatcher: a bell that has rung already is not waited for") {
  const auto bells = MakeBells();
  BellGate gate;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  const uint32_t seen = bells->Peek(kKey);
  bells->Ring(kKey);
  CHECK_FALSE(watcher.Watch(gate, kKey, seen, kLong));
  CHECK_FALSE(IsOpen(gate));
}

TEST_CASE("BellWatcher: a gate that is forgotten stays closed") {
  const auto bells = MakeBells();
  BellGate gate, control;
  BellWatcher watcher(*bells);
  REQUIRE(gate.Close().ok());
  REQUIRE(control.Close().ok());
  REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  REQUIRE(watcher.Watch(control, kKey, bells->Peek(kKey), kLong));
  watcher.Forget(gate);
  watcher.Forget(gate);
  bells->Ring(kKey);
  CHECK(IsOpen(control, 10000));
  CHECK_FALSE(IsOpen(gate));
}

TEST_CASE("BellWatcher: its end opens what is still watched") {
  const auto bells = MakeBells();
  BellGate gate;
  REQUIRE(gate.Close().ok());
  {
    BellWatcher watcher(*bells);
    REQUIRE(watcher.Watch(gate, kKey, bells->Peek(kKey), kLong));
  }
  CHECK(IsOpen(gate));
}

TEST_CASE("BellWatcher: no ring is missed by many gates in many rounds") {
  const auto bells = MakeBells();
  std::vector<BellGate> gates(64);
  BellWatcher watcher(*bells);
  size_t missed = 0;
  for (int round = 0; round < 50; ++round) {
    for (size_t i = 0; i < gates.size(); ++i) {
      REQUIRE(gates[i].Close().ok());
      // Rings come in between.
      const uint32_t seen = bells->Peek(i);
      if (i % 3 == 0) bells->Ring(i);
      if (!watcher.Watch(gates[i], i, seen, kLong)) gates[i].Open();
    }
    for (size_t i = 0; i < gates.size(); ++i) bells->Ring(i);
    for (const BellGate& gate : gates) missed += IsOpen(gate, 10000) ? 0 : 1;
  }
  CHECK(missed == 0);
}

TEST_CASE("BellWatcher: the more wait, the longer rings may gather, within bounds") {
  CHECK(BellWatcher::Pause(1) < milliseconds(1));
  CHECK(BellWatcher::Pause(50) == microseconds(5000));
  CHECK(BellWatcher::Pause(100000) == milliseconds(10));
}

}  // namespace
}  // namespace audiodl
