// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A connection that has nothing to do for a worker although its socket takes data: its client has
// caught up with a fill, or it is others' turn (turn_queue.h). The event MPM would call again at
// once, and again. While it is parked the MPM polls a gate in the socket's place, which becomes
// writable when it is time; then the connection goes on as any other in write completion. No worker
// is held meanwhile.
//
// The MPM polls whatever descriptor the connection's apr_socket_t has when it adds it, and removes
// that same one; so the descriptor is exchanged after the worker's last write and put back before
// anything else is done with the socket: by the pump's next turn, by the pre_close_connection hook,
// or, where the connection just ends, with its pool.
//
// One thread at a time: whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_
#define AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_

#include <apr_network_io.h>
#include <httpd.h>

#include <cstdint>

#include "common/fetch/follower.h"

namespace audiodl {

class ParkedSocket {
 public:
  // Both borrowed. Lives in c->pool. REQUIRES: the link has watcher and turns.
  ParkedSocket(conn_rec* c, const FetcherLink& link) : connection_(c), link_(link) {}
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
  BellGate gate_;
  enum class State : unsigned char { kRunning, kListening, kQueued } state_ = State::kRunning;
  bool has_turn_ = false;
  int socket_ = -1;
  apr_interval_time_t timeout_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_PARKED_SOCKET_H_
