// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/fetch/fake_origin_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

void Demand(bool worked, const char* what) {
  if (!worked) throw std::system_error(errno, std::generic_category(), what);
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// What was sent before still arrives; then the peer sees a reset instead of an end.
void Reset(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

std::string FakeOriginRequest::Header(std::string_view lower_case_name) const {
  const std::string lower = ToLower(head);
  const std::string name = "\r\n" + std::string(lower_case_name) + ":";
  const size_t at = lower.find(name);
  if (at == std::string::npos) return {};
  const size_t begin = at + name.size();
  return std::string(Trim(std::string_view(head).substr(begin, head.find("\r\n", begin) - begin)));
}

FakeOriginServer::FakeOriginServer(Handler handler)
    : handler_(std::move(handler)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  Demand(listener_.valid() && stop_.valid(), "socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  sockaddr* const any = reinterpret_cast<sockaddr*>(&address);
  Demand(bind(listener_.get(), any, size) == 0, "bind");
  Demand(listen(listener_.get(), 64) == 0, "listen");
  Demand(getsockname(listener_.get(), any, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { Accept(); });
}

FakeOriginServer::~FakeOriginServer() {
  eventfd_write(stop_.get(), 1);
  acceptor_.join();
  clients_.clear();
}

std::vector<FakeOriginRequest> FakeOriginServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeOriginServer::Accept() {
  for (int number = 0; Readable(listener_.get()); ++number) {
    const int client = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) clients_.emplace_back([this, client, number] { Serve(client, number); });
  }
}

bool FakeOriginServer::Readable(int fd) const {
  pollfd wanted[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (poll(wanted, 2, -1) < 0 && errno == EINTR) {
  }
  return wanted[1].revents == 0;
}

void FakeOriginServer::Serve(int client, int number) {
  const UniqueFd fd(client);
  std::string text;
  char buffer[4096];
  for (;;) {
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) {
      if (!Readable(client)) return;
      const ssize_t got = recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      text.append(buffer, static_cast<size_t>(got));
      continue;
    }
    FakeOriginRequest request;
    request.head = text.substr(0, end + 4);
    request.method = text.substr(0, text.find(' '));
    const size_t target = request.method.size() + 1;
    request.target = text.substr(target, text.find(' ', target) - target);
    request.connection = number;
    text.erase(0, end + 4);
    if (!Answer(client, std::move(request))) return;
  }
}

bool FakeOriginServer::Answer(int client, FakeOriginRequest request) {
  FakeOriginReply reply;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    reply = handler_(request);
  }
  SendAll(client, reply.bytes);
  switch (reply.ending) {
    case FakeOriginReply::Ending::kKeep:
      return true;
    case FakeOriginReply::Ending::kClose:
      return false;
    case FakeOriginReply::Ending::kReset:
      Reset(client);
      return false;
    case FakeOriginReply::Ending::kHang:
      Readable(client);
      return false;
  }
  return false;
}

}  // namespace audiodl
