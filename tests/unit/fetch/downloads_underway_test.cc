// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/fetch/downloads_underway.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>

#include "common/base/unique_fd.h"
#include "tests/unit/catch.h"

namespace audiodl {
namespace {

struct Rig {
  std::map<int, uint64_t> acknowledged;
  ProcessGauges::Slot slot;
  DownloadsUnderway all{&slot, [this](int socket) -> std::optional<uint64_t> {
                          if (!acknowledged.contains(socket)) return std::nullopt;
                          return acknowledged[socket];
                        }};
};

TEST_CASE("DownloadsUnderway: counts them and what they have left") {
  Rig rig;
  rig.acknowledged = {{3, 1000}, {4, 0}};
  auto one = std::make_unique<DownloadsUnderway::One>(rig.all, 3, 500);
  auto two = std::make_unique<DownloadsUnderway::One>(rig.all, 4, 700);
  CHECK(rig.slot.downloads == 2);
  CHECK(rig.slot.bytes_left == 1200);
  rig.acknowledged = {{3, 1100}, {4, 650}};
  CHECK(rig.slot.bytes_left == 1200);
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 450);
  two.reset();
  CHECK(rig.slot.downloads == 1);
  CHECK(rig.slot.bytes_left == 400);
  one.reset();
  CHECK(rig.slot.downloads == 0);
  CHECK(rig.slot.bytes_left == 0);
}

TEST_CASE("DownloadsUnderway: more than there was is nothing left") {
  Rig rig;
  rig.acknowledged = {{3, 0}};
  const DownloadsUnderway::One one(rig.all, 3, 500);
  rig.acknowledged[3] = 600;  // TLS
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 0);
  rig.acknowledged[3] = 0;  // another connection has the descriptor
  rig.all.Sample();
  CHECK(rig.slot.bytes_left == 500);
}

TEST_CASE("DownloadsUnderway: where the kernel does not say all is left") {
  Rig rig;
  {
    const DownloadsUnderway::One one(rig.all, -1, 500);
    rig.all.Sample();
    CHECK(rig.slot.bytes_left == 500);
  }
  CHECK(rig.slot.bytes_left == 0);
}

TEST_CASE("DownloadsUnderway: nobody counts, nobody minds") {
  DownloadsUnderway all(nullptr);
  CHECK_NOTHROW([&all] {
    const DownloadsUnderway::One one(all, -1, 5);
    all.Sample();
  }());
}

TEST_CASE("AcknowledgedBytesOf: a real connection") {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener.get(), 1) == 0);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const UniqueFd client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(connect(client.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  const UniqueFd server(accept(listener.get(), nullptr, nullptr));
  const uint64_t before = AcknowledgedBytesOf(server.get()).value_or(0);
  const std::string data(1000, 'x');
  REQUIRE(write(server.get(), data.data(), data.size()) == 1000);
  std::string taken(1000, '\0');
  REQUIRE(recv(client.get(), taken.data(), taken.size(), MSG_WAITALL) == 1000);
  CHECK(AcknowledgedBytesOf(server.get()).value_or(0) - before == 1000);
  CHECK_FALSE(AcknowledgedBytesOf(-1).has_value());
  CHECK_FALSE(AcknowledgedBytesOf(STDIN_FILENO).has_value());
}

}  // namespace
}  // namespace audiodl
