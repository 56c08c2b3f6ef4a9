# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Free loopback ports for servers that cannot choose one themselves."""

import random
import socket

# Below Linux's ephemeral range: no outgoing connection can take the port before its server does.
_FIRST, _LAST = 10240, 32000
_given: set[int] = set()


def free_port() -> int:
    """A port nobody listens on, and that this process has not given out before."""
    while True:
        port = random.randint(_FIRST, _LAST)
        if port in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def accepts(port: int) -> bool:
    """Whether somebody accepts connections on that loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
