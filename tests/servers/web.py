# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""HTTP as a customer's browser or download manager speaks it."""

import hashlib
import http.client
import socket
import ssl
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Answer:
    """A response that has been read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def cache(self) -> str | None:
        """What AudioDebugHeaders says of the cache: hit, miss, …"""
        return self.headers.get("X-Audiodl-Cache")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def encode_path(path: str) -> str:
    """A path as a URL has it; '/' is kept."""
    return urllib.parse.quote(path, safe="/")


@contextmanager
def open_response(address: str, path: str, method: str = "GET", headers: Mapping[str, str] | None = None,
                  receive_buffer: int = 0) -> Iterator[http.client.HTTPResponse]:
    """The response with its body unread. `receive_buffer` bounds what the kernel reads ahead of the caller."""
    url = urllib.parse.urlsplit(address)
    assert url.hostname and url.port
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    connection.sock = socket.socket()
    if receive_buffer:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.sock.settimeout(60)
    connection.sock.connect((url.hostname, url.port))
    if url.scheme == "https":
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        connection.sock = trusting.wrap_socket(connection.sock)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        yield connection.getresponse()
    finally:
        connection.close()


def fetch(address: str, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
    """One request on a connection of its own; `path` is already encoded. IncompleteRead if it is cut."""
    with open_response(address, path, method, headers) as response:
        return Answer(response.status, response.headers, response.read())


def raw_request(address: str, request: bytes) -> tuple[int, bytes]:
    """Sends bytes as they are, for what no client library would send; the status and all that came back."""
    url = urllib.parse.urlsplit(address)
    assert url.hostname and url.port
    with socket.create_connection((url.hostname, url.port), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while data := connection.recv(65536):
            received += data
    return int(received.split(b" ", 2)[1]), received
