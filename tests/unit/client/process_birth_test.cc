// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/process_birth.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// A process that does nothing, until it is killed and reaped.
class Sleeper {
 public:
  Sleeper() : pid_(fork()) {
    if (pid_ == 0) {
      for (;;) pause();
    }
  }
  ~Sleeper() {
    Kill();
    Reap();
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  pid_t pid() const { return pid_; }
  // It has ended, and is a zombie.
  void Kill() const {
    siginfo_t info;
    if (reaped_) return;
    kill(pid_, SIGKILL);
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void Reap() {
    if (!reaped_) waitpid(pid_, nullptr, 0);
    reaped_ = true;
  }

 private:
  pid_t pid_;
  bool reaped_ = false;
};

std::string StatLine(const std::string& name, const std::string& born) {
  return "123 (" + name + ") S 1 123 123 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 " + born +
         " 4096 1 18446744073709551615\n";
}

TEST_CASE("ProcessFacts: the state and the birth, whatever the name") {
  for (const char* name : {"apache2", "a b", "a) R 1 (b", ")", "((("}) {
    CAPTURE(name);
    const std::optional<ProcessFacts> facts = ProcessFacts::Parse(StatLine(name, "98765"));
    REQUIRE(facts.has_value());
    CHECK(facts->state == 'S');
    CHECK(facts->born == 98765);
  }
  for (const std::string& line : {std::string(), std::string("123 (x)"),
                                  std::string("123 (x) S 1 2 3"), StatLine("x", "?")}) {
    CAPTURE(line);
    CHECK(!ProcessFacts::Parse(line).has_value());
  }
}

TEST_CASE("ProcessBirth: this process lives") {
  const ProcessBirth own = ProcessBirth::Own();
  CHECK(own.pid == getpid());
  CHECK(own.born > 0);
  CHECK(own.IsAlive());
  CHECK(own == ProcessBirth::Own());
}

TEST_CASE("ProcessBirth: a pid that somebody else has now is not the process") {
  const ProcessBirth own = ProcessBirth::Own();
  CHECK(!ProcessBirth{own.pid, own.born + 1}.IsAlive());
  CHECK(ProcessBirth{own.pid, 0}.IsAlive());  // when it was born was not known
}

TEST_CASE("ProcessBirth: who was killed is dead, reaped or not") {
  Sleeper sleeper;
  const ProcessBirth birth{sleeper.pid(), 0};
  CHECK(birth.IsAlive());
  sleeper.Kill();
  CHECK(!birth.IsAlive());
  sleeper.Reap();
  CHECK(!birth.IsAlive());
}

}  // namespace
}  // namespace audiodl
