// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/client/tcp_look.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace audiodl {
namespace {

// include/net/tcp_states.h; <netinet/tcp.h>, which has them too, does not go with <linux/tcp.h>.
enum : uint8_t { kTimeWait = 6, kClosed = 7, kCloseWait = 8, kLastAck = 9, kClosing = 11 };

TcpLook::State StateOf(uint8_t state) {
  switch (state) {
    case kClosed:
      return TcpLook::State::kGone;
    case kTimeWait:
    case kCloseWait:
    case kLastAck:
    case kClosing:
      return TcpLook::State::kPeerClosed;
    default:
      return TcpLook::State::kOpen;
  }
}

}  // namespace

std::optional<TcpLook> LookAtTcp(int fd) {
  // First what the kernel holds: what is acknowledged meanwhile is then counted twice, not missed.
  int held = 0;
  if (ioctl(fd, SIOCOUTQ, &held) != 0) return std::nullopt;
  tcp_info info = {};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return std::nullopt;
  constexpr size_t kNeeded = offsetof(tcp_info, tcpi_notsent_bytes) + sizeof(uint32_t);
  if (length < kNeeded) return std::nullopt;
  TcpLook look;
  look.state = StateOf(info.tcpi_state);
  look.acked = info.tcpi_bytes_acked;
  look.written = look.acked + static_cast<uint64_t>(held);
  look.sent =
      look.written - std::min<uint64_t>(info.tcpi_notsent_bytes, static_cast<uint64_t>(held));
  look.received = info.tcpi_bytes_received;
  look.segment = info.tcpi_snd_mss;
  return look;
}

}  // namespace audiodl
