# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Free loopback ports for servers that cannot choose one themselves."""

import os
import random
import socket

# Below Linux's ephemeral range: no outgoing connection can take the port before its server does. Tests
# that run beside others are told that they are number N of M, "N/M", and choose from a share of their own.
_FIRST, _LAST = 10240, 32000
_NUMBER, _OF = map(int, os.environ.get("AUDIODL_SHARER", "1/1").split("/"))
_SHARE = range(_FIRST + _NUMBER - 1, _LAST, _OF)
_given: set[int] = set()


def free_port() -> int:
    """A port nobody listens on, and that this process has not given out before."""
    while True:
        port = random.choice(_SHARE)
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
