// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What we keep with a connection. One thread at a time, as the connection itself.

#ifndef AUDIODL_MOD_AUDIODL_CONNECTION_STATE_H_
#define AUDIODL_MOD_AUDIODL_CONNECTION_STATE_H_

#include <httpd.h>

#include <memory>

namespace audiodl {

class ClientLine;
class DecisionMemo;
class Line;

struct ConnectionState {
  void* pump;          // pump.cc's own; null where it has none
  DecisionMemo* memo;  // null: nothing is remembered yet
  ClientLine* line;    // null: no download came this way yet, or HTTP/2 shares its master's
  bool is_late;        // accepted as the process was told to end: see pump.cc
  const std::shared_ptr<Line>* ledger_line;  // null: no ledger is kept
};

// The state of `c`; null where nobody has made one.
ConnectionState* FindConnectionState(const conn_rec* c);
// The same, made where there is none, all null. It lives as long as c->pool.
ConnectionState& ConnectionStateOf(conn_rec* c);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_CONNECTION_STATE_H_
