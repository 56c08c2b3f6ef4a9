// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A descriptor that httpd polls in the place of a connection's socket. The MPM polls whatever
// descriptor the connection's apr_socket_t has when it adds it, and removes that same one; so it is
// exchanged after a worker's last write and put back before anything else is done with the socket:
// by whoever has the connection next, by the pre_close_connection hook, or, where the connection
// just ends, with its pool.
//
// One thread at a time: whoever has the connection.

#ifndef AUDIODL_MOD_AUDIODL_SOCKET_STAND_IN_H_
#define AUDIODL_MOD_AUDIODL_SOCKET_STAND_IN_H_

#include <apr_network_io.h>
#include <httpd.h>

namespace audiodl {

class SocketStandIn {
 public:
  explicit SocketStandIn(conn_rec* c) : connection_(c) {}
  SocketStandIn(const SocketStandIn&) = delete;
  SocketStandIn& operator=(const SocketStandIn&) = delete;

  // The socket's own descriptor, whoever stands in for it; -1: there is none.
  int socket() const;

  // Puts `fd`, which stays its owner's, in the socket's place. REQUIRES: nothing stands in for it,
  // and there is a socket.
  void Put(int fd);

  // The socket is back. False: httpd has closed what it took for it, the stand-in, so the socket
  // has been closed as well, and the stand-in's owner must not. REQUIRES: Put().
  bool TakeBack();

 private:
  conn_rec* connection_;
  int socket_ = -1;  // while somebody stands in for it
  int stand_in_ = -1;
  apr_interval_time_t timeout_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_SOCKET_STAND_IN_H_
