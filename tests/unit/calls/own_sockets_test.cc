// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/calls/own_sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/unique_fd.h"
#include "common/calls/overdue_watch.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

using namespace std::chrono_literals;

// Listens on a loopback port and accepts nobody. With a backlog of 0 it is soon full, and the
// kernel drops the SYN of whoever comes then.
class Listener {
 public:
  explicit Listener(int backlog) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address_);
    REQUIRE(bind(fd_.get(), generic(), size) == 0);
    REQUIRE(listen(fd_.get(), backlog) == 0);
    REQUIRE(getsockname(fd_.get(), generic(), &size) == 0);
  }

  uint16_t port() const { return ntohs(address_.sin_port); }

  UniqueFd Connect(int flags = 0) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    connected_ = connect(fd.get(), generic(), sizeof(address_)) == 0;
    return fd;
  }
  bool connected() const { return connected_; }

 private:
  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  UniqueFd fd_;
  sockaddr_in address_{};
  bool connected_ = false;
};

bool IsShutDown(int fd) {
  pollfd polled = {fd, POLLIN, 0};
  poll(&polled, 1, 0);
  return (polled.revents & POLLHUP) != 0;
}

TEST_CASE("OwnSockets: only those to the port are shut down, and none that is spared") {
  Listener one(8), other(8);
  const UniqueFd spared = one.Connect();
  const SocketInodes before = OwnSockets();
  const UniqueFd wanted = one.Connect();
  const UniqueFd unrelated = other.Connect();
  CHECK(ShutDownSocketsTo(one.port(), before) == 1);
  CHECK(IsShutDown(wanted.get()));
  CHECK_FALSE(IsShutDown(spared.get()));
  CHECK_FALSE(IsShutDown(unrelated.get()));
  CHECK(ShutDownSocketsTo(other.port(), {}) == 1);
  CHECK(IsShutDown(unrelated.get()));
}

TEST_CASE("OwnSockets: no port is nobody's, least of all the listeners'") {
  Listener listener(8);
  CHECK(ShutDownSocketsTo(0, {}) == 0);
  const UniqueFd fd = listener.Connect();
  CHECK(listener.connected());
}

TEST_CASE("OwnSockets: a connect() that nobody answers is ended by a watch") {
  Listener full(0);
  std::vector<UniqueFd> fillers;
  for (int i = 0; i < 4; ++i) fillers.push_back(full.Connect(SOCK_NONBLOCK));
  const SocketInodes before = OwnSockets();
  std::atomic<size_t> shut{0};
  UniqueFd blocked;
  {
    const OverdueWatch watch(100ms, [&] { shut += ShutDownSocketsTo(full.port(), before); });
    blocked = full.Connect();  // would take the kernel two minutes
  }
  CHECK_FALSE(full.connected());
  CHECK(shut == 1);
}

TEST_CASE("OverdueWatch: nothing is done in time") {
  std::atomic<int> times{0};
  {
    const OverdueWatch watch(1h, [&times] { ++times; });
  }
  CHECK(times == 0);
}

}  // namespace
}  // namespace audiodl
