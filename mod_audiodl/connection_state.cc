// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/connection_state.h"

#include "mod_audiodl/module.h"

namespace audiodl {

ConnectionState* FindConnectionState(const conn_rec* c) {
  return static_cast<ConnectionState*>(ap_get_module_config(c->conn_config, &audiodl_module));
}

ConnectionState& ConnectionStateOf(conn_rec* c) {
  if (ConnectionState* state = FindConnectionState(c)) return *state;
  auto* state = static_cast<ConnectionState*>(apr_pcalloc(c->pool, sizeof(ConnectionState)));
  ap_set_module_config(c->conn_config, &audiodl_module, state);
  return *state;
}

}  // namespace audiodl
