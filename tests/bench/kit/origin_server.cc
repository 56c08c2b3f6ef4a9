// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/origin_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "tests/bench/kit/options.h"
#include "tests/bench/kit/pacer.h"

namespace audiodl::bench {
namespace {

constexpr size_t kMostHead = 64 << 10;
// One connection's turn; more would make the others wait.
constexpr uint64_t kTurnBytes = 1 << 20;

UniqueFd ListenOn(uint16_t port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    Die("cannot listen on port " + std::to_string(port));
  }
  return fd;
}

double Argument(const std::string& query, const std::string& name) {
  const size_t at = query.find(name + "=");
  double value = 0;
  if (at == std::string::npos) return value;
  std::from_chars(query.data() + at + name.size() + 1, query.data() + query.size(), value);
  return value;
}

Clock::duration Latency(const OriginPace& pace) {
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(pace.latency_seconds));
}

}  // namespace

struct OriginServer::Session {
  UniqueFd fd;
  std::string received;
  S3Request request;
  S3Reply reply;
  size_t head_sent = 0;
  Pacer pacer{0, {}};
  PathCounters* counted = nullptr;  // where this reply's bytes are counted
  Clock::time_point due = Clock::time_point::max();
};

OriginServer::OriginServer(uint16_t port, const ObjectStore& store, OriginPace pace)
    : store_(store), pace_(pace), listener_(ListenOn(port)) {
  (void)std::signal(SIGPIPE, SIG_IGN);  // sendfile(2) knows no MSG_NOSIGNAL
  poller_.Set(listener_.get(), EPOLLIN, nullptr);
}

OriginServer::~OriginServer() = default;

void OriginServer::Run() {
  for (;;) {
    const auto next = due_.empty() ? Clock::now() + std::chrono::seconds(60) : due_.begin()->first;
    for (const epoll_event& event : poller_.Wait(next)) Handle(event);
    SendDue();
  }
}

void OriginServer::Handle(const epoll_event& event) {
  if (event.data.ptr == nullptr) return Accept();
  Session& session = *static_cast<Session*>(event.data.ptr);
  if ((event.events & EPOLLIN) != 0) return Receive(session);
  if ((event.events & EPOLLOUT) != 0) return Send(session);
  Close(session);  // hung up while the clock was waited for
}

void OriginServer::Accept() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) return;
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto session = std::make_unique<Session>();
  poller_.Set(fd.get(), EPOLLIN, session.get());
  const int number = fd.get();
  session->fd = std::move(fd);
  sessions_[number] = std::move(session);
}

void OriginServer::Receive(Session& session) {
  std::array<char, 4096> buffer;
  const ssize_t count = recv(session.fd.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0 || session.received.size() > kMostHead) return Close(session);
  session.received.append(buffer.data(), static_cast<size_t>(count));
  TakeRequest(session);
}

void OriginServer::TakeRequest(Session& session) {
  const size_t end = session.received.find("\r\n\r\n");
  if (end == std::string::npos) return poller_.Set(session.fd.get(), EPOLLIN, &session);
  session.request = ParseS3Request(std::string_view(session.received).substr(0, end));
  session.received.erase(0, end + 4);
  session.head_sent = 0;
  BeginReply(session);
}

void OriginServer::BeginReply(Session& session) {
  const S3Request& request = session.request;
  if (request.path.starts_with("/-/")) {
    session.reply = ReplyWith(Control(request));
    return SendWhenRoom(session);
  }
  session.reply = ReplyTo(request, store_.Find(request.path));
  PathCounters& counters = counters_.Of(request.path);
  ++(request.method == "HEAD" ? counters.heads : counters.gets);
  if (session.reply.object != nullptr) {
    session.counted = &counters;
    counters.Begin();
  }
  const Clock::time_point begin = Clock::now() + Latency(pace_);
  session.pacer = Pacer(pace_.bytes_per_second, begin);
  SendAt(begin, session);
}

void OriginServer::SendAt(Clock::time_point time, Session& session) {
  session.due = time;
  due_.emplace(time, &session);
  poller_.Set(session.fd.get(), 0, &session);
}

void OriginServer::SendWhenRoom(Session& session) {
  poller_.Set(session.fd.get(), EPOLLOUT, &session);
}

void OriginServer::SendDue() {
  while (!due_.empty() && due_.begin()->first <= Clock::now()) {
    Session& session = *due_.begin()->second;
    due_.erase(due_.begin());
    session.due = Clock::time_point::max();
    Send(session);
  }
}

void OriginServer::Send(Session& session) {
  const S3Reply& reply = session.reply;
  const std::string_view head = std::string_view(reply.head).substr(session.head_sent);
  const bool has_body = reply.object != nullptr && reply.span.length() > 0;
  if (!head.empty()) {
    const int flags = MSG_NOSIGNAL | (has_body ? MSG_MORE : 0);
    const ssize_t count = send(session.fd.get(), head.data(), head.size(), flags);
    if (count < 0 && errno != EAGAIN) return Close(session);
    session.head_sent += static_cast<size_t>(std::max<ssize_t>(count, 0));
    if (session.head_sent < reply.head.size()) return SendWhenRoom(session);
  }
  if (has_body) return SendBody(session);
  End(session);
}

void OriginServer::SendBody(Session& session) {
  Span& left = session.reply.span;
  const uint64_t turn = std::min(left.length(), kTurnBytes);
  const uint64_t allowed = session.pacer.Allowed(turn, Clock::now());
  if (allowed == 0) return SendAt(session.pacer.Due(turn), session);
  auto offset = static_cast<off_t>(left.first);
  const ssize_t sent = sendfile(session.fd.get(), session.reply.object->fd.get(), &offset, allowed);
  if (sent < 0 && errno == EAGAIN) return SendWhenRoom(session);
  if (sent <= 0) return Close(session);
  const auto count = static_cast<uint64_t>(sent);
  left.first += count;
  session.pacer.Spend(count);
  session.counted->bytes += count;
  if (left.length() == 0) return End(session);
  SendWhenRoom(session);
}

void OriginServer::End(Session& session) {
  if (session.counted != nullptr) session.counted->End();
  session.counted = nullptr;
  if (!session.request.keep_alive) return Close(session);
  TakeRequest(session);  // the next one may be here already
}

void OriginServer::Close(Session& session) {
  if (session.counted != nullptr) session.counted->End();
  const auto [first, last] = due_.equal_range(session.due);
  const auto own =
      std::find_if(first, last, [&](const auto& due) { return due.second == &session; });
  if (own != last) due_.erase(own);
  sessions_.erase(session.fd.get());
}

std::string OriginServer::Control(const S3Request& request) {
  if (request.path == "/-/stats") return counters_.Json();
  if (request.path == "/-/reset") counters_.Reset();
  if (request.path == "/-/set") {
    pace_ = {Argument(request.query, "latency"), Argument(request.query, "rate")};
  }
  return "{}";
}

}  // namespace audiodl::bench
