// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/doorbell.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "common/fetch/shared_state.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// Long enough that only a ring can be why a wait ended.
constexpr auto kLong = 20s;
constexpr uint64_t kKey = 0x1234567800000007;
constexpr uint64_t kSameBell = 0x8765432100000007;  // another object of the same bell
constexpr uint64_t kOtherBell = 0x1234567800000008;

std::unique_ptr<Doorbells> MakeBells() { return std::make_unique<Doorbells>(); }

std::chrono::milliseconds TimeOf(const std::function<void()>& action) {
  const auto began = SteadyClock::now();
  action();
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - began);
}

TEST_CASE("Doorbells: a ring since the peek ends the wait before it begins") {
  const auto bells = MakeBells();
  const uint32_t seen = bells->Peek(kKey);
  bells->Ring(kKey);
  CHECK(bells->Peek(kKey) == seen + 1);
  CHECK(TimeOf([&] { bells->Wait(kKey, seen, kLong); }) < 5s);
}

TEST_CASE("Doorbells: without a ring the wait ends with its time") {
  const auto bells = MakeBells();
  CHECK(TimeOf([&] { bells->Wait(kKey, bells->Peek(kKey), 20ms); }) >= 20ms);
  CHECK(TimeOf([&] { bells->Wait(kKey, bells->Peek(kKey), 0ms); }) < 5s);
  CHECK(TimeOf([&] { bells->Wait(kKey, bells->Peek(kKey), -5ms); }) < 5s);
}

TEST_CASE("Doorbells: another bell's ring does not count") {
  const auto bells = MakeBells();
  const uint32_t seen = bells->Peek(kKey);
  bells->Ring(kOtherBell);
  CHECK(bells->Peek(kKey) == seen);
}

TEST_CASE("Doorbells: one ring wakes all threads that wait") {
  const auto bells = MakeBells();
  const uint32_t seen = bells->Peek(kKey);
  std::atomic<int> ready{0};
  const auto waited = TimeOf([&] {
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 8; ++i) {
      waiters.emplace_back([&] {
        ++ready;
        bells->Wait(kKey, seen, kLong);
      });
    }
    while (ready < 8) std::this_thread::yield();
    bells->Ring(kKey);
  });
  CHECK(waited < 10s);
}

// The bell is in memory that both share; private futexes would leave the child asleep.
TEST_CASE("Doorbells: a ring crosses processes, both ways") {
  SharedState* shared = SharedState::Map().value();
  Doorbells& bells = shared->bells;
  const uint32_t child_seen = bells.Peek(kKey), parent_seen = bells.Peek(kOtherBell);
  const pid_t child = fork();
  if (child == 0) {
    const auto began = SteadyClock::now();
    bells.Wait(kKey, child_seen, kLong);
    bells.Ring(kOtherBell);
    _exit(SteadyClock::now() - began < 10s ? 0 : 1);
  }
  bells.Ring(kKey);
  CHECK(TimeOf([&] { bells.Wait(kOtherBell, parent_seen, kLong); }) < 10s);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("Doorbells: RingAll reaches every bell") {
  const auto bells = MakeBells();
  bells->RingAll();
  size_t rung = 0;
  for (uint64_t key = 0; key < Doorbells::kCount; ++key) rung += bells->Peek(key);
  CHECK(rung == Doorbells::kCount);
}

TEST_CASE("Doorbells: errors are seen by those who peeked before, and by nobody else") {
  const auto bells = MakeBells();
  const uint32_t before = bells->Peek(kKey);
  CHECK(bells->ErrorSince(kKey, before) == std::nullopt);
  bells->Post(kKey, Code::kNotFound);
  CHECK(bells->Peek(kKey) == before + 1);
  CHECK(bells->ErrorSince(kKey, before) == Code::kNotFound);
  CHECK(bells->ErrorSince(kKey, bells->Peek(kKey)) == std::nullopt);
  CHECK(bells->ErrorSince(kSameBell, before) == std::nullopt);
  CHECK(bells->ErrorSince(kOtherBell, 0) == std::nullopt);
}

TEST_CASE("Doorbells: every code comes through") {
  const auto bells = MakeBells();
  for (int code = 1; code <= static_cast<int>(Code::kBusy); ++code) {
    const uint32_t seen = bells->Peek(kKey);
    bells->Post(kKey, static_cast<Code>(code));
    CHECK(bells->ErrorSince(kKey, seen) == static_cast<Code>(code));
  }
}

TEST_CASE("Doorbells: the newest of several errors, whatever rings in between") {
  const auto bells = MakeBells();
  const uint32_t first = bells->Peek(kKey);
  bells->Post(kKey, Code::kThrottled);
  const uint32_t second = bells->Peek(kKey);
  bells->Ring(kKey);
  bells->Post(kSameBell, Code::kArchived);
  bells->Post(kKey, Code::kForbidden);
  bells->Ring(kSameBell);
  CHECK(bells->ErrorSince(kKey, first) == Code::kForbidden);
  CHECK(bells->ErrorSince(kKey, second) == Code::kForbidden);
  CHECK(bells->ErrorSince(kSameBell, first) == Code::kArchived);
}

TEST_CASE("Doorbells: many rings after an error do not hide it from who began before") {
  const auto bells = MakeBells();
  const uint32_t seen = bells->Peek(kKey);
  bells->Post(kKey, Code::kThrottled);
  for (int i = 0; i < 1000; ++i) bells->Ring(kKey);
  CHECK(bells->ErrorSince(kKey, seen) == Code::kThrottled);
  CHECK(bells->ErrorSince(kKey, seen + 1) == std::nullopt);
}

// As if it had rung so often. The count is a bell's first word.
void SetCount(Doorbells& bells, uint64_t key, uint32_t count) {
  auto* words = reinterpret_cast<std::atomic<uint32_t>*>(&bells);
  words[key % Doorbells::kCount * (sizeof(Doorbells) / Doorbells::kCount / sizeof *words)] = count;
  REQUIRE(bells.Peek(key) == count);
}

// What an error keeps of the count has fewer bits than the count itself. A busy server rings each
// bell every other second for months.
TEST_CASE("Doorbells: an error of long ago does not look new when the count goes round") {
  const auto bells = MakeBells();
  bells->Post(kKey, Code::kThrottled);
  for (const uint32_t count : {1'000'000u, 9'000'000u, 17'000'000u, 33'000'000u, 130'000'000u}) {
    SetCount(*bells, kKey, count);
    CHECK(bells->ErrorSince(kKey, count) == std::nullopt);
  }
}

TEST_CASE("Doorbells: errors are seen across the wrap of the count and of its kept part") {
  for (const uint32_t count :
       {(1u << 24) - 1, (1u << 28) - 1, (1u << 31) - 1, 0xffffffffu, 0xfffffffeu}) {
    const auto bells = MakeBells();
    SetCount(*bells, kKey, count);
    bells->Post(kKey, Code::kThrottled);
    bells->Ring(kKey);
    bells->Post(kKey, Code::kForbidden);
    CHECK(bells->Peek(kKey) == count + 3);
    CHECK(bells->ErrorSince(kKey, count) == Code::kForbidden);
    CHECK(bells->ErrorSince(kKey, count + 1) == Code::kForbidden);
    CHECK(bells->ErrorSince(kKey, count + 3) == std::nullopt);
  }
}

TEST_CASE("Doorbells: posting beside waiting, none of it lost") {
  const auto bells = MakeBells();
  std::atomic<int> missed{0};
  std::atomic<uint32_t> posted{0}, answered{0};
  {
    std::jthread waiter([&] {
      for (uint32_t i = 0; i < 300; ++i) {
        const uint32_t seen = bells->Peek(kKey);
        posted = i + 1;
        const auto until = SteadyClock::now() + kLong;
        while (!bells->ErrorSince(kKey, seen) && SteadyClock::now() < until) {
          bells->Wait(kKey, bells->Peek(kKey), 50ms);
        }
        missed += bells->ErrorSince(kKey, seen) ? 0 : 1;
        answered = i + 1;
      }
    });
    for (uint32_t i = 0; i < 300; ++i) {
      while (posted != i + 1) std::this_thread::yield();
      bells->Post(kKey, Code::kUnreachable);
      while (answered != i + 1) std::this_thread::yield();
    }
  }
  CHECK(missed == 0);
}

TEST_CASE("Doorbells: fills under way are counted, and forgotten when a fetcher begins") {
  const auto bells = MakeBells();
  CHECK_FALSE(bells->IsFilling(kKey));
  bells->SetFilling(kKey, true);
  bells->SetFilling(kSameBell, true);
  bells->SetFilling(kKey, false);
  CHECK(bells->IsFilling(kKey));
  bells->ForgetFills();
  CHECK_FALSE(bells->IsFilling(kKey));
}

TEST_CASE("Doorbells: two stores with the same object have keys of their own") {
  const ObjectId id = ObjectId::Of("s3://books", "a/b.mp3");
  const std::set<uint64_t> keys = {Doorbells::KeyOf(1, id), Doorbells::KeyOf(2, id),
                                   Doorbells::KeyOf(1, ObjectId::Of("s3://books", "a/c.mp3"))};
  CHECK(keys.size() == 3);
}

}  // namespace
}  // namespace audiodl
