# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A road for TCP connections that can be blocked in every way a network knows.

    road = TcpProxy(mariadb.port)
    road.freeze()                 # a black hole: everything stays connected, nothing passes any more
    road.drop_syns()              # and nobody is answered who comes anew
    road.cut_answers(10)          # answers get as far as their tenth byte
    road.heal()
    with road.count_turns() as turns: ...     # turns[0]: how often a client waited for an answer
"""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_BUFFER = 64 * 1024


class TcpProxy:
    """Listens on a loopback port of its own; one thread moves all bytes. All methods are thread-safe."""

    def __init__(self, upstream_port: int, address: str = "127.0.0.1", port: int = 0):
        """`address` may be any of 127.0.0.0/8; without `port` one is chosen."""
        self._address = address
        self._upstream = ("127.0.0.1", upstream_port)
        self._lock = threading.Lock()
        self._pairs: dict[socket.socket, "_Pair"] = {}
        self._fillers: list[socket.socket] = []
        self._frozen = False
        self._answer_bytes: int | None = None
        self._turns = 0
        self._closing = False
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server((address, port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def freeze(self) -> None:
        """Nothing passes any more, in either direction, on old connections and new ones."""
        with self._lock:
            self._frozen = True

    def drop_syns(self) -> None:
        """Whoever connects now waits in vain: a full backlog drops the first packet of each connection."""
        with self._lock:
            self._listen(0)
            self._selector.unregister(self._listener)
            for _ in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex((self._address, self.port))
                self._fillers.append(filler)

    def cut_answers(self, size: int) -> None:
        """The next answer of each connection stops after `size` bytes, and so does everything after it."""
        with self._lock:
            self._answer_bytes = size

    def reset_all(self) -> None:
        """Breaks every connection that there is."""
        with self._lock:
            for pair in set(self._pairs.values()):
                self._end(pair)

    def heal(self) -> None:
        """Everything passes again. Connections that lost bytes are broken; the others go on where they stood."""
        with self._lock:
            self._frozen = False
            self._answer_bytes = None
            for pair in set(self._pairs.values()):
                if pair.cut:
                    self._end(pair)
                else:
                    self._resume(pair)
            if self._fillers:
                for filler in self._fillers:
                    filler.close()
                self._fillers.clear()
                self._listen(256)

    def lead_to(self, upstream_port: int) -> None:
        """New connections go there."""
        with self._lock:
            self._upstream = ("127.0.0.1", upstream_port)

    def connections(self) -> int:
        with self._lock:
            return len(set(self._pairs.values()))

    @contextmanager
    def count_turns(self) -> Iterator[list[int]]:
        """How often, meanwhile, a client said something after its last answer; filled in at the end."""
        counted: list[int] = []
        with self._lock:
            before = self._turns
        yield counted
        with self._lock:
            counted.append(self._turns - before)

    def close(self) -> None:
        self._closing = True
        self._thread.join(5)
        with self._lock:
            for pair in set(self._pairs.values()):
                self._end(pair)
            for end in [*self._fillers, self._listener]:
                end.close()

    # The lock is held in all of these.

    def _listen(self, backlog: int) -> None:
        if self._listener in self._selector.get_map():
            self._selector.unregister(self._listener)
        self._listener.close()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((self._address, self.port))
        self._listener.listen(backlog)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(self._upstream)
        except OSError:
            _reset(client)
            return
        pair = _Pair(client, server)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs[end] = pair
        self._resume(pair)

    def _resume(self, pair: "_Pair") -> None:
        for end in (pair.client, pair.server):
            if end not in self._selector.get_map():
                self._selector.register(end, selectors.EVENT_READ)

    def _move(self, end: socket.socket) -> None:
        pair = self._pairs[end]
        if self._frozen:
            self._selector.unregister(end)  # until heal(); what has come waits in the kernel
            return
        try:
            data = end.recv(_BUFFER)
            if not data:
                raise ConnectionResetError
            if end is pair.client:
                self._turns += pair.answered
                pair.answered = False
                pair.server.sendall(data)
                return
            pair.answered = True
            if self._answer_bytes is not None:
                # Everything after them is lost, as on a road that ends.
                data = b"" if pair.cut else data[:self._answer_bytes]
                pair.cut = True
            pair.client.sendall(data)
        except OSError:
            self._end(pair)

    def _end(self, pair: "_Pair") -> None:
        for end in (pair.client, pair.server):
            if end in self._selector.get_map():
                self._selector.unregister(end)
            del self._pairs[end]
            _reset(end)

    def _run(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(0.05):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj in self._pairs:
                        self._move(key.fileobj)  # type: ignore[arg-type]


class _Pair:
    def __init__(self, client: socket.socket, server: socket.socket):
        self.client = client
        self.server = server
        self.answered = True  # the server spoke last, or nobody did
        self.cut = False


def _reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
