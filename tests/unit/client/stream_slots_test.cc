// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/stream_slots.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using Answer = StreamSlots::Answer;

constexpr uint64_t kCustomer = 1000, kOther = 1001;

// Slots in memory that forked processes share.
class SharedSlots {
 public:
  SharedSlots()
      : memory_(mmap(nullptr, sizeof(StreamSlots), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0)),
        slots_(*new (memory_) StreamSlots) {
    REQUIRE(slots_.Init().ok());
  }
  ~SharedSlots() { munmap(memory_, sizeof(StreamSlots)); }
  SharedSlots(const SharedSlots&) = delete;
  SharedSlots& operator=(const SharedSlots&) = delete;
  StreamSlots* operator->() const { return &slots_; }

 private:
  void* memory_;
  StreamSlots& slots_;
};

// A process that takes so many streams of a customer and is then killed; not reaped.
pid_t KilledHolder(const SharedSlots& slots, uint64_t key, int streams) {
  const uint64_t before = slots->Count(key);
  const pid_t pid = fork();
  if (pid == 0) {
    const ProcessBirth own = ProcessBirth::Own();
    for (int i = 0; i < streams; ++i) (void)slots->Take(key, 1000, own);
    kill(getpid(), SIGKILL);
  }
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
  REQUIRE(slots->Count(key) == before + static_cast<uint64_t>(streams));
  return pid;
}

TEST_CASE("StreamSlots: the limit holds, for each customer alone") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  for (int i = 0; i < 3; ++i) CHECK(slots->Take(kCustomer, 3, own) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 3, own) == Answer::kRefused);
  CHECK(slots->Take(kOther, 3, own) == Answer::kTaken);
  CHECK(slots->Count(kCustomer) == 3);
  slots->Give(kCustomer, own);
  CHECK(slots->Take(kCustomer, 3, own) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 3, own) == Answer::kRefused);
  CHECK(slots->CountAll() == 4);
}

TEST_CASE(
    "StreamSlots: what was given back leaves nothing, a limit that was lowered counts at once") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  for (int i = 0; i < 5; ++i) CHECK(slots->Take(kCustomer, 5, own) == Answer::kTaken);
  slots->Give(kCustomer, own);
  CHECK(slots->Take(kCustomer, 2, own) == Answer::kRefused);
  for (int i = 0; i < 4; ++i) slots->Give(kCustomer, own);
  slots->Give(kCustomer, own);  // once too often is no harm
  CHECK(slots->CountAll() == 0);
}

TEST_CASE("StreamSlots: processes are counted together") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  // Another process that lives: the parent of this one.
  const ProcessBirth other{getppid(), 0};
  CHECK(slots->Take(kCustomer, 2, own) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 2, other) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 2, own) == Answer::kRefused);
  slots->Give(kCustomer, other);
  CHECK(slots->Take(kCustomer, 2, own) == Answer::kTaken);
}

TEST_CASE("StreamSlots: what a killed process held is free for whoever needs it") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  const pid_t killed = KilledHolder(slots, kCustomer, 3);
  CHECK(slots->Take(kCustomer, 4, own) == Answer::kTaken);  // nobody looked yet: 3 + 1
  CHECK(slots->Count(kCustomer) == 4);
  CHECK(slots->Take(kCustomer, 4, own) == Answer::kTaken);
  CHECK(slots->Count(kCustomer) == 2);
  waitpid(killed, nullptr, 0);
}

TEST_CASE("StreamSlots: another process with a dead one's pid does not keep its streams") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  const ProcessBirth earlier{own.pid, own.born - 1};
  CHECK(slots->Take(kCustomer, 1, earlier) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 1, own) == Answer::kTaken);
  CHECK(slots->Count(kCustomer) == 1);
}

TEST_CASE("StreamSlots: a process that was reaped is forgotten everywhere") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  const pid_t killed = KilledHolder(slots, kCustomer, 2);
  CHECK(slots->Take(kOther, 2, {killed, 1}) == Answer::kTaken);
  CHECK(slots->Take(kOther, 2, own) == Answer::kTaken);
  waitpid(killed, nullptr, 0);
  slots->Forget(killed);
  CHECK(slots->Count(kCustomer) == 0);
  CHECK(slots->Count(kOther) == 1);
}

TEST_CASE("StreamSlots: a process killed inside of the lock locks nobody out") {
  const SharedSlots slots;
  std::vector<pid_t> killed;
  for (int round = 0; round < 20; ++round) {
    const pid_t pid = fork();
    if (pid == 0) {
      const ProcessBirth own = ProcessBirth::Own();
      for (;;) {
        if (slots->Take(kCustomer, 1000, own) == Answer::kTaken) slots->Give(kCustomer, own);
      }
    }
    while (slots->Count(kCustomer) == 0) std::this_thread::yield();
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    slots->Forget(pid);
    REQUIRE(slots->Count(kCustomer) == 0);
  }
  CHECK(slots->Take(kCustomer, 1, ProcessBirth::Own()) == Answer::kTaken);
}

TEST_CASE("StreamSlots: a full bucket says so, and the dead make room in it") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  const pid_t killed = KilledHolder(slots, kCustomer, 1);
  for (size_t i = 1; i < StreamSlots::kPerBucket; ++i) {
    CHECK(slots->Take(kCustomer + i * StreamSlots::kBuckets, 1, own) == Answer::kTaken);
  }
  const uint64_t one_more = kCustomer + StreamSlots::kPerBucket * StreamSlots::kBuckets;
  CHECK(slots->Take(one_more, 1, own) == Answer::kTaken);
  CHECK(slots->Take(kCustomer, 1, own) == Answer::kFull);
  CHECK(slots->Take(one_more, 2, own) == Answer::kTaken);  // who is in already may have more
  waitpid(killed, nullptr, 0);
}

TEST_CASE("StreamSlots: many threads never go beyond the limit, nor below") {
  const SharedSlots slots;
  const ProcessBirth own = ProcessBirth::Own();
  constexpr int kLimit = 3;
  std::atomic<int> inside{0}, most{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        if (slots->Take(kCustomer, kLimit, own) != Answer::kTaken) continue;
        const int now = ++inside;
        if (now > kLimit) ++wrong;
        if (now > most) most = now;
        --inside;
        slots->Give(kCustomer, own);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(most >= 1);
  CHECK(slots->CountAll() == 0);
}

}  // namespace
}  // namespace audiodl
