// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace audiodl {
namespace {

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void Duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void OpenNull(int fd) {
    posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDONLY, 0);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

std::string EndOf(int status) {
  if (WIFSIGNALED(status)) {
    return "was killed by signal " + std::to_string(WTERMSIG(status));
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<ChildProcess> ChildProcess::Start(const std::vector<std::string>& words, Talk talk) {
  if (words.empty()) return Status::Invalid("no program is named");
  // Sockets, not pipes: writing to one whose reader is gone can be told to raise no SIGPIPE.
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return Status::FromErrno(errno, "socketpair");
  }
  UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  FileActions actions;
  if (talk == Talk::kWrite) {
    actions.Duplicate(theirs.get(), STDIN_FILENO);
  } else {
    actions.OpenNull(STDIN_FILENO);
  }
  actions.Duplicate(talk == Talk::kRead ? theirs.get() : STDERR_FILENO, STDOUT_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, argv[0], actions.get(), nullptr, argv.data(), environ);
  if (error != 0) return Status::FromErrno(error, words[0]);
  return ChildProcess(words[0], pid, std::move(ours));
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, 0)),
      talk_(std::move(other.talk_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status ChildProcess::Read(size_t bytes, std::string& out) {
  const size_t before = out.size();
  out.resize(before + bytes);
  size_t got = 0;
  while (got < bytes) {
    const ssize_t size = read(talk_.get(), out.data() + before + got, bytes - got);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Status::FromErrno(errno, name_ + ": read");
    if (size == 0) break;
    got += static_cast<size_t>(size);
  }
  out.resize(before + got);
  return Status::Ok();
}

Status ChildProcess::Write(std::string_view data) {
  while (!data.empty()) {
    const ssize_t size = send(talk_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Status(Code::kUnreachable, name_ + " reads no more");
    data.remove_prefix(static_cast<size_t>(size));
  }
  return Status::Ok();
}

Status ChildProcess::Wait() {
  talk_.Reset();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return Status::FromErrno(errno, name_ + ": waitpid");
  }
  pid_ = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Status::Ok();
  return Status(Code::kIo, name_ + " " + EndOf(status));
}

Status RunProgram(const std::vector<std::string>& words) {
  Result<ChildProcess> child = ChildProcess::Start(words, ChildProcess::Talk::kNone);
  return child.ok() ? child->Wait() : child.status();
}

}  // namespace audiodl
