// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/fake_http_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

void Demand(bool worked, const char* what) {
  if (!worked) throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd Listen() {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Demand(fd.valid(), "socket");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Demand(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
  Demand(listen(fd.get(), 64) == 0, "listen");
  return fd;
}

int PortOf(int fd) {
  sockaddr_in address = {};
  socklen_t size = sizeof address;
  Demand(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

std::string TakeUntil(std::string& text, const std::string& separator) {
  const size_t at = text.find(separator);
  const std::string head = text.substr(0, at);
  text.erase(0, at == std::string::npos ? at : at + separator.size());
  return head;
}

FakeRequest ParseHead(std::string head) {
  FakeRequest request;
  std::string first = TakeUntil(head, "\r\n");
  request.method = TakeUntil(first, " ");
  request.target = TakeUntil(first, " ");
  while (!head.empty()) {
    std::string line = TakeUntil(head, "\r\n");
    const std::string name = ToLower(TakeUntil(line, ":"));
    request.headers[name] = std::string(Trim(line));
  }
  return request;
}

// None: not all of it has come.
std::optional<FakeRequest> ParseRequest(const std::string& text) {
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  FakeRequest request = ParseHead(text.substr(0, end));
  request.body = text.substr(end + 4);
  const uint64_t length = ParseDecimal(request.headers["content-length"]).value_or(0);
  if (request.body.size() < length) return std::nullopt;
  return request;
}

std::string Bytes(const FakeReply& reply, const std::string& method) {
  const size_t missing = reply.ending == FakeReply::Ending::kCut ? 1 : 0;
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Fake\r\nConnection: close\r\n";
  for (const std::string& header : reply.headers) text += header + "\r\n";
  text += "Content-Length: " + std::to_string(reply.body.size() + missing) + "\r\n\r\n";
  return method == "HEAD" ? text : text + reply.body;
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

}  // namespace

FakeHttpServer::FakeHttpServer(Handler handler)
    : handler_(std::move(handler)), listener_(Listen()), stop_(eventfd(0, EFD_CLOEXEC)) {
  Demand(stop_.valid(), "eventfd");
  url_ = "http://127.0.0.1:" + std::to_string(PortOf(listener_.get()));
  acceptor_ = std::jthread([this] { Accept(); });
}

FakeHttpServer::~FakeHttpServer() {
  eventfd_write(stop_.get(), 1);
  acceptor_.join();
  clients_.clear();
}

std::vector<FakeRequest> FakeHttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool FakeHttpServer::WaitForRequests(size_t count) const {
  std::unique_lock lock(mutex_);
  return arrived_.wait_until(lock, std::chrono::system_clock::now() + std::chrono::minutes(1),
                             [&] { return requests_.size() >= count; });
}

void FakeHttpServer::Accept() {
  while (Readable(listener_.get())) {
    const int client = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) clients_.emplace_back([this, client] { Serve(client); });
  }
}

bool FakeHttpServer::Readable(int client) const {
  pollfd wanted[] = {{client, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (poll(wanted, 2, -1) < 0 && errno == EINTR) {
  }
  return wanted[1].revents == 0;
}

void FakeHttpServer::Serve(int client) {
  const UniqueFd fd(client);
  std::string text;
  char buffer[4096];
  std::optional<FakeRequest> request;
  while (!request) {
    if (!Readable(client)) return;
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    text.append(buffer, static_cast<size_t>(got));
    request = ParseRequest(text);
  }
  const FakeReply reply = Answer(*request);
  if (reply.ending == FakeReply::Ending::kHang) {
    Readable(client);
    return;
  }
  SendAll(client, Bytes(reply, request->method));
}

FakeReply FakeHttpServer::Answer(const FakeRequest& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  FakeReply reply = handler_(request);
  arrived_.notify_all();
  return reply;
}

}  // namespace audiodl
