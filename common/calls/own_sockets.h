// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The TCP sockets of this process that lead to a server, found from outside of the library that
// made them: a database driver that is still connecting shows nobody its socket. shutdown(2) on it
// makes whatever call a thread is blocked in return an error, as if the peer had closed it.
//
// What is looked at is /proc/self/fd and /proc/self/net, which a process that has changed its user
// may still read, unlike most of /proc/self. Thread-safe.

#ifndef AUDIODL_COMMON_CALLS_OWN_SOCKETS_H_
#define AUDIODL_COMMON_CALLS_OWN_SOCKETS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <set>

namespace audiodl {

using SocketInodes = std::set<ino_t>;

// All sockets of this process. Inodes are not used again while the socket exists.
SocketInodes OwnSockets();

// Shuts down those of this process that are connected to `port` of any host, or are being
// connected, except `spared`. How many there were.
size_t ShutDownSocketsTo(uint16_t port, const SocketInodes& spared);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CALLS_OWN_SOCKETS_H_
