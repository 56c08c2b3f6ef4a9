// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/entitlement/question_locks.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;

QuestionLocks& Locks() {
  const Result<QuestionLocks*> locks = QuestionLocks::Map();
  REQUIRE(locks.ok());
  return **locks;
}

const DecisionKey kKey = DecisionKeyFor("", "session", "book");
const DecisionKey kOther = DecisionKeyFor("", "session", "other");

TEST_CASE("QuestionLocks: one turn at a time for a key, another key does not wait") {
  QuestionLocks& locks = Locks();
  QuestionLocks::Turn first(locks, kKey, 10s);
  REQUIRE(first.mine());
  bool second_was_mine = true;
  bool other_was_mine = false;
  std::thread([&] {
    second_was_mine = QuestionLocks::Turn(locks, kKey, 20ms).mine();
    other_was_mine = QuestionLocks::Turn(locks, kOther, 10s).mine();
  }).join();
  CHECK_FALSE(second_was_mine);
  CHECK(other_was_mine);
}

TEST_CASE("QuestionLocks: who waited shares the failure, who comes later does not") {
  QuestionLocks& locks = Locks();
  std::atomic<bool> waiting = false;
  bool shared = false;
  std::thread waiter;
  {
    QuestionLocks::Turn first(locks, kKey, 10s);
    waiter = std::thread([&] {
      waiting = true;
      const QuestionLocks::Turn second(locks, kKey, 10s);
      shared = second.mine() && second.failed_meanwhile();
    });
    while (!waiting) std::this_thread::yield();
    std::this_thread::sleep_for(50ms);  // until it has begun to wait
    first.NoteFailure();
  }
  waiter.join();
  CHECK(shared);
  CHECK_FALSE(QuestionLocks::Turn(locks, kKey, 10s).failed_meanwhile());
}

TEST_CASE("QuestionLocks: a process that is killed in its turn hands it on") {
  QuestionLocks& locks = Locks();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const QuestionLocks::Turn turn(locks, kKey, 10s);
    _exit(turn.mine() ? 7 : 1);  // without unlocking, as if killed
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WEXITSTATUS(status) == 7);
  CHECK(QuestionLocks::Turn(locks, kKey, 10s).mine());
  CHECK(QuestionLocks::Turn(locks, kKey, 10s).mine());
}

}  // namespace
}  // namespace audiodl
