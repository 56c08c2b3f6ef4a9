// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A connection that has nothing to do for a worker although its socket takes data: its client has
// caught up with a fill, or it is others' turn (turn_queue.h). The event MPM would call again at
// once, and again. While it is parked the MPM polls a gate in the socket's place, which becomes
// writable when it is time; then the connection goes on as any other in write completion. No worker
// is held meanwhile.
//
// One thread at a time: whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_
#define AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_

#include <httpd.h>

#include <cstdint>

#include "common/fetch/follower.h"
#include "mod_audiodl/socket_stand_in.h"

namespace audiodl {

class ParkedSocket {
 public:
  // Both borrowed. Lives in c->pool. REQUIRES: the link has watcher and turns.
  ParkedSocket(conn_rec* c, const FetcherLink& link) : connection_(c), link_(link), stand_in_(c) {}
  ~ParkedSocket();
  ParkedSocket(const ParkedSocket&) = delete;
  ParkedSocket& operator=(const ParkedSocket&) = delete;

  // Until the bell has rung since `seen` was peeked, and for half a second at most. False: it has
  // rung meanwhile, or no gate could be had; the socket is as it was.
  bool ParkUntilRung(uint64_t bell, uint32_t seen);

  // True: it is this connection's turn, until EndTurn(). False: it is parked until then.
  bool TakeTurn();
  void EndTurn();

  // Puts the socket back. May be called at any time. A turn that came meanwhile is kept.
  void Unpark();

 private:
  bool Exchange();
  void PutBack();

  conn_rec* connection_;
  const FetcherLink& link_;
  SocketStandIn stand_in_;
  BellGate gate_;
  enum class State : unsigned char { kRunning, kListening, kQueued } state_ = State::kRunning;
  bool has_turn_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_
