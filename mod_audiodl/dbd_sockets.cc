// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/dbd_sockets.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <string_view>

namespace audiodl {
namespace {

// Found by name: the driver is a library of APR's, and the one below it a stranger here. No socket
// for other drivers; a call that hangs in those keeps its thread until it ends by itself.
UniqueFd SocketOf(const ap_dbd_t* connection) {
  struct Getter {
    std::string_view driver;
    const char* function;
  };
  static constexpr Getter kGetters[] = {{"mysql", "mysql_get_socket"}, {"pgsql", "PQsocket"}};
  for (const Getter& getter : kGetters) {
    if (apr_dbd_name(connection->driver) != getter.driver) continue;
    const auto get = reinterpret_cast<int (*)(void*)>(dlsym(RTLD_DEFAULT, getter.function));
    if (get == nullptr) break;
    const int socket = get(apr_dbd_native_handle(connection->driver, connection->handle));
    return UniqueFd(fcntl(socket, F_DUPFD_CLOEXEC, 3));
  }
  return UniqueFd();
}

}  // namespace

DbdSockets::Registration::Registration(DbdSockets& sockets, const ap_dbd_t* connection)
    : sockets_(sockets), connection_(connection) {
  UniqueFd socket = SocketOf(connection);
  const std::lock_guard lock(sockets_.mutex_);
  sockets_.entries_[connection].socket = std::move(socket);
}

DbdSockets::Registration::~Registration() {
  const std::lock_guard lock(sockets_.mutex_);
  sockets_.entries_.erase(connection_);
  ++sockets_.ended_;
}

void DbdSockets::SetTaken(const ap_dbd_t* connection, bool taken) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(connection); entry != entries_.end()) {
    entry->second.taken = taken;
  }
}

void DbdSockets::Break(const ap_dbd_t* connection) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(connection);
  if (entry != entries_.end()) shutdown(entry->second.socket.get(), SHUT_RDWR);
}

void DbdSockets::BreakUntaken() {
  const std::lock_guard lock(mutex_);
  for (const auto& [connection, entry] : entries_) {
    if (!entry.taken) shutdown(entry.socket.get(), SHUT_RDWR);
  }
}

unsigned DbdSockets::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace audiodl
