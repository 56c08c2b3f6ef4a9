// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One memcached or Redis server with PHP's sessions, through APR's clients. Those know no time-out
// while they read from memcached, so they run where a database's statements do. Thread-safe in a
// child.

#ifndef AUDIODL_MOD_AUDIODL_SESSION_SERVER_H_
#define AUDIODL_MOD_AUDIODL_SESSION_SERVER_H_

#include <httpd.h>

#include <chrono>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/calls/backend.h"
#include "common/session/session_store_spec.h"

namespace audiodl {

class SessionServer {
 public:
  // `server` is whose error log tells of outages.
  SessionServer(SessionStoreSpec::Kind kind, const SessionStoreSpec::Server& address,
                size_t connections, server_rec* server);

  // The key's value; nothing where it has none.
  // kUnreachable: no answer within `timeout`, no connection, or none lately. kBusy: all connections
  // were taken. kIo: the server refuses to answer, or the value is no session.
  Result<std::optional<std::string>> Get(const std::string& key, std::chrono::milliseconds timeout);

  Backend& backend() { return backend_; }
  const Backend& backend() const { return backend_; }

 private:
  Backend backend_;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SESSION_SERVER_H_
