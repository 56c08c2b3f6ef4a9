// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/program.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using std::chrono::milliseconds;

Program Shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

TEST_CASE("RunProgram: input, output, errors and the exit code") {
  Program program = Shell("cat; echo \"$WHO\" >&2; exit 3");
  program.input = "in";
  program.environment = {{"WHO", "me"}};
  const Result<ProgramOutcome> done = RunProgram(program);
  REQUIRE(done.ok());
  CHECK(done->exit_code == 3);
  CHECK(done->output == "in");
  CHECK(done->errors == "me\n");
  CHECK_FALSE(done->timed_out);
  CHECK(LastWords(*done) == "me");
}

TEST_CASE("RunProgram: a signal is told as a shell does") {
  CHECK(RunProgram(Shell("kill -TERM $$"))->exit_code == 143);
}

TEST_CASE("RunProgram: what is not there is said") {
  CHECK(RunProgram({.argv = {"/no/such/program"}}).status().code() == Code::kNotFound);
  CHECK(RunProgram({.argv = {"no-such-program-anywhere"}}).status().code() == Code::kNotFound);
  CHECK(RunProgram({.argv = {"/"}}).status().code() == Code::kIo);
}

TEST_CASE("RunProgram: much input and much output at once, of which the end is kept") {
  Program program = Shell("cat");
  program.input.assign(1'000'000, 'x');
  program.input.append("end");
  const Result<ProgramOutcome> done = RunProgram(program);
  REQUIRE(done.ok());
  CHECK(done->output.size() == ProgramOutcome::kMaxOutput);
  CHECK(done->output.ends_with("xend"));
}

TEST_CASE("RunProgram: whoever does not read its input does not harm") {
  Program program = Shell("exit 0");
  program.input.assign(1'000'000, 'x');
  CHECK(RunProgram(program)->exit_code == 0);
}

TEST_CASE("RunProgram: what takes too long is ended, with all it has started") {
  Program program = Shell("echo begun; sleep 60 & wait");
  program.at_most = milliseconds(300);
  const Result<ProgramOutcome> done = RunProgram(program);
  REQUIRE(done.ok());
  CHECK(done->timed_out);
  CHECK(done->exit_code == 137);
  CHECK(done->output == "begun\n");
  // One that has closed its output too.
  program = Shell("exec >&- 2>&-; exec sleep 60");
  program.at_most = milliseconds(300);
  CHECK(RunProgram(program)->timed_out);
}

}  // namespace
}  // namespace audiodl
