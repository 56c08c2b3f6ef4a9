// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Runs another program to its end: no shell, a time limit, its output caught.
//
//   Result<ProgramOutcome> done = RunProgram({.argv = {"nsupdate", "-v"}, .input = script});
//   if (done.ok() && done->exit_code == 0) ...
//
// The program is in a process group of its own, which is killed when its time is over, and it gets
// a SIGTERM when this process dies. One thread, as it forks.

#ifndef AUDIODL_COMMON_CLUSTER_PROGRAM_H_
#define AUDIODL_COMMON_CLUSTER_PROGRAM_H_

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace audiodl {

struct Program {
  std::vector<std::string> argv;  // argv[0] is looked for in PATH
  std::string input = {};
  // Added to this process's own.
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::chrono::milliseconds at_most = std::chrono::minutes(1);
};

struct ProgramOutcome {
  static constexpr size_t kMaxOutput = size_t{64} * 1024;

  // As a shell has it: 128 + N after signal N.
  int exit_code = 0;
  bool timed_out = false;
  // The last kMaxOutput bytes of each.
  std::string output;
  std::string errors;
};

// kNotFound: there is no such program. kIo: it cannot be run. REQUIRES: argv is not empty.
Result<ProgramOutcome> RunProgram(const Program& program);

// Why a program failed, in a line: its last words, or its exit code where it said nothing.
std::string LastWords(const ProgramOutcome& outcome);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLUSTER_PROGRAM_H_
