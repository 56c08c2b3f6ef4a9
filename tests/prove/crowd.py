# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""crowd.py: many clients in one thread and a process of their own. Every byte is compared, none is kept.

Reads one JSON object from stdin: host, port, path, headers, clients, file (with the bytes expected).
Writes one JSON object to stdout: how many came to what end, and the first body byte's times in seconds.
A 503 is asked again after a tenth of its Retry-After, as a patient customer would, and counted.

    crowd = Crowd(shop.apache.port, "/download/b/1.mp3", headers, 200, file)
    crowd.start(); ...; result = crowd.join()
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

_RECEIVE = 256 * 1024
_PATIENCE = 120


class Client:
    """One download: a socket and how far it has come."""

    def __init__(self, order: dict, data: bytes, crowd: "CrowdLoop"):
        self._order = order
        self._data = data
        self._crowd = crowd
        self.end: str | None = None
        self.first_byte: float | None = None
        self.refused = 0
        self.connect()

    def connect(self) -> None:
        self.head = b""
        self.position = -1  # of the next body byte; -1: within the head
        self.socket = socket.create_connection((self._order["host"], self._order["port"]), timeout=30)
        self.socket.setblocking(False)
        headers = "".join(f"{name}: {value}\r\n" for name, value in self._order["headers"].items())
        self.socket.send(f"GET {self._order['path']} HTTP/1.1\r\nHost: {self._order['host']}\r\n{headers}"
                         "Connection: close\r\n\r\n".encode("latin-1"))
        self._crowd.watch(self)

    def on_readable(self) -> None:
        try:
            received = self.socket.recv(_RECEIVE)
        except BlockingIOError:
            return
        except OSError as error:
            self.finish(f"broken: {error.strerror}")
            return
        if not received:
            self.finish("broken: closed within the " + ("head" if self.position < 0 else "body"))
            return
        if self.position < 0:
            received = self.take_head(received)
        if received and self.end is None and self.position >= 0:
            self.take_body(received)

    def take_head(self, received: bytes) -> bytes:
        """What came behind the head; it often comes alone."""
        self.head += received
        head, found, body = self.head.partition(b"\r\n\r\n")
        if not found:
            return b""
        status = int(head.split(b" ", 2)[1])
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if status == 503:
            self.refused += 1
            self._crowd.later(self, int(lines.get(b"retry-after", b"10")) / 10)
        elif status != 200 or int(lines[b"content-length"]) != len(self._data):
            self.finish(f"answered {status} with {lines.get(b'content-length')!r} bytes")
        else:
            self.position = 0
        return body

    def take_body(self, received: bytes) -> None:
        if self.first_byte is None:
            self.first_byte = time.monotonic() - self._crowd.began
        if not self._data.startswith(received, self.position):
            self.finish(f"WRONG near byte {self.position}")
            return
        self.position += len(received)
        if self.position == len(self._data):
            self.finish("right")

    def finish(self, end: str) -> None:
        self.end = end
        self._crowd.forget(self)


class CrowdLoop:
    """All clients, from the first connection to the last byte."""

    def __init__(self, order: dict):
        self._selector = selectors.DefaultSelector()
        self._later: list[tuple[float, Client]] = []
        self.began = time.monotonic()
        data = Path(order["file"]).read_bytes()
        self._clients = [Client(order, data, self) for _ in range(order["clients"])]

    def watch(self, client: Client) -> None:
        self._selector.register(client.socket, selectors.EVENT_READ, client)

    def forget(self, client: Client) -> None:
        self._selector.unregister(client.socket)
        client.socket.close()

    def later(self, client: Client, seconds: float) -> None:
        self.forget(client)
        self._later.append((time.monotonic() + seconds, client))

    def run(self) -> dict:
        until = self.began + _PATIENCE
        while any(client.end is None for client in self._clients) and time.monotonic() < until:
            for key, _ in self._selector.select(0.05):
                key.data.on_readable()
            due = [entry for entry in self._later if entry[0] <= time.monotonic()]
            self._later = [entry for entry in self._later if entry not in due]
            for _, client in due:
                client.connect()
        first = sorted(client.first_byte for client in self._clients if client.first_byte is not None)
        return {"ends": Counter(client.end or "never ended" for client in self._clients),
                "refused": sum(client.refused for client in self._clients),
                "first_byte_median": first[len(first) // 2] if first else None,
                "seconds": time.monotonic() - self.began}


class Crowd:
    """The same in another process."""

    def __init__(self, port: int, path: str, headers: Mapping[str, str], clients: int, file: Path):
        self._order = {"host": "127.0.0.1", "port": port, "path": path, "headers": dict(headers),
                       "clients": clients, "file": str(file)}

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._order))
        self._process.stdin.close()
        self._process.stdin = None

    def join(self) -> dict:
        told, _ = self._process.communicate(timeout=_PATIENCE + 30)
        return json.loads(told)


if __name__ == "__main__":
    json.dump(CrowdLoop(json.load(sys.stdin)).run(), sys.stdout)
