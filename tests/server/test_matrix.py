# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Who has no right gets no paid byte and learns nothing, however the question is put.

One cell is one request: a method, conditions, a spelling of the path, a state of the session, and a state of the
chunk. Cells that differ in the chunk's state alone must be answered alike, to the byte. Cells are drawn at random;
AUDIODL_MATRIX_GROUPS says how many times five for each MPM, AUDIODL_SEED which.
"""

import http.client
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from prove import counts
from servers.audioshop import COOKIE, AudioShop
from servers.mariadb import MariaDb
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until

CUSTOMER = 42
# Any 64 bytes of a paid object hold it.
CANARY = b"<<paid byte, paid byte, paid>>\r\n"
SMALL = CANARY * 9000
LARGE = CANARY * 2_000_000

METHODS = ["GET", "GET", "GET", "HEAD", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]

# {etag} and {date} are those of the chunk that is in the cache.
CONDITIONS: list[dict[str, str]] = [
    {}, {"Range": "bytes=0-0"}, {"Range": "bytes=-1"}, {"Range": "bytes=100-"}, {"Range": "bytes=99999999999-"},
    {"Range": "bytes=0-9,20-29"}, {"Range": "bytes=5-1"}, {"Range": "lines=1-2"}, {"Range": "bytes=0-0", "If-Range": "{etag}"},
    {"Range": "bytes=0-0", "If-Range": '"x"'}, {"If-None-Match": "{etag}"}, {"If-None-Match": "*"}, {"If-Match": "{etag}"},
    {"If-Match": '"x"'}, {"If-Match": "*"}, {"If-Modified-Since": "{date}"},
    {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Accept-Encoding": "gzip"}, {"TE": "trailers"},
]

# {p} is /download, {b} the book, {c} the chunk.
SPELLINGS = [
    "{p}/{b}/{c}", "{p}/{b}/{c}", "{p}/{b}/{c}?x=1", "{p}/{b}/{c}?", "{p}//{b}/{c}", "/{p}/{b}/{c}", "{p}/{b}//{c}",
    "{p}/./{b}/{c}", "{p}/{b}/./{c}", "{p}/{b}/x/../{c}", "/x/..{p}/{b}/{c}", "{p}/{b}/{c}/", "{p}/{b}/{c}/x",
    "{p}/{b}/{c}%00", "{p}/{b}%2F{c}", "{p}/{b}%2f{c}", "/%64ownload/{b}/{c}", "{p}/{b}/%2e/{c}", "{p}/{b}/{c};x=1",
    "/DOWNLOAD/{b}/{c}", "{p}/{b}\\{c}", "{p}/%2e%2e{p}/{b}/{c}", "http://127.0.0.1{p}/{b}/{c}", "{p}/{b}/{c}%20",
]


@dataclass(frozen=True)
class Chunks:
    """One book with a chunk in each state; their names are of one length."""

    hit: str = "hit00.mp3"
    miss: str = "mis00.mp3"
    filling: str = "fil00.mp3"
    missing_at_origin: str = "org00.mp3"
    unlisted: str = "non00.mp3"

    def all(self) -> list[str]:
        return [self.hit, self.miss, self.filling, self.missing_at_origin, self.unlisted]


CHUNKS = Chunks()


@pytest.fixture(params=["event", "worker", "prefork"])
def mpm(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def shop(mpm: str, make_shop: Callable[..., AudioShop]) -> AudioShop:
    return make_shop(mpm=mpm, changes={"AudioRevocations": "On"})


@pytest.fixture
def prepared(shop: AudioShop, mariadb: MariaDb, proxy: Proxy, book: str) -> Iterator[str]:
    """The book, with its chunks in their states."""
    owner = shop.new_session(CUSTOMER)
    shop.publish(f"{book}/{CHUNKS.hit}", SMALL)
    shop.publish(f"{book}/{CHUNKS.miss}", SMALL)
    shop.publish(f"{book}/{CHUNKS.filling}", LARGE)
    shop.list_chunk(f"{book}/{CHUNKS.missing_at_origin}")
    assert shop.get(f"{book}/{CHUNKS.hit}", owner).body == SMALL
    assert shop.get(f"{book}/{CHUNKS.hit}", owner).cache == "hit"
    proxy.faults = Faults(rate=300_000)
    with ExitStack() as stack:
        response = stack.enter_context(shop.open(f"{book}/{CHUNKS.filling}", owner, 16 * 1024))
        assert response.read(32) == CANARY
        yield book
        assert proxy.body_bytes(f"{book}/{CHUNKS.filling}") < len(LARGE), "it was filled before the end"
        assert proxy.exchanges(f"{book}/{CHUNKS.miss}") == [], "somebody without a right caused a fetch"
        # The test can see paid bytes where there are some.
        for chunk in (CHUNKS.hit, CHUNKS.filling):
            assert CANARY in shop.get(f"{book}/{chunk}", owner, Range="bytes=0-99").body


@pytest.fixture
def strangers(shop: AudioShop, mariadb: MariaDb, book: str) -> list[str | None]:
    """Cookie headers of everybody who must not have the book."""
    revoked = f"revoked-{secrets.token_hex(4)}"
    mariadb.add_purchase(revoked, book)
    mariadb.add_purchase(CUSTOMER + 2, f"{book}/zzz")
    mariadb.sql(f"INSERT INTO audiodl_revocations (customer, book, revoked_at) VALUES ('{revoked}', NULL, 1)")
    sessions = {"malformed": b"customer_id|i:42", "anonymous": b"basket|a:0:{}", "empty": b"",
                "not typed": b"customer_id|d:42;", "hidden": b'note|s:17:"customer_id|i:42;";'}
    ids = []
    for data in sessions.values():
        ids.append(secrets.token_hex(16))
        mariadb.add_session(ids[-1], data, int(time.time()) + 3600)
    ids += [shop.new_session(CUSTOMER, lifetime=-5), shop.new_session(CUSTOMER + 1), shop.new_session(CUSTOMER + 2),
            shop.new_session(f"{CUSTOMER}x"), shop.new_session(f"0{CUSTOMER}"), secrets.token_hex(16)]
    ids.append(shop.new_session(revoked))
    owner = shop.new_session(CUSTOMER)
    cookies: list[str | None] = [f"{COOKIE}={session}" for session in ids]
    cookies += [None, "", f"{COOKIE}=", f"{COOKIE}=../../etc/passwd", f"{COOKIE}[]={owner}", f"X{COOKIE}={owner}",
                f"{COOKIE}={owner[:-1]}", f"{COOKIE}={owner}0", f"{COOKIE}=x; {COOKIE}={owner}", f"{COOKIE}={'a' * 5000}"]
    return cookies


class Client:
    """Keeps its connection as long as the server does."""

    def __init__(self, port: int):
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, list[tuple[str, str]], bytes]:
        for last_try in (False, True):
            try:
                self._connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers.items():
                    self._connection.putheader(name, value)
                if method in ("POST", "PUT", "PATCH"):
                    self._connection.putheader("Content-Length", "0")
                self._connection.endheaders()
                answer = self._connection.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            except (http.client.HTTPException, OSError):
                # The server may close a kept connection at any time.
                self._connection.close()
                if last_try:
                    raise
        raise AssertionError


def masked(answer: tuple[int, list[tuple[str, str]], bytes], chunk: str) -> tuple[int, list[str], bytes]:
    """Without what differs by itself: the time, a code that is drawn anew, the chunk's own name, whether it is the last
    of a connection."""
    status, headers, body = answer
    codes = [value for name, value in headers if name == "X-Audiodl-Code"]
    lines = [f"{name}: {value}" for name, value in headers
             if name not in ("Date", "Connection", "Keep-Alive", "Content-Length")]
    for code in codes:
        lines = [line.replace(code, "CODE") for line in lines]
        body = body.replace(code.encode(), b"CODE")
    lines = [line.replace(chunk, "CHUNK") for line in lines]
    body = re.sub(rb"Content-Length: \d+\r\n", b"", body.replace(chunk.encode(), b"CHUNK"))
    return status, sorted(lines), body


def test_no_cell_of_the_matrix_pays_out(shop: AudioShop, mpm: str, prepared: str, strangers: list[str | None]) -> None:
    known = shop.get(f"{prepared}/{CHUNKS.hit}", shop.new_session(CUSTOMER), "HEAD")
    client = Client(shop.apache.port)
    path = f"/download/{prepared}/{CHUNKS.hit}"
    wait_until(lambda: all(client.ask("GET", path, {"Cookie": cookie} if cookie else {})[0] in (401, 403)
                           for cookie in strangers for _ in range(4)), "the revocation to be read", 20)

    draw = random.Random(f"{counts.seed()}-{mpm}")
    statuses: Counter[int] = Counter()
    groups = counts.count("AUDIODL_MATRIX_GROUPS", 40)
    for _ in range(groups):
        method, condition, spelling, cookie = (draw.choice(METHODS), draw.choice(CONDITIONS), draw.choice(SPELLINGS),
                                               draw.choice(strangers))
        headers = {name: value.format(etag=known.headers["ETag"], date=known.headers["Last-Modified"])
                   for name, value in condition.items()}
        if cookie is not None:
            headers["Cookie"] = cookie
        first = None
        for chunk in CHUNKS.all():
            where = spelling.format(p="/download", b=prepared, c=chunk)
            cell = (method, where, headers)
            answer = client.ask(method, where, headers)
            statuses[answer[0]] += 1
            assert CANARY[:24] not in answer[2] and len(answer[2]) < 16_000, cell
            assert answer[0] not in (206, 304, 412, 416), cell
            assert method in ("OPTIONS", "TRACE") or answer[0] >= 300, cell
            assert {name for name, _ in answer[1]}.isdisjoint(
                {"ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "X-Audiodl-Cache", "Set-Cookie"}), cell
            seen = masked(answer, chunk)
            first = first or seen
            assert seen == first, cell
    assert len(statuses) >= 3, statuses
    counts.note(f"{mpm}: {sum(statuses.values())} cells in {groups} groups, 0 paid bytes, answers "
                + ", ".join(f"{status} {count}" for status, count in sorted(statuses.items())))
