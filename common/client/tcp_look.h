// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the kernel knows of a TCP connection: how much the peer has acknowledged, and whether it is
// still there (TCP_INFO and SIOCOUTQ, tcp(7)). Two system calls; any thread.

#ifndef AUDIODL_COMMON_CLIENT_TCP_LOOK_H_
#define AUDIODL_COMMON_CLIENT_TCP_LOOK_H_

#include <cstdint>
#include <optional>

namespace audiodl {

struct TcpLook {
  enum class State : unsigned char {
    kOpen,        // the peer has neither closed nor reset it; we may have closed our side
    kPeerClosed,  // its FIN has come
    kGone,        // reset, or closed by both sides
  };

  State state = State::kOpen;
  uint64_t acked = 0;     // bytes since the connection began; a FIN of ours counts as one
  uint64_t sent = 0;      // acked, and what is under way
  uint64_t written = 0;   // sent, and what the kernel holds to be sent
  uint64_t received = 0;  // bytes from the peer; its FIN counts as one, a reset does not
  uint64_t segment = 0;   // the most bytes that go together
};

// None: this is no TCP socket of a kernel that tells (Linux 4.6).
std::optional<TcpLook> LookAtTcp(int fd);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_TCP_LOOK_H_
