// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/control_server.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "common/fetch/control_address.h"
#include "common/fetch/control_protocol.h"

namespace audiodl {
namespace {

constexpr char kNewName[] = ".audiodl-control.new";
constexpr int kBacklog = 16;
// Connections that have not asked yet. More than that, and the oldest goes.
constexpr size_t kMaxClients = 16;
constexpr size_t kEventsPerTurn = 8;

// Listens under a name of its own first, then moves it to where it is looked for: at no moment does
// the well-known name lead nowhere. Two fetchers that do so at once (two restarts in a row) take
// turns; the kernel ends the turn of one that dies in it.
Result<UniqueFd> ListenIn(const std::string& cache_dir) {
  const UniqueFd directory(open(cache_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return Status::FromErrno(errno, "open " + cache_dir);
  if (flock(directory.get(), LOCK_EX) != 0) return Status::FromErrno(errno, "flock " + cache_dir);
  UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return Status::FromErrno(errno, "socket");
  // Linux makes the socket's file with the mode that the descriptor has before bind(2); the
  // process's umask is every thread's and is left alone.
  if (fchmod(fd.get(), 0600) != 0) return Status::FromErrno(errno, "fchmod of a socket");
  unlinkat(directory.get(), kNewName, 0);
  const ControlAddress address(directory.get(), kNewName);
  if (bind(fd.get(), address.get(), ControlAddress::size()) != 0 ||
      listen(fd.get(), kBacklog) != 0 ||
      renameat(directory.get(), kNewName, directory.get(), kControlName) != 0) {
    return Status::FromErrno(errno, "listen at " + cache_dir + "/" + kControlName);
  }
  return fd;
}

bool IsOperator(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid();
}

}  // namespace

struct ControlServer::Socket {
  UniqueFd fd;
  std::string cache_dir;
  bool listens = false;
};

ControlServer::ControlServer(LogSink log)
    : log_(std::move(log)), poll_(epoll_create1(EPOLL_CLOEXEC)) {}
ControlServer::~ControlServer() = default;

void ControlServer::Handle(std::string command, ControlHandler handler) {
  handlers_.insert_or_assign(std::move(command), std::move(handler));
}

Status ControlServer::Listen(const std::string& cache_dir) {
  Result<UniqueFd> fd = ListenIn(cache_dir);
  if (!fd.ok()) return fd.status();
  return Watch(std::move(fd).value(), cache_dir, true);
}

Status ControlServer::Watch(UniqueFd fd, const std::string& cache_dir, bool listens) {
  Socket& socket = sockets_.emplace_back(Socket{std::move(fd), cache_dir, listens});
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &socket;
  if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, socket.fd.get(), &event) == 0) return Status::Ok();
  const int error_number = errno;
  sockets_.pop_back();
  return Status::FromErrno(error_number, "epoll_ctl");
}

void ControlServer::Serve() {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 0);
  // Answering removes no socket but the one answered. Accepting may remove the oldest one, so only
  // one is accepted in a turn, last: the others stay readable.
  const Socket* listener = nullptr;
  for (int i = 0; i < count; ++i) {
    const Socket& socket = *static_cast<const Socket*>(events[static_cast<size_t>(i)].data.ptr);
    if (socket.listens) {
      listener = &socket;
    } else {
      Answer(socket);
    }
  }
  if (listener != nullptr) Accept(*listener);
}

void ControlServer::Accept(const Socket& listener) {
  UniqueFd fd(accept4(listener.fd.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.valid()) return;
  if (!IsOperator(fd.get())) {
    log_(LogLevel::kWarning, "a user other than root and the server's own asked at " +
                                 listener.cache_dir + "/" + kControlName + " and was refused");
    return;
  }
  const auto is_client = [](const Socket& socket) { return !socket.listens; };
  if (std::count_if(sockets_.begin(), sockets_.end(), is_client) >= std::ptrdiff_t{kMaxClients}) {
    Drop(*std::find_if(sockets_.begin(), sockets_.end(), is_client));
  }
  const Status status = Watch(std::move(fd), listener.cache_dir, false);
  if (!status.ok()) log_(LogLevel::kWarning, status.text());
}

void ControlServer::Answer(const Socket& client) {
  std::array<char, kMaxControlRequest> buffer;
  // MSG_TRUNC: the true length is told, also of what does not fit.
  const ssize_t n = recv(client.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (n > 0) {
    const size_t length = static_cast<size_t>(n);
    const Result<std::string> answer = length <= buffer.size()
                                           ? Run({buffer.data(), length}, client.cache_dir)
                                           : Status::Invalid("the request is too long");
    const std::string reply = EncodeControlReply(answer);
    (void)send(client.fd.get(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  Drop(client);
}

Result<std::string> ControlServer::Run(std::string_view datagram,
                                       const std::string& cache_dir) const {
  const Result<ControlCall> call = DecodeControlCall(datagram);
  if (!call.ok()) return call.status();
  const auto handler = handlers_.find(call->command);
  if (handler == handlers_.end()) {
    return Status::Invalid("this fetcher knows no command " + call->command);
  }
  return handler->second(ControlRequest{call->arguments, cache_dir});
}

// Closing the descriptor takes it out of the epoll set, as nobody shares it.
void ControlServer::Drop(const Socket& client) {
  sockets_.remove_if([&client](const Socket& socket) { return &socket == &client; });
}

}  // namespace audiodl
