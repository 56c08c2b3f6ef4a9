// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/call_threads.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;
using Outcome = CallThreads::Outcome;
using Abandoned = CallThreads::Abandoned;
using Seat = CallThreads::Seat;

constexpr auto kLong = 20s;  // for what is to happen at once, on a machine that is busy

CallThreads::NewSeat PlainSeats() {
  return [] { return std::make_unique<Seat>(); };
}

bool Becomes(const std::atomic<bool>& flag) {
  for (int i = 0; i < 2000 && !flag; ++i) std::this_thread::sleep_for(10ms);
  return flag;
}

// Two connected sockets, of which the second never says anything.
struct Silence {
  Silence() {
    int fds[2];
    // Made on other threads too, where Catch's assertions must not be used.
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
      throw std::runtime_error("socketpair");
    }
    mine.Reset(fds[0]);
    other.Reset(fds[1]);
  }
  UniqueFd mine;
  UniqueFd other;
};

void Poll(int fd) {
  pollfd polled = {fd, POLLIN, 0};
  poll(&polled, 1, -1);
}

// A seat at a silent peer, whose calls can be broken.
struct SilentSeat : Seat {
  // The silence of now: another thread breaks it.
  void Break() override { shutdown(silences[round].mine.get(), SHUT_RDWR); }
  void Wait() { Poll(silences[round].mine.get()); }
  std::array<Silence, 2> silences;
  std::atomic<size_t> round{0};
};

CallThreads::NewSeat SilentSeats() {
  return [] { return std::make_unique<SilentSeat>(); };
}

TEST_CASE("CallThreads: a call is made, and its exception is the caller's") {
  CallThreads threads({.threads = 2}, PlainSeats());
  const auto answer = std::make_shared<int>(0);
  CHECK(threads.Run([answer](Seat&, const Abandoned&) { *answer = 42; }, kLong) == Outcome::kDone);
  CHECK(*answer == 42);
  const auto throwing = [](Seat&, const Abandoned&) { throw std::runtime_error("told"); };
  CHECK_THROWS_WITH(threads.Run(throwing, kLong), "told");
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, kLong) == Outcome::kDone);
}

TEST_CASE("CallThreads: a blocked call is left in time, broken, and its thread free again") {
  const auto told = std::make_shared<std::atomic<bool>>(false);
  CallThreads threads({.threads = 1}, SilentSeats());
  const Outcome outcome = threads.Run(
      [told](Seat& seat, const Abandoned& abandoned) {
        static_cast<SilentSeat&>(seat).Wait();
        *told = abandoned.load();
      },
      100ms);
  CHECK(outcome == Outcome::kOverran);
  CHECK(Becomes(*told));
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, kLong) == Outcome::kDone);
}

TEST_CASE("CallThreads: what blocks again after it was broken is broken by the next caller") {
  CallThreads threads({.threads = 1}, SilentSeats());
  const auto rounds = std::make_shared<std::atomic<int>>(0);
  const auto twice = [rounds](Seat& seat, const Abandoned&) {
    auto& silent = static_cast<SilentSeat&>(seat);
    for (int i = 0; i < 2; ++i) {
      silent.Wait();
      ++*rounds;
      silent.round = 1;
    }
  };
  CHECK(threads.Run(twice, 50ms) == Outcome::kOverran);
  for (int i = 0; i < 2000 && *rounds < 1; ++i) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(50ms);
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, kLong) == Outcome::kDone);
  CHECK(*rounds == 2);
}

TEST_CASE("CallThreads: whoever finds none free waits no longer than it says") {
  const auto silence = std::make_shared<Silence>();
  CallThreads threads({.threads = 1}, PlainSeats());
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  Outcome held = Outcome::kOverran;
  std::thread holder([&] {
    held = threads.Run(
        [silence, begun](Seat&, const Abandoned&) {
          *begun = true;
          Poll(silence->mine.get());
        },
        kLong);
  });
  REQUIRE(Becomes(*begun));
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, 50ms) == Outcome::kNoneFree);
  silence->other.Reset();
  holder.join();
  CHECK(held == Outcome::kDone);
}

TEST_CASE("CallThreads: at a standstill only so many wait") {
  const auto silence = std::make_shared<Silence>();
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  CallThreads threads({.threads = 1, .waiting = 0, .standstill = 50ms}, PlainSeats());
  Outcome held = Outcome::kOverran;
  std::thread holder([&] {
    held = threads.Run(
        [silence, begun](Seat&, const Abandoned&) {
          *begun = true;
          Poll(silence->mine.get());
        },
        kLong);
  });
  REQUIRE(Becomes(*begun));
  std::this_thread::sleep_for(100ms);
  // Would wait for ever: that this returns is the proof.
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, 1h) == Outcome::kNoneFree);
  silence->other.Reset();
  holder.join();
  CHECK(held == Outcome::kDone);
}

TEST_CASE("CallThreads: never more calls at a time than threads") {
  constexpr int kThreads = 3;
  CallThreads threads({.threads = kThreads, .waiting = 1000}, PlainSeats());
  std::atomic<int> now{0}, most{0}, done{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 24; ++i) {
    callers.emplace_back([&] {
      for (int call = 0; call < 50; ++call) {
        const Outcome outcome = threads.Run(
            [&](Seat&, const Abandoned&) {
              const int there = ++now;
              int seen = most;
              while (seen < there && !most.compare_exchange_weak(seen, there)) {
              }
              std::this_thread::yield();
              --now;
            },
            kLong);
        done += outcome == Outcome::kDone;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(done == 24 * 50);
  CHECK(most <= kThreads);
}

struct NamedSeat : SilentSeat {
  explicit NamedSeat(std::atomic<int>& alive) : alive(alive) { ++alive; }
  ~NamedSeat() override { --alive; }
  std::atomic<int>& alive;
};

TEST_CASE("CallThreads: one caller at a time needs one seat, and it goes when it is not needed") {
  std::atomic<int> alive{0};
  CallThreads threads({.threads = 4, .idle_time = 50ms},
                      [&alive] { return std::make_unique<NamedSeat>(alive); });
  std::set<Seat*> seats;
  for (int i = 0; i < 100; ++i) {
    const auto seat = std::make_shared<Seat*>();
    REQUIRE(threads.Run([seat](Seat& it, const Abandoned&) { *seat = &it; }, kLong) ==
            Outcome::kDone);
    seats.insert(*seat);
  }
  // One ended for being idle and was followed by another, if the machine was very busy.
  CHECK(seats.size() <= 3);
  for (int i = 0; i < 2000 && alive > 0; ++i) std::this_thread::sleep_for(10ms);
  CHECK(alive == 0);
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, kLong) == Outcome::kDone);
}

TEST_CASE("CallThreads: stopping breaks what is blocked, and lets nobody in") {
  std::atomic<int> alive{0};
  CallThreads threads({.threads = 2}, [&alive] { return std::make_unique<NamedSeat>(alive); });
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  std::thread holder([&] {
    CHECK(threads.Run(
              [begun](Seat& seat, const Abandoned&) {
                *begun = true;
                static_cast<SilentSeat&>(seat).Wait();
              },
              kLong) == Outcome::kStopped);
  });
  REQUIRE(Becomes(*begun));
  CHECK(threads.Stop(10s));
  holder.join();
  CHECK(alive == 0);
  CHECK(threads.Run([](Seat&, const Abandoned&) {}, kLong) == Outcome::kStopped);
}

}  // namespace
}  // namespace audiodl
