// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/fill_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "tests/unit/cache/temp_dir.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

const ObjectId kOne = ObjectId::Of("s3://books", "one.mp3");
const ObjectId kTwo = ObjectId::Of("s3://books", "two.mp3");

FillLocks Open(const TempDir& dir) {
  Result<FillLocks> locks = FillLocks::Open(dir.path());
  REQUIRE(locks.ok());
  return std::move(locks).value();
}

TEST_CASE("FillLocks: one holder per object, whoever opened the file") {
  const TempDir dir;
  FillLocks first = Open(dir), second = Open(dir);
  CHECK(first.TryLock(kOne).ok());
  CHECK(second.TryLock(kOne).code() == Code::kBusy);
  CHECK(second.TryLock(kTwo).ok());
  first.Unlock(kOne);
  CHECK(second.TryLock(kOne).ok());
  CHECK(first.TryLock(kOne).code() == Code::kBusy);
}

TEST_CASE("FillLocks: goes with its owner") {
  const TempDir dir;
  FillLocks second = Open(dir);
  {
    FillLocks first = Open(dir);
    REQUIRE(first.TryLock(kOne).ok());
  }
  CHECK(second.TryLock(kOne).ok());
}

// Classic fcntl locks would go here, and two fetchers would fill one object.
TEST_CASE("FillLocks: another descriptor that is closed drops nothing") {
  const TempDir dir;
  FillLocks first = Open(dir), second = Open(dir);
  REQUIRE(first.TryLock(kOne).ok());
  { const FillLocks third = Open(dir); }
  close(open(dir.Of(".audiodl-lock").c_str(), O_RDWR | O_CLOEXEC));
  CHECK(second.TryLock(kOne).code() == Code::kBusy);
}

TEST_CASE("FillLocks: held against another process until that is killed") {
  const TempDir dir;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t holder = fork();
  if (holder == 0) {
    Result<FillLocks> locks = FillLocks::Open(dir.path());
    const bool held = locks.ok() && locks->TryLock(kOne).ok();
    (void)!write(ready[1], held ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  const UniqueFd read_end(ready[0]), write_end(ready[1]);
  char answer = 0;
  REQUIRE(read(read_end.get(), &answer, 1) == 1);
  REQUIRE(answer == 'y');
  FillLocks locks = Open(dir);
  CHECK(locks.TryLock(kOne).code() == Code::kBusy);
  CHECK(locks.TryLock(kTwo).ok());
  kill(holder, SIGKILL);
  REQUIRE(waitpid(holder, nullptr, 0) == holder);
  CHECK(locks.TryLock(kOne).ok());
}

TEST_CASE("FillLocks: a directory that is not there is an error that names the file") {
  const Result<FillLocks> locks = FillLocks::Open("/nonexistent/cache");
  CHECK_FALSE(locks.ok());
  CHECK(locks.status().text().find("/nonexistent/cache/.audiodl-lock") != std::string::npos);
}

}  // namespace
}  // namespace audiodl
