// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/parked_socket.h"

#include <apr_portable.h>
#include <http_core.h>
#include <http_log.h>
#include <unistd.h>

#include <utility>

#include "mod_audiodl/module.h"

namespace audiodl {
namespace {

// The follower looks after its deadlines so often; well below any Timeout that httpd may have.
constexpr std::chrono::milliseconds kLongestStay{500};

}  // namespace

ParkedSocket::~ParkedSocket() {
  Unpark();
  EndTurn();
}

bool ParkedSocket::Exchange() {
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  if (socket == nullptr || apr_os_sock_get(&socket_, socket) != APR_SUCCESS) return false;
  if (const Status status = gate_.Close(); !status.ok()) {
    ap_log_cerror(APLOG_MARK, APLOG_DEBUG, 0, connection_, "audiodl: not parked: %s",
                  status.text().c_str());
    return false;
  }
  apr_socket_timeout_get(socket, &timeout_);
  apr_os_sock_t gate = gate_.fd();
  apr_os_sock_put(&socket, &gate, connection_->pool);
  return true;
}

bool ParkedSocket::ParkUntilRung(uint64_t bell, uint32_t seen) {
  if (!Exchange()) return false;
  if (!link_.watcher->Watch(gate_, bell, seen, kLongestStay)) {
    PutBack();
    return false;
  }
  state_ = State::kListening;
  return true;
}

// Where no gate can be had the turn is taken all the same: rather too many than none.
bool ParkedSocket::TakeTurn() {
  if (has_turn_ || !Exchange()) return true;
  state_ = State::kQueued;
  if (!link_.turns->Take(gate_)) return false;
  state_ = State::kRunning;
  has_turn_ = true;
  PutBack();
  return true;
}

void ParkedSocket::EndTurn() {
  if (std::exchange(has_turn_, false)) link_.turns->Done();
}

void ParkedSocket::Unpark() {
  const State state = std::exchange(state_, State::kRunning);
  if (state == State::kRunning) return;
  if (state == State::kListening) link_.watcher->Forget(gate_);
  if (state == State::kQueued) has_turn_ = link_.turns->Leave(gate_);
  PutBack();
}

void ParkedSocket::PutBack() {
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  apr_os_sock_t now = -1;
  apr_os_sock_get(&now, socket);
  if (now != gate_.fd()) {
    // httpd closed what it took for the socket; so this is left to us.
    gate_.Abandon();
    close(socket_);
    return;
  }
  apr_os_sock_put(&socket, &socket_, connection_->pool);
  apr_socket_timeout_set(socket, timeout_);
}

}  // namespace audiodl
