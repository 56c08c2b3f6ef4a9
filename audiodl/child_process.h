// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A program that a command runs and exchanges bytes with: a database's own dump and restore. No
// shell is in between. What it says on standard error goes to ours. One thread at a time.

#ifndef AUDIODL_AUDIODL_CHILD_PROCESS_H_
#define AUDIODL_AUDIODL_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class ChildProcess {
 public:
  enum class Talk : unsigned char {
    kRead,   // we read its standard output; its input is empty
    kWrite,  // we write its standard input; what it prints goes to our standard error
    kNone,   // neither
  };

  // `words` are the program, found along PATH, and its arguments. kNotFound: there is no such
  // program.
  static Result<ChildProcess> Start(const std::vector<std::string>& words, Talk talk);

  // One that still runs is killed.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  // Appends at most `bytes` of its output to `out`; fewer only at the end.
  Status Read(size_t bytes, std::string& out);
  // All of it. kUnreachable: it reads no more; Wait() tells why.
  Status Write(std::string_view data);
  // Its input has ended; waits for it. Ok: it ended with 0. Else the text says with what.
  Status Wait();

 private:
  ChildProcess(std::string name, pid_t pid, UniqueFd talk)
      : name_(std::move(name)), pid_(pid), talk_(std::move(talk)) {}

  std::string name_;
  pid_t pid_;  // 0: waited for
  UniqueFd talk_;
};

// From start to end, without talking.
Status RunProgram(const std::vector<std::string>& words);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_CHILD_PROCESS_H_
