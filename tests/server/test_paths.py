# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""No request-target leaves the listing, the bucket's prefix or the book that was bought."""

import pytest

from servers.audioshop import COOKIE, AudioShop
from servers.mariadb import MariaDb
from servers.proxy import Proxy
from servers.web import raw_request
from support import CUSTOMER

SECRET = b"not for this customer"

# {b}: a book that was bought, holding 01.mp3; {o}: one that was not, holding 01.mp3 too.
TARGETS = [
    "/download/{b}/../{o}/01.mp3", "/download/{b}/%2e%2e/{o}/01.mp3", "/download/{b}/.%2e/{o}/01.mp3",
    "/download/{b}/%252e%252e/{o}/01.mp3", "/download/{b}/..%2f{o}%2f01.mp3", "/download/{b}/..%5c{o}%5c01.mp3",
    "/download/{b}%2f..%2f{o}%2f01.mp3", "/download/{b}%2f01.mp3", "/download/{b}//01.mp3x",
    "/download/../../../../etc/passwd", "/download/{b}/../../../../../../etc/passwd",
    "/download/{b}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/download//etc/passwd", "/download/{b}/%2fetc%2fpasswd",
    "/download/{b}/01.mp3%00", "/download/{b}/01.mp3%00.mp3", "/download/{b}%00/01.mp3", "/download/%00",
    "/download/{b}/01.mp3/", "/download/{b}/01.mp3/more", "/download/{b}", "/download/",
    "/download", "/download/{b}/..", "/download/{b}/.hidden.mp3",
    "/download/{b}/.audiodl.json", "/download/.ht/01.mp3", "/download/{b}/..;/{o}/01.mp3",
    "/download/{b}/" + "a" * 256, "/download/{b}/" + "a" * 1100, "/download/{b}" + "/a" * 600,
    "/download/{b}/" + "a" * 7000, "/download/{b}/" + "%41" * 2000, "/download/{b}/" + "a" * 20000,
    "/download/{b}/%", "/download/{b}/%zz", "/download/{b}/%c0%ae%c0%ae/{o}/01.mp3", "/download/{b}/%ff%fe.mp3",
    "/download/{b}/%0d%0aX-Injected:%201", "/download/{b}/\x01.mp3", "\\download\\{b}\\01.mp3", "*",
]


@pytest.fixture(scope="module")
def books(_shop: AudioShop, mariadb: MariaDb) -> tuple[str, str]:
    """One book that CUSTOMER has bought, one not."""
    mariadb.add_purchase(CUSTOMER, "paths-bought")
    _shop.publish("paths-bought/01.mp3", b"bought")
    _shop.publish("paths-bought/.hidden.mp3", SECRET)
    _shop.publish("paths-other/01.mp3", SECRET)
    (_shop.listing / "paths-bought" / ".audiodl.json").write_text("{}")
    return "paths-bought", "paths-other"


@pytest.mark.parametrize("target", TARGETS, ids=[target[:48].encode("unicode_escape").decode() for target in TARGETS])
def test_no_path_leaves_what_was_bought(shop: AudioShop, proxy: Proxy, session: str, books: tuple[str, str],
                                        target: str) -> None:
    before = len(proxy.exchanges())
    line = target.format(b=books[0], o=books[1]).encode("latin-1")
    status, received = raw_request(shop.address, b"GET %s HTTP/1.1\r\nHost: localhost\r\nCookie: %s=%s\r\n"
                                                 b"Connection: close\r\n\r\n"
                                   % (line, COOKIE.encode(), session.encode()))
    assert status in (400, 403, 404, 414), received[:300]
    for leak in (SECRET, b"root:", b"\r\nX-Injected"):
        assert leak not in received
    assert len(proxy.exchanges()) == before, "S3 was asked"
    assert shop.get("paths-bought/01.mp3", session).body == b"bought"


def test_dots_that_stay_within_the_book_are_harmless(shop: AudioShop, session: str, books: tuple[str, str]) -> None:
    for target in (b"/download/x/../paths-bought/01.mp3", b"/download/paths-bought/./01.mp3"):
        status, _ = raw_request(shop.address, b"GET %s HTTP/1.0\r\nCookie: %s=%s\r\n\r\n"
                                % (target, COOKIE.encode(), session.encode()))
        assert status in (200, 404)
