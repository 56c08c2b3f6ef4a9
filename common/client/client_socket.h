// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the kernel can do for a connection to a client: socket(7), tcp(7). Linux only. Every
// function may be given any descriptor: what is no TCP socket is left alone. Any thread.

#ifndef AUDIODL_COMMON_CLIENT_CLIENT_SOCKET_H_
#define AUDIODL_COMMON_CLIENT_CLIENT_SOCKET_H_

#include <cstdint>
#include <optional>

namespace audiodl {

// So many bytes a second from now on, whatever was handed to the kernel before; 0: any number. The
// kernel spreads them itself, with sendfile and without a queueing discipline.
void SetPacing(int fd, uint64_t bytes_per_second);

// How much that was never sent the kernel may hold (TCP_NOTSENT_LOWAT): the socket polls as
// writable when less than half of it is left. What is on the line comes on top, so it costs no
// speed.
void LimitUnsent(int fd, uint32_t bytes);

// Bytes that the kernel holds and has never sent. Nothing: the kernel does not say.
std::optional<uint64_t> UnsentBytes(int fd);

// Bytes that the client has acknowledged since the connection was made. Nothing: as above.
std::optional<uint64_t> AcknowledgedBytes(int fd);

// Closing it will reset the connection and free what the kernel holds for it at once, where it
// would otherwise go on trying for many minutes.
void ResetOnClose(int fd);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CLIENT_CLIENT_SOCKET_H_
