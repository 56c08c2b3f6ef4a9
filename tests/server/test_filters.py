# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""httpd's own filters above a download: those that change its bytes or its pace, and those that only look like it."""

import socket
from collections.abc import Callable

import pytest

from servers.audioshop import COOKIE, AudioShop
from servers.book import Book
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from support import some_bytes
from test_following import SMALL_BUFFER, busy_workers

SUBSTITUTE = '<Location /download>\nSetOutputFilter SUBSTITUTE\nSubstitute "s/not in any of it/x/n"\n</Location>'
MANY_PARTS = {f"{n:02}.mp3": some_bytes(50_001, n) for n in range(60)}

Maker = Callable[..., AudioShop]


@pytest.fixture(params=["plain", "tls"])
def make(request: pytest.FixtureRequest, make_shop: Maker, make_tls_shop: Maker) -> Maker:
    return make_shop if request.param == "plain" else make_tls_shop


def test_what_a_filter_makes_goes_at_the_clients_pace(make: Maker, proxy: Proxy, session: str, book: str) -> None:
    """It leaves as it is made, and no more of it is made than the connection's buffers hold."""
    shop = make(modules=("substitute",), extra=SUBSTITUTE)
    made = Book(book, {f"{n}.mp3": some_bytes(9_000_000, n) for n in range(1, 4)}).publish(shop)
    with made.open_zip(shop, session, SMALL_BUFFER) as response:
        assert response.read(1) == b"P"
        wait_until(lambda: proxy.body_bytes(made.path("1.mp3")) == 9_000_000, "the first part to be filled", 60)
        assert len(response.read(2_000_000)) == 2_000_000
        # The last part is asked for when little of the second is left.
        assert proxy.exchanges(made.path("3.mp3")) == []
        assert busy_workers(shop) == 1
    wait_until(lambda: busy_workers(shop) == 0, "it to be seen that the client has gone")


def test_a_limited_rate_is_kept_from_the_beginning(make: Maker, session: str, book: str) -> None:
    """mod_ratelimit sends some, sleeps, and sends more, while the worker is with it."""
    shop = make(modules=("ratelimit",), extra='<Location /download>\nSetOutputFilter RATE_LIMIT\n'
                'SetEnv rate-limit 1000\n</Location>')
    name, data = f"{book}/01.mp3", some_bytes(6_000_000)
    shop.publish(name, data)
    with shop.open(name, session, SMALL_BUFFER) as response:
        begun = response.read(1_500_000)
        assert busy_workers(shop) == 1
        assert begun + response.read() == data


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_filter_that_gives_up_ends_the_connection(make_shop: Maker, session: str, book: str, version: str) -> None:
    """mod_substitute does so at a line that is too long. What was asked for next is not answered in its midst."""
    shop = make_shop(modules=("substitute",), extra=SUBSTITUTE)
    for name, data in (("1.txt", b"a line\n" * 10_000 + b"x" * 2_000_000), ("2.txt", b"a line\n")):
        shop.publish(f"{book}/{name}", data)
        assert shop.get(f"{book}/{name}", session, "HEAD").status == 200
    with socket.create_connection(("127.0.0.1", shop.apache.port), timeout=20) as client:
        client.sendall(b"".join(f"GET {shop.path(book)}/{name} HTTP/{version}\r\nHost: 127.0.0.1\r\n"
                                f"Connection: keep-alive\r\nCookie: {COOKIE}={session}\r\n\r\n".encode()
                                for name in ("1.txt", "2.txt")))
        received = client.recv(65536)
        assert received.startswith(b"HTTP/1.1 200 ")
        ended = read_to_the_end(client)
    if version == "1.1":
        assert ended is not None and (received + ended).count(b"HTTP/1.1 ") == 1
        assert not (received + ended).endswith(b"0\r\n\r\n")
    else:
        assert ended is None


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_filtered_zip_that_is_broken_off_looks_so(make_shop: Maker, proxy: Proxy, session: str, book: str,
                                                    version: str) -> None:
    """Whatever the filter makes of a part that it cannot read; and it is not asked for part after part."""
    shop = make_shop(modules=("substitute",), extra=SUBSTITUTE, changes={"AudioOriginTimeout": "2s"})
    made = Book(book, MANY_PARTS).publish(shop)
    proxy.faults = Faults(rate=300e3)
    with socket.create_connection(("127.0.0.1", shop.apache.port), timeout=20) as client:
        client.sendall(f"GET {made.url(shop)} HTTP/{version}\r\nHost: 127.0.0.1\r\nCookie: {COOKIE}={session}\r\n"
                       "\r\n".encode())
        received = client.recv(65536)
        assert received.startswith(b"HTTP/1.1 200 ")
        proxy.refuse()
        ended = read_to_the_end(client)
    # With HTTP/1.0 the end of the connection is the end of what it carries.
    assert ended is None if version == "1.0" else ended is not None and not ended.endswith(b"0\r\n\r\n")


def read_to_the_end(client: socket.socket) -> bytes | None:
    """What still comes; None: the connection is reset then."""
    received = b""
    try:
        while data := client.recv(65536):
            received += data
    except ConnectionResetError:
        return None
    return received


def test_filters_that_change_nothing(make_shop: Maker, proxy: Proxy, session: str, book: str) -> None:
    """Both modules put a filter before every response, which looks at its first bytes at most."""
    shop = make_shop(modules=("session", "logio"), extra="LogIOTrackTTFB On")
    made = Book(book, {f"{n}.mp3": some_bytes(4_000_000, n) for n in range(1, 3)}).publish(shop)
    proxy.faults = Faults(rate=1e6)
    with shop.open(made.path("1.mp3"), session) as response:
        assert response.read(1) == made.parts["1.mp3"][:1]
        assert proxy.body_bytes(made.path("1.mp3")) < 4_000_000
    proxy.faults = Faults()
    head, whole = (made.get_zip(shop, session, method) for method in ("HEAD", "GET"))
    assert whole.headers["Content-Length"] == head.headers["Content-Length"] == str(len(whole.body))
    assert made.get_zip(shop, session, Range="bytes=100-199").body == whole.body[100:200]
