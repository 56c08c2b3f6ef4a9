// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/patient_poll.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Clock = PatientPoll::Clock;

// Two ends of a connection, of which ours does not block.
struct Pair {
  Pair() {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    ours = UniqueFd(fds[0]);
    theirs = UniqueFd(fds[1]);
  }
  void Fill() const {
    const std::vector<char> bytes(65536);
    while (send(ours.get(), bytes.data(), bytes.size(), 0) > 0) {
    }
  }
  void Empty() const {
    std::array<char, 65536> bytes;
    while (recv(theirs.get(), bytes.data(), bytes.size(), 0) > 0) {
    }
  }
  UniqueFd ours, theirs;
};

bool IsReadable(const PatientPoll& poll_fd, milliseconds at_most) {
  pollfd polled{poll_fd.fd(), POLLIN, 0};
  return poll(&polled, 1, static_cast<int>(at_most.count())) == 1;
}

TEST_CASE("PatientPoll: readable while the socket is writable") {
  const Pair pair;
  PatientPoll poll;
  REQUIRE(poll.Open(pair.ours.get(), hours(1), Clock::now()).ok());
  CHECK(IsReadable(poll, milliseconds(0)));
  pair.Fill();
  CHECK(!IsReadable(poll, milliseconds(0)));
  pair.Empty();
  CHECK(IsReadable(poll, milliseconds(5000)));
  CHECK(!poll.TookTick(Clock::now()));
}

TEST_CASE("PatientPoll: readable when the other end has gone") {
  Pair pair;
  PatientPoll poll;
  pair.Fill();
  REQUIRE(poll.Open(pair.ours.get(), hours(1), Clock::now()).ok());
  CHECK(!IsReadable(poll, milliseconds(0)));
  pair.theirs.Reset();
  CHECK(IsReadable(poll, milliseconds(5000)));
}

TEST_CASE("PatientPoll: readable at each tick, and no more once it was taken") {
  const Pair pair;
  pair.Fill();
  constexpr milliseconds kTick{50};
  const Clock::time_point begin = Clock::now();
  PatientPoll poll;
  REQUIRE(poll.Open(pair.ours.get(), kTick, begin).ok());
  CHECK(!poll.TookTick(begin));
  for (int tick = 1; tick <= 3; ++tick) {
    REQUIRE(IsReadable(poll, milliseconds(5000)));
    CHECK(Clock::now() >= begin + tick * kTick);
    CHECK(poll.TookTick(Clock::now()));
  }
}

TEST_CASE("PatientPoll: ticks that nobody took in time are one") {
  const Pair pair;
  pair.Fill();
  constexpr milliseconds kTick{20};
  PatientPoll poll;
  REQUIRE(poll.Open(pair.ours.get(), kTick, Clock::now()).ok());
  (void)::poll(nullptr, 0, 90);
  CHECK(poll.TookTick(Clock::now()));
  // However late that was, each later one is seen when it comes: none leaves the descriptor
  // readable.
  for (int tick = 0; tick < 3; ++tick) {
    REQUIRE(IsReadable(poll, milliseconds(5000)));
    CHECK(poll.TookTick(Clock::now()));
  }
}

TEST_CASE("PatientPoll: what cannot be polled is told") {
  PatientPoll poll;
  CHECK(!poll.Open(-1, milliseconds(50), Clock::now()).ok());
  CHECK(!poll.is_open());
}

}  // namespace
}  // namespace audiodl
