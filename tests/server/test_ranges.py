# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Ranges: the same right bytes whether the chunk is cold, partly there or whole."""

import email
import random

import pytest

from servers.audioshop import AudioShop
from servers.proxy import Proxy
from servers.web import Answer
from support import BLOCK, CHUNK_BYTES, some_bytes

SIZE = 5 * BLOCK + 1000
DATA = some_bytes(SIZE)

# Range header, then first and last byte that must come.
SINGLE = [
    ("bytes=0-0", 0, 0),
    ("bytes=0-99", 0, 99),
    ("bytes=500-999", 500, 999),
    ("bytes=1000-", 1000, SIZE - 1),
    ("bytes=-1", SIZE - 1, SIZE - 1),
    ("bytes=-1500", SIZE - 1500, SIZE - 1),
    (f"bytes=-{SIZE + 10}", 0, SIZE - 1),
    (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    (f"bytes={SIZE - 5}-{SIZE + 100}", SIZE - 5, SIZE - 1),
    (f"bytes={BLOCK - 1}-{BLOCK}", BLOCK - 1, BLOCK),
    (f"bytes={BLOCK}-{2 * BLOCK - 1}", BLOCK, 2 * BLOCK - 1),
    (f"bytes={BLOCK - 100}-{3 * BLOCK + 100}", BLOCK - 100, 3 * BLOCK + 100),
    (f"bytes={5 * BLOCK - 1}-{5 * BLOCK + 1}", 5 * BLOCK - 1, 5 * BLOCK + 1),
]

MULTI = [
    ("bytes=0-9,100-109", [(0, 9), (100, 109)]),
    (f"bytes=0-0,{BLOCK - 1}-{BLOCK},-5", [(0, 0), (BLOCK - 1, BLOCK), (SIZE - 5, SIZE - 1)]),
    (f"bytes={4 * BLOCK}-{4 * BLOCK + 9},{BLOCK}-{BLOCK + 9}",
     [(4 * BLOCK, 4 * BLOCK + 9), (BLOCK, BLOCK + 9)]),
]


@pytest.fixture(params=["cold", "hot"])
def chunk(request: pytest.FixtureRequest, shop: AudioShop, session: str, book: str) -> str:
    """A chunk of DATA that has never been asked for, or is wholly cached."""
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    if request.param == "hot":
        assert shop.get(name, session).body == DATA
        assert shop.get(name, session).cache == "hit"
    return name


def parts(answer: Answer) -> list[tuple[str, bytes]]:
    """Content-Range and body of each part of a multipart/byteranges response."""
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + answer.body)
    assert message.get_content_type() == "multipart/byteranges"
    # The parser treats the line end before a boundary as the boundary's, but decodes nothing else.
    return [(part["Content-Range"], part.get_payload(decode=True)) for part in message.get_payload()]


@pytest.mark.parametrize("header, first, last", SINGLE)
def test_one_range(shop: AudioShop, session: str, chunk: str, header: str, first: int, last: int) -> None:
    answer = shop.get(chunk, session, Range=header)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.body == DATA[first:last + 1]


@pytest.mark.parametrize("header, wanted", MULTI)
def test_several_ranges(shop: AudioShop, session: str, chunk: str, header: str,
                        wanted: list[tuple[int, int]]) -> None:
    answer = shop.get(chunk, session, Range=header)
    assert answer.status == 206
    assert len(answer.body) == int(answer.headers["Content-Length"])
    assert parts(answer) == [(f"bytes {first}-{last}/{SIZE}", DATA[first:last + 1]) for first, last in wanted]


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}",
                                    f"bytes={SIZE}-,{SIZE + 1}-"])
def test_unsatisfiable_ranges_are_416_with_the_size(shop: AudioShop, session: str, chunk: str,
                                                    header: str) -> None:
    answer = shop.get(chunk, session, Range=header)
    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", ["bytes=", "bytes=a-b", "bytes=9-5", "octets=0-5", "bytes 0-5", "bytes=--5"])
def test_malformed_ranges_are_ignored(shop: AudioShop, session: str, chunk: str, header: str) -> None:
    answer = shop.get(chunk, session, Range=header)
    assert (answer.status, answer.body) == (200, DATA)


def test_many_ranges_cost_no_more_than_their_blocks(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    size = 40 * BLOCK
    chunk, data = f"{book}/01.mp3", some_bytes(size, seed=3)
    shop.publish(chunk, data)
    firsts = [n * BLOCK + 99 for n in (30, 3, 12, 21, 6, 36)]
    answer = shop.get(chunk, session, Range="bytes=" + ",".join(f"{first}-{first + 9}" for first in firsts))
    assert parts(answer) == [(f"bytes {first}-{first + 9}/{size}", data[first:first + 10]) for first in firsts]
    assert proxy.body_bytes(chunk) <= len(firsts) * BLOCK


@pytest.mark.parametrize("header", ["bytes=" + ",".join("5-9" for _ in range(1000)),
                                    "bytes=" + ",".join(f"{7 * n}-{7 * n}" for n in range(700)),
                                    "bytes=" + ",".join("0-" for _ in range(200))],
                         ids=["the same", "apart", "all"])
def test_a_flood_of_ranges_is_the_object_once(shop: AudioShop, proxy: Proxy, session: str, book: str, header: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    answer = shop.get(chunk, session, Range=header)
    assert (answer.status, answer.body) == (206 if header.endswith("-") else 200, DATA)
    proxy.assert_each_byte_once(chunk, SIZE)


def test_a_seek_fetches_its_blocks_only(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(CHUNK_BYTES)
    shop.publish(chunk, data)
    at = CHUNK_BYTES * 9 // 10
    answer = shop.get(chunk, session, Range=f"bytes={at}-{at + 999}")
    assert (answer.status, answer.body) == (206, data[at:at + 1000])
    assert proxy.body_bytes(chunk) <= 4 * BLOCK

    # The rest comes with the whole chunk; what is there already is not asked for again.
    answer = shop.get(chunk, session)
    assert (answer.status, answer.cache, answer.body == data) == (200, "partial", True)
    proxy.assert_each_byte_once(chunk, len(data))
    assert shop.get(chunk, session).cache == "hit"


def test_scattered_ranges_agree_with_the_object(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    size = 40 * BLOCK + 77
    chunk, data = f"{book}/01.mp3", some_bytes(size)
    shop.publish(chunk, data)
    chance = random.Random(2)
    for _ in range(60):
        first = chance.randrange(size)
        last = min(size - 1, first + chance.choice((0, 1, 1000, BLOCK - 1, BLOCK, 3 * BLOCK)))
        answer = shop.get(chunk, session, Range=f"bytes={first}-{last}")
        assert (answer.status, answer.body == data[first:last + 1]) == (206, True), (first, last)
    assert shop.get(chunk, session).body == data
    proxy.assert_each_byte_once(chunk, size)
