// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/client_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

#include "common/base/unique_fd.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

// A TCP connection over loopback; the client's buffer is small.
struct Connection {
  Connection() {
    const UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
    const int small = 8192;
    setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener.get(), any, size) == 0);
    REQUIRE(listen(listener.get(), 1) == 0);
    REQUIRE(getsockname(listener.get(), any, &size) == 0);
    server = UniqueFd(socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(connect(server.get(), any, size) == 0);
    client = UniqueFd(accept(listener.get(), nullptr, nullptr));
    REQUIRE(client.valid());
    REQUIRE(fcntl(server.get(), F_SETFL, O_NONBLOCK) == 0);
  }
  // What the kernel takes until it takes no more.
  size_t Fill() const {
    const std::vector<char> bytes(65536);
    size_t sent = 0;
    for (ssize_t n = 0; (n = send(server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0;) {
      sent += static_cast<size_t>(n);
    }
    return sent;
  }
  ssize_t Read(size_t bytes) const {
    std::vector<char> buffer(bytes);
    return recv(client.get(), buffer.data(), bytes, 0);
  }
  UniqueFd server, client;
};

TEST_CASE("LimitUnsent: the kernel takes less") {
  const Connection free, limited;
  LimitUnsent(limited.server.get(), 32 * 1024);
  const size_t all = free.Fill(), some = limited.Fill();
  CHECK(some < all / 2);
  const std::optional<uint64_t> unsent = UnsentBytes(limited.server.get());
  REQUIRE(unsent.has_value());
  CHECK(*unsent > 0);
  CHECK(*unsent <= 128 * 1024);
}

TEST_CASE("AcknowledgedBytes: grows when the client takes something, and only then") {
  const Connection connection;
  connection.Fill();
  std::optional<uint64_t> before = AcknowledgedBytes(connection.server.get());
  REQUIRE(before.has_value());
  // What is on its way arrives in the client's buffer, which then is full.
  for (int i = 0; i < 100 && AcknowledgedBytes(connection.server.get()) != before; ++i) {
    before = AcknowledgedBytes(connection.server.get());
    (void)poll(nullptr, 0, 20);
  }
  CHECK(AcknowledgedBytes(connection.server.get()) == before);
  CHECK(connection.Read(65536) > 0);
  bool grew = false;
  for (int i = 0; i < 500 && !grew; ++i) {
    grew = AcknowledgedBytes(connection.server.get()) > before;
    if (!grew) (void)poll(nullptr, 0, 10);
  }
  CHECK(grew);
}

TEST_CASE("SetPacing: the kernel keeps to it, until it is taken back") {
  const Connection connection;
  uint64_t rate = 0;
  socklen_t size = sizeof rate;
  SetPacing(connection.server.get(), 123'456);
  REQUIRE(getsockopt(connection.server.get(), SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &size) == 0);
  CHECK(rate == 123'456);
  SetPacing(connection.server.get(), 0);
  REQUIRE(getsockopt(connection.server.get(), SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &size) == 0);
  CHECK(rate == ~uint64_t{0});
}

TEST_CASE("ResetOnClose: the client is told at once") {
  Connection connection;
  ResetOnClose(connection.server.get());
  connection.server.Reset();
  pollfd polled{connection.client.get(), POLLIN, 0};
  REQUIRE(poll(&polled, 1, 5000) == 1);
  CHECK(connection.Read(1) == -1);
  CHECK(errno == ECONNRESET);
}

TEST_CASE("Client sockets: what is none is left alone") {
  const UniqueFd file(open("/dev/null", O_RDWR));
  SetPacing(file.get(), 1000);
  LimitUnsent(file.get(), 1000);
  ResetOnClose(file.get());
  CHECK(!AcknowledgedBytes(file.get()).has_value());
  CHECK(!AcknowledgedBytes(-1).has_value());
  CHECK(!UnsentBytes(-1).has_value());
}

}  // namespace
}  // namespace audiodl
