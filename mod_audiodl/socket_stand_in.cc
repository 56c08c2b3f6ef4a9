// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "mod_audiodl/socket_stand_in.h"

#include <apr_portable.h>
#include <http_core.h>
#include <unistd.h>

#include <utility>

namespace audiodl {

int SocketStandIn::socket() const {
  if (socket_ >= 0) return socket_;
  apr_os_sock_t fd = -1;
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  return socket != nullptr && apr_os_sock_get(&fd, socket) == APR_SUCCESS ? fd : -1;
}

void SocketStandIn::Put(int fd) {
  socket_ = socket();
  stand_in_ = fd;
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  apr_socket_timeout_get(socket, &timeout_);
  apr_os_sock_put(&socket, &fd, connection_->pool);
}

bool SocketStandIn::TakeBack() {
  int fd = std::exchange(socket_, -1);
  apr_socket_t* socket = ap_get_conn_socket(connection_);
  apr_os_sock_t now = -1;
  apr_os_sock_get(&now, socket);
  if (now != stand_in_) {
    close(fd);
    return false;
  }
  apr_os_sock_put(&socket, &fd, connection_->pool);
  apr_socket_timeout_set(socket, timeout_);
  return true;
}

}  // namespace audiodl
