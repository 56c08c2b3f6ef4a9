# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy between the module and S3 that counts every byte and misbehaves on demand.

It passes requests on unchanged (a signature covers the Host header, so the module is given the proxy's
address as its endpoint), keeps one Exchange for each, and applies `faults` to the responses:

    proxy = Proxy(ceph.port)
    proxy.faults = Faults(rate=5_000_000)
    ...
    proxy.assert_each_byte_once("BOOK/01.mp3", 30_000_000)
"""

import re
import socket
import struct
import threading
import time
import urllib.parse
from dataclasses import dataclass

_SLICE = 16 * 1024
_BUFFER = 256 * 1024


@dataclass
class Faults:
    """What goes wrong with the responses. Set a new one at any time; it counts from the next slice on.

    `cut_after`, `flip_at` and `answer` befall `times` responses and then no more; the others last.
    """

    rate: float = 0  # bytes a second of all bodies together; 0: as fast as it comes
    latency: float = 0  # seconds before each response
    hang: bool = False  # requests are read and never answered
    cut_after: int | None = None  # body bytes after which the connection is reset
    flip_at: int | None = None  # offset within the object of a byte that gets one bit wrong
    answer: int | None = None  # a status answered without asking S3 at all
    times: int = 1 << 30


@dataclass
class Exchange:
    """One request as the module sent it, and how much of an answer it got."""

    method: str
    host: str
    path: str  # decoded
    query: str  # as sent
    asked_range: str  # the Range header, or ""
    status: int = 0
    first: int = 0  # offset within the object of the body's first byte
    sent: int = 0  # body bytes passed on

    def is_for(self, chunk: str) -> bool:
        return self.path.endswith("/" + chunk)


class Proxy:
    """Listens on a loopback port of its own in threads of this process. All methods are thread-safe."""

    def __init__(self, upstream_port: int):
        self._upstream = ("127.0.0.1", upstream_port)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._exchanges: list[Exchange] = []
        self._next_slot = 0.0
        self._listener: socket.socket | None = None
        self.faults = Faults()
        self.port = 0
        self.listen()

    def listen(self) -> None:
        """Accepts connections (again)."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Breaks all connections and refuses new ones, until listen()."""
        if self._listener is not None:
            # shutdown() wakes the thread in accept(); close() alone would leave the port listening.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _reset(connection)

    close = refuse

    def heal(self) -> None:
        """No faults, and listening."""
        self.faults = Faults()
        if self._listener is None:
            self.listen()

    def exchanges(self, chunk: str | None = None) -> list[Exchange]:
        """All requests so far, or those whose key ends in the path `chunk`."""
        with self._lock:
            return [e for e in self._exchanges if chunk is None or e.is_for(chunk)]

    def body_bytes(self, chunk: str) -> int:
        """How many bytes of the object have been passed on."""
        return sum(e.sent for e in self.exchanges(chunk) if e.status in (200, 206))

    def assert_each_byte_once(self, chunk: str, size: int) -> None:
        """S3 sent every byte of the object, and none twice."""
        spans = sorted((e.first, e.first + e.sent) for e in self.exchanges(chunk)
                       if e.status in (200, 206) and e.sent)
        end = 0
        for first, beyond in spans:
            assert first == end, f"bytes {min(first, end)}-{max(first, end)} of {chunk} came twice or never: {spans}"
            end = beyond
        assert end == size, f"{chunk} came up to byte {end} of {size}: {spans}"

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._connections.add(client)
        upstream: socket.socket | None = None
        try:
            upstream = socket.create_connection(self._upstream)
            while self._exchange(client, upstream):
                pass
        except OSError:
            _reset(client)
        finally:
            with self._lock:
                self._connections.discard(client)
            client.close()
            if upstream is not None:
                upstream.close()

    def _exchange(self, client: socket.socket, upstream: socket.socket) -> bool:
        """Passes one request and its response; false when the connection is to be closed."""
        head, surplus = _read_head(client)
        if not head:
            return False
        request = _Head(head)
        method, target, _ = request.first_line.split(" ", 2)
        exchange = Exchange(method, request.get("host"), urllib.parse.unquote(target.partition("?")[0]),
                            target.partition("?")[2], request.get("range"))
        with self._lock:
            self._exchanges.append(exchange)
        if self.faults.hang:
            return self._hang(client)
        answer = self.faults.answer
        if answer is not None and self._befalls(answer):
            exchange.status = answer
            return _answer(client, answer)
        upstream.sendall(head + surplus)
        _pass_body(client, upstream, int(request.get("content-length") or 0) - len(surplus))
        return self._respond(client, upstream, exchange)

    def _respond(self, client: socket.socket, upstream: socket.socket, exchange: Exchange) -> bool:
        head, body = _read_head(upstream)
        if not head:
            return False
        response = _Head(head)
        exchange.status = int(response.first_line.split()[1])
        content_range = re.match(r"bytes (\d+)-", response.get("content-range"))
        exchange.first = int(content_range[1]) if content_range else 0
        if self.faults.latency:
            time.sleep(self.faults.latency)
        client.sendall(head)
        if "chunked" in response.get("transfer-encoding"):
            # Documents: passed on as they are, and the connection ends with them.
            end = b""
            while not end.endswith(b"0\r\n\r\n"):
                body = body or upstream.recv(_BUFFER)
                if not body:
                    break
                client.sendall(body)
                end, body = (end + body)[-5:], b""
            return False
        left = 0 if exchange.method == "HEAD" else int(response.get("content-length") or 0)
        cut = self.faults.cut_after if left and self._befalls(self.faults.cut_after) else None
        flip = self.faults.flip_at if self._flips(exchange, left) else None
        while left:
            body = body or upstream.recv(min(left, _BUFFER))
            if not body:
                return False
            size = _SLICE if self.faults.rate else _BUFFER
            part, body = body[:size], body[size:]
            if cut is not None:
                part = part[:cut - exchange.sent]
            self._pace(len(part))
            client.sendall(_flipped(part, exchange, flip))
            exchange.sent += len(part)
            left -= len(part)
            if exchange.sent == cut:
                raise ConnectionResetError
        return response.get("connection").lower() != "close"

    def _hang(self, client: socket.socket) -> bool:
        while self.faults.hang and self._listener is not None:
            time.sleep(0.02)
            if _closed(client):
                break
        return False

    def _befalls(self, fault: int | None) -> bool:
        """Whether a counted fault applies to this response; uses up one of its times."""
        with self._lock:
            if fault is None or self.faults.times <= 0:
                return False
            self.faults.times -= 1
            return True

    def _flips(self, exchange: Exchange, length: int) -> bool:
        at = self.faults.flip_at
        return at is not None and exchange.first <= at < exchange.first + length and self._befalls(at)

    def _pace(self, size: int) -> None:
        """Sleeps so that all connections together keep to the rate."""
        rate = self.faults.rate
        if not rate:
            return
        with self._lock:
            self._next_slot = max(self._next_slot, time.monotonic()) + size / rate
            wait = self._next_slot - time.monotonic()
        if wait > 0:
            time.sleep(wait)


class _Head:
    """The first line and the headers of a message."""

    def __init__(self, raw: bytes):
        lines = raw.decode("latin-1").split("\r\n")
        self.first_line = lines[0]
        self._headers = {name.strip().lower(): value.strip()
                         for name, _, value in (line.partition(":") for line in lines[1:] if line)}

    def get(self, name: str) -> str:
        return self._headers.get(name, "")


def _read_head(peer: socket.socket) -> tuple[bytes, bytes]:
    """A message's head with its empty line, and what came behind it; nothing at the end of the stream."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(_BUFFER)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _pass_body(client: socket.socket, upstream: socket.socket, left: int) -> None:
    while left > 0:
        data = client.recv(min(left, _BUFFER))
        if not data:
            raise ConnectionResetError
        upstream.sendall(data)
        left -= len(data)


def _answer(client: socket.socket, status: int) -> bool:
    body = b"<Error><Code>SlowDown</Code></Error>"
    client.sendall(b"HTTP/1.1 %d Fault\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
                   % (status, len(body), body))
    return True


def _flipped(part: bytes, exchange: Exchange, at: int | None) -> bytes:
    index = -1 if at is None else at - exchange.first - exchange.sent
    if not 0 <= index < len(part):
        return part
    return part[:index] + bytes([part[index] ^ 1]) + part[index + 1:]


def _closed(peer: socket.socket) -> bool:
    try:
        return peer.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False


def _reset(peer: socket.socket) -> None:
    """Ends a connection so that the other side sees a reset, and wakes whoever reads from it here."""
    try:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
