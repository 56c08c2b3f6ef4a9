// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cluster/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "common/base/text.h"
#include "common/base/unique_fd.h"

namespace audiodl {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  static Result<Pipe> Make() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return Status::FromErrno(errno, "pipe2");
    return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
  }
};

// The three that the program knows, and one that tells why it could not be run: it closes itself
// when it is.
struct Pipes {
  Pipe input;
  Pipe output;
  Pipe errors;
  Pipe failure;

  static Result<Pipes> Make() {
    Pipes pipes;
    for (Pipe* pipe : {&pipes.input, &pipes.output, &pipes.errors, &pipes.failure}) {
      Result<Pipe> made = Pipe::Make();
      if (!made.ok()) return made.status();
      *pipe = std::move(made).value();
    }
    return pipes;
  }
};

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// In the child. Never returns.
[[noreturn]] void Become(const Program& program, const Pipes& pipes, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
  dup2(pipes.input.read.get(), STDIN_FILENO);
  dup2(pipes.output.write.get(), STDOUT_FILENO);
  dup2(pipes.errors.write.get(), STDERR_FILENO);
  for (const auto& [name, value] : program.environment) setenv(name.c_str(), value.c_str(), 1);
  const std::vector<char*> argv = Pointers(program.argv);
  execvp(argv[0], argv.data());
  const int error_number = errno;
  (void)!write(pipes.failure.write.get(), &error_number, sizeof error_number);
  _exit(127);
}

// Feeds the program and listens to it until it has closed its output, or its time is over.
class Conversation {
 public:
  Conversation(const Program& program, Pipes& pipes, ProgramOutcome& outcome)
      : input_(program.input), pipes_(pipes), outcome_(outcome) {}

  // False: the time is over.
  bool Hold(Clock::time_point deadline) {
    fcntl(pipes_.input.write.get(), F_SETFL, O_NONBLOCK);
    if (input_.empty()) pipes_.input.write.Reset();
    while (pipes_.output.read.valid() || pipes_.errors.read.valid()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left.count() <= 0) return false;
      // -1 is what poll() ignores.
      std::array<pollfd, 3> fds = {pollfd{pipes_.output.read.get(), POLLIN, 0},
                                   pollfd{pipes_.errors.read.get(), POLLIN, 0},
                                   pollfd{pipes_.input.write.get(), POLLOUT, 0}};
      const auto wait = std::min<std::chrono::milliseconds>(left, std::chrono::seconds(60));
      if (poll(fds.data(), fds.size(), static_cast<int>(wait.count())) <= 0) continue;
      if (fds[0].revents != 0) Take(pipes_.output.read, outcome_.output);
      if (fds[1].revents != 0) Take(pipes_.errors.read, outcome_.errors);
      if (fds[2].revents != 0) Feed();
    }
    return true;
  }

 private:
  static void Take(UniqueFd& fd, std::string& text) {
    std::array<char, 16384> buffer;
    const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) {
      fd.Reset();
      return;
    }
    text.append(buffer.data(), static_cast<size_t>(n));
    if (text.size() > ProgramOutcome::kMaxOutput) {
      text.erase(0, text.size() - ProgramOutcome::kMaxOutput);
    }
  }

  void Feed() {
    const ssize_t n = write(pipes_.input.write.get(), input_.data() + fed_, input_.size() - fed_);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n > 0) fed_ += static_cast<size_t>(n);
    // It does not want more: its own affair.
    if (n < 0 || fed_ == input_.size()) pipes_.input.write.Reset();
  }

  const std::string& input_;
  Pipes& pipes_;
  ProgramOutcome& outcome_;
  size_t fed_ = 0;
};

// A pipe whose reader has gone must not end us.
class SigPipeIgnored {
 public:
  SigPipeIgnored() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~SigPipeIgnored() { std::signal(SIGPIPE, before_); }
  SigPipeIgnored(const SigPipeIgnored&) = delete;
  SigPipeIgnored& operator=(const SigPipeIgnored&) = delete;

 private:
  void (*before_)(int);
};

int ExitCodeOf(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// It may have closed its output and go on: it has until the deadline all the same.
bool WaitUntil(pid_t pid, Clock::time_point deadline, int& wait_status) {
  while (waitpid(pid, &wait_status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

Result<ProgramOutcome> RunProgram(const Program& program) {
  const SigPipeIgnored ignored;
  Result<Pipes> pipes = Pipes::Make();
  if (!pipes.ok()) return pipes.status();
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return Status::FromErrno(errno, "fork");
  if (pid == 0) Become(program, *pipes, parent);
  setpgid(pid, pid);  // whichever of the two comes first
  pipes->input.read.Reset();
  pipes->output.write.Reset();
  pipes->errors.write.Reset();
  pipes->failure.write.Reset();

  int wait_status = 0;
  int error_number = 0;
  if (read(pipes->failure.read.get(), &error_number, sizeof error_number) == sizeof error_number) {
    waitpid(pid, &wait_status, 0);
    return Status::FromErrno(error_number, "run " + program.argv.front());
  }
  ProgramOutcome outcome;
  const Clock::time_point deadline = Clock::now() + program.at_most;
  const bool in_time = Conversation(program, *pipes, outcome).Hold(deadline) &&
                       WaitUntil(pid, deadline, wait_status);
  if (!in_time) {
    outcome.timed_out = true;
    kill(-pid, SIGKILL);
    waitpid(pid, &wait_status, 0);
  }
  outcome.exit_code = ExitCodeOf(wait_status);
  return outcome;
}

std::string LastWords(const ProgramOutcome& outcome) {
  if (outcome.timed_out) return "it took too long and was ended";
  std::string_view text = Trim(outcome.errors);
  if (text.empty()) text = Trim(outcome.output);
  const size_t newline = text.rfind('\n');
  if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  if (text.empty()) return "exit code " + std::to_string(outcome.exit_code);
  return Printable(text, 300);
}

}  // namespace audiodl
