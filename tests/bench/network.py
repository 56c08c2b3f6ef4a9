# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A loopback of the bench's own, on which TCP does not hold anything back.

Where the machine's TCP is bbr (Google's clouds, many tuned servers) even loopback traffic is paced by
timers: sendfile then looks half as fast as it is, and every server alike. A network namespace has its own
setting, and its own ports, and vanishes with the last process in it.
"""

import ctypes
import fcntl
import socket
import struct
from pathlib import Path

_CLONE_NEWNET = 0x40000000  # sched.h
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # netdevice(7)
_CONGESTION_CONTROL = Path("/proc/sys/net/ipv4/tcp_congestion_control")
_UNPACED = "reno"  # in every kernel


def isolate() -> None:
    """Moves this process, and so all that it starts, into such a namespace. Needs root; without, nothing happens.

    REQUIRES: there is one thread.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET) != 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
    try:
        _CONGESTION_CONTROL.write_text(_UNPACED)
    except OSError:
        pass  # a container may forbid it; paces_loopback() tells


def paces_loopback() -> bool:
    """Whether TCP does so where this process is now."""
    return _CONGESTION_CONTROL.read_text().startswith("bbr")
