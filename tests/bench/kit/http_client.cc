// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/kit/http_client.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace audiodl::bench {
namespace {

constexpr size_t kMostHead = 16 << 10;
// A head is read in small pieces, so that little of a body is copied when bodies are thrown away.
constexpr size_t kHeadPiece = 1024;
// Results of Receive() beside a count of bytes.
constexpr ssize_t kNothingYet = 0;
constexpr ssize_t kEnded = -1;

bool IsNamed(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

std::string_view ValueOf(std::string_view line) {
  line.remove_prefix(line.find(':') + 1);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

bool ParseNumber(std::string_view text, uint64_t& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

}  // namespace

HttpClient::HttpClient(const Target& target, std::span<char> scratch)
    : target_(target), scratch_(scratch) {}

Progress HttpClient::Break(const std::string& trouble) {
  stage_ = Stage::kBroken;
  trouble_ = trouble;
  tls_.reset();
  fd_.Reset();
  return Progress::kBroken;
}

void HttpClient::Connect() {
  tls_.reset();
  reused_ = false;
  ended_while_idle_ = false;
  fd_.Reset(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in& address = target_.address();
  stage_ = Stage::kConnecting;
  awaited_ = EPOLLOUT;
  if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    Break(std::string("connect: ") + strerror(errno));
  }
}

void HttpClient::Ask(std::string_view request) {
  exchange_ = Exchange{};
  exchange_.asked = Clock::now();
  head_.clear();
  stage_ = Stage::kHead;
  awaited_ = EPOLLIN;
  // A request is far smaller than an empty socket buffer, so less than all of it is a failure.
  const int size = static_cast<int>(request.size());
  const ssize_t sent = tls_ ? SSL_write(tls_.get(), request.data(), size)
                            : send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != size) {
    ended_while_idle_ = reused_;
    Break("request not sent");
  }
}

Progress HttpClient::Advance(uint64_t budget) {
  switch (stage_) {
    case Stage::kConnecting:
      return FinishConnect();
    case Stage::kGreeting:
      return Greet();
    case Stage::kIdle:
      return Receive(1) == kEnded ? Break("closed while idle") : Progress::kWaiting;
    case Stage::kHead:
      if (const Progress read = ReadHead(); read != Progress::kMore) return read;
      [[fallthrough]];
    case Stage::kBody:
      return ReadBody(budget);
    case Stage::kBroken:
      break;
  }
  return Progress::kBroken;
}

Progress HttpClient::FinishConnect() {
  // Polled, because clients that are advanced by the clock come here before the socket is ready.
  pollfd writable{fd_.get(), POLLOUT, 0};
  if (poll(&writable, 1, 0) == 0) return Progress::kWaiting;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Break(std::string("connect: ") + strerror(error));
  if (target_.tls() == nullptr) {
    stage_ = Stage::kIdle;
    awaited_ = EPOLLIN;
    return Progress::kReady;
  }
  tls_.reset(SSL_new(target_.tls()));
  SSL_set_fd(tls_.get(), fd_.get());
  stage_ = Stage::kGreeting;
  return Greet();
}

Progress HttpClient::Greet() {
  const int outcome = SSL_connect(tls_.get());
  if (outcome == 1) {
    stage_ = Stage::kIdle;
    awaited_ = EPOLLIN;
    return Progress::kReady;
  }
  const int error = SSL_get_error(tls_.get(), outcome);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return Break("TLS handshake");
  awaited_ = error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT;
  return Progress::kWaiting;
}

ssize_t HttpClient::Receive(size_t most) {
  most = std::min(most, scratch_.size());
  if (tls_) {
    const int count = SSL_read(tls_.get(), scratch_.data(), static_cast<int>(most));
    if (count > 0) return count;
    return SSL_get_error(tls_.get(), count) == SSL_ERROR_WANT_READ ? kNothingYet : kEnded;
  }
  const ssize_t count = recv(fd_.get(), scratch_.data(), most, 0);
  if (count > 0) return count;
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? kNothingYet : kEnded;
}

// tcp(7): with MSG_TRUNC the bytes are dropped without being copied.
ssize_t HttpClient::Discard(uint64_t most) {
  const ssize_t count = recv(fd_.get(), nullptr, most, MSG_TRUNC);
  if (count > 0) return count;
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? kNothingYet : kEnded;
}

// kMore: the head is complete, the body may follow.
Progress HttpClient::ReadHead() {
  for (;;) {
    const ssize_t count = Receive(kHeadPiece);
    if (count == kNothingYet) return Progress::kWaiting;
    if (count == kEnded) {
      ended_while_idle_ = reused_ && head_.empty();
      return Break("closed before an answer");
    }
    head_.append(scratch_.data(), static_cast<size_t>(count));
    const size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos && head_.size() < kMostHead) continue;
    if (end == std::string::npos || !TakeHead(std::string_view(head_).substr(0, end))) {
      return Break("an answer it cannot read");
    }
    stage_ = Stage::kBody;
    if (!TakeBody(std::string_view(head_).substr(end + 4))) return Break("body too long");
    return Progress::kMore;
  }
}

bool HttpClient::TakeHead(std::string_view head) {
  uint64_t status = 0;
  if (!head.starts_with("HTTP/1.1 ") || !ParseNumber(head.substr(9), status)) return false;
  exchange_.status = static_cast<int>(status);
  bool sized = false;
  while (!head.empty()) {
    const size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (IsNamed(line, "Content-Length")) sized = ParseNumber(ValueOf(line), exchange_.length);
    if (IsNamed(line, "Connection") && ValueOf(line) == "close") exchange_.keep_alive = false;
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
  }
  return sized;
}

bool HttpClient::TakeBody(std::string_view bytes) {
  if (bytes.size() > exchange_.length - exchange_.received) return false;
  if (bytes.empty()) return true;
  if (exchange_.received == 0) exchange_.first_byte = Clock::now();
  if (sink_) sink_(exchange_.received, bytes);
  exchange_.received += bytes.size();
  return true;
}

Progress HttpClient::ReadBody(uint64_t budget) {
  const uint64_t until = exchange_.received + budget;
  while (exchange_.received < exchange_.length) {
    uint64_t most = until - std::min(until, exchange_.received);
    // What TLS has decrypted already would not wake a poller, so it is never left behind.
    if (most == 0 && tls_) most = static_cast<uint64_t>(SSL_pending(tls_.get()));
    if (most == 0) return Progress::kMore;
    most = std::min(most, exchange_.length - exchange_.received);
    const bool thrown_away = !sink_ && !tls_ && exchange_.received > 0;
    const ssize_t count = thrown_away ? Discard(most) : Receive(most);
    if (count == kNothingYet) return Progress::kWaiting;
    if (count == kEnded) return Break("cut");
    if (thrown_away) {
      exchange_.received += static_cast<uint64_t>(count);
    } else if (!TakeBody({scratch_.data(), static_cast<size_t>(count)})) {
      return Break("body too long");
    }
  }
  return Finish();
}

Progress HttpClient::Finish() {
  exchange_.done = Clock::now();
  stage_ = Stage::kIdle;
  reused_ = true;
  return Progress::kDone;
}

}  // namespace audiodl::bench
