// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Two ends of a TCP connection over loopback, and waiting for what the kernel does in its own time.
// One thread at a time.

#ifndef AUDIODL_TESTS_UNIT_LEDGER_TCP_PAIR_H_
#define AUDIODL_TESTS_UNIT_LEDGER_TCP_PAIR_H_

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "common/base/unique_fd.h"

namespace audiodl {

class TcpPair {
 public:
  TcpPair() {
    const UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener.get(), any, length) != 0 || listen(listener.get(), 1) != 0 ||
        getsockname(listener.get(), any, &length) != 0) {
      throw std::runtime_error("listen");
    }
    client.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(client.get(), any, length) != 0) throw std::runtime_error("connect");
    server.Reset(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  void Send(size_t bytes) {
    const std::string data(bytes, 'x');
    if (send(server.get(), data.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
      throw std::runtime_error("send");
    }
  }
  // The client reads that many; fewer where the connection ends.
  size_t Read(size_t bytes) {
    std::string data(bytes, '\0');
    const ssize_t read = recv(client.get(), data.data(), bytes, MSG_WAITALL);
    return read < 0 ? 0 : static_cast<size_t>(read);
  }

  UniqueFd server;
  UniqueFd client;
};

// Whether it becomes true, within ten seconds.
template <typename Probe>
bool Soon(Probe probe) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!probe()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_LEDGER_TCP_PAIR_H_
