# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`audiodl warm`: a server has what customers will ask for before they do."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator

import pytest

from servers import web
from servers.audioshop import AudioShop
from servers.command import command_path
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from support import CUSTOMER, some_bytes

HOT = '<Location "/audiodl-hot">\nSetHandler audiodl-hot\nRequire local\n</Location>\n'
SIZE = 700_000
Warm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shop(make_shop: Callable[..., AudioShop]) -> AudioShop:
    return make_shop(extra=HOT)


@pytest.fixture
def chunks(shop: AudioShop, book: str) -> Iterator[list[str]]:
    """Three of them, in the listing and at the origin."""
    names = [f"{book}/{number}.mp3" for number in (1, 2, 10)]
    for name in names:
        shop.publish(name, some_bytes(SIZE))
    yield names


def warm(shop: AudioShop, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), "warm", "--dir", str(shop.cache), *words], input=stdin, capture_output=True,
                          text=True, check=False, timeout=60)


def states(shop: AudioShop, chunks: list[str], session: str) -> list[str]:
    return [shop.get(chunk, session).headers["X-Audiodl-Cache"] for chunk in chunks]


def test_a_book_is_here_when_the_command_returns(shop: AudioShop, chunks: list[str], book: str, session: str,
                                                 proxy: Proxy):
    done = warm(shop, "--book", book)
    assert (done.returncode, done.stdout) == (0, "3 of 3 chunks are here, 2.0 MB\n"), done.stderr
    asked = len(proxy.exchanges())
    assert states(shop, chunks, session) == ["hit"] * 3
    assert len(proxy.exchanges()) == asked, "S3 was asked again"
    again = warm(shop, "--book", book, "--json")
    assert json.loads(again.stdout) == {"chunks": 3, "here": 3, "failed": 0, "left_out": 0, "not_listed": 0,
                                        "bytes": 3 * SIZE}
    assert len(proxy.exchanges()) == asked


def test_a_list_with_names_that_are_not_for_sale(shop: AudioShop, chunks: list[str], book: str, session: str):
    done = warm(shop, "--list", "-", stdin=f"# friday\n{chunks[2]}\nno-such-book\n{chunks[0]}\n")
    assert (done.returncode, done.stdout) == (1, "2 of 2 chunks are here, 1.3 MB\n"), "one that was wanted is not"
    assert "no-such-book: nothing of it is listed here" in done.stderr
    assert states(shop, [chunks[0], chunks[2]], session) == ["hit"] * 2
    assert states(shop, [chunks[1]], session) == ["miss"]


def test_n_says_what_would_be_fetched(shop: AudioShop, chunks: list[str], book: str):
    done = warm(shop, "-n", "--json", "--book", book)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, [row["done"] for row in rows]) == (0, ["would be fetched"] * 3)
    assert [row["key"].split("/", 1)[1] for row in rows] == chunks
    done = warm(shop, "-n", "--book", book, "--book", "no-such-book")
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 3)
    assert "no-such-book: nothing of it is listed here" in done.stderr


def test_a_new_server_takes_after_its_sibling(shop: AudioShop, chunks: list[str], session: str,
                                              make_shop: Callable[..., AudioShop]):
    for chunk in (chunks[1], chunks[0]):
        assert shop.get(chunk, session).status == 200
    url = f"{shop.address}/audiodl-hot"
    hot = [chunks[0], chunks[1]]

    def listed() -> list[str]:
        return [line for line in web.fetch(shop.address, "/audiodl-hot").body.decode().splitlines() if line in chunks]

    wait_until(lambda: listed() == hot, "the index to know both, the last one first")
    sibling = make_shop()
    for chunk in chunks:
        sibling.list_chunk(chunk)

    def planned() -> list[str]:
        return [line.split("/", 1)[1] for line in warm(sibling, "-n", "--like", url).stdout.splitlines()]

    wait_until(lambda: planned() == hot, "the plan to be what is hot", 30)
    done = warm(sibling, "--like", url)
    assert done.returncode == 0, done.stderr
    assert states(sibling, chunks, session) == ["hit", "hit", "miss"]


def test_the_list_is_not_for_everybody(make_shop: Callable[..., AudioShop]):
    closed = make_shop(extra=HOT.replace("local", "all denied"))
    assert web.fetch(closed.address, "/audiodl-hot").status == 403
    refused = warm(closed, "--like", f"{closed.address}/audiodl-hot")
    assert refused.returncode == 3
    assert "it answers 403" in refused.stderr


def test_a_page_is_no_list(shop: AudioShop):
    url = f"{shop.address}/server-status"
    refused = warm(shop, "--like", url)
    assert refused.returncode == 3
    assert f"{url}: line 1 names no chunk and no book" in refused.stderr


def test_what_does_not_come_is_told(shop: AudioShop, chunks: list[str], book: str, proxy: Proxy):
    proxy.faults = Faults(hang=True)
    done = warm(shop, "--book", book, "--stalled", "500ms")
    assert done.returncode == 1
    assert f"{chunks[0]}: nothing of it has come for" in done.stderr
    done = warm(shop, "--book", book, "--timeout", "300ms")
    assert done.returncode == 1
    assert "the time is over before all is here" in done.stderr


def test_no_fetcher(shop: AudioShop, chunks: list[str], book: str):
    shop.apache.stop()
    done = warm(shop, "--book", book)
    assert done.returncode == 1
    assert "no fetcher" in done.stderr


def test_the_first_are_not_pushed_out_by_the_last(make_shop: Callable[..., AudioShop], book: str):
    small = make_shop(changes={"AudioCacheMaxSize": "3M"})
    names = [f"{book}/{number}.mp3" for number in range(1, 9)]
    for name in names:
        small.publish(name, some_bytes(SIZE))
    done = warm(small, "--book", book)
    assert "were left out: the cache would be full" in done.stdout
    assert done.returncode == 1
    small_session = small.new_session(CUSTOMER)
    assert small.get(names[0], small_session).headers["X-Audiodl-Cache"] == "hit"


def test_customers_come_meanwhile(shop: AudioShop, chunks: list[str], book: str, session: str, proxy: Proxy):
    proxy.faults = Faults(rate=2e6)
    bodies: list[bytes] = []
    customer = threading.Thread(target=lambda: bodies.append(shop.get(chunks[0], session).body))
    customer.start()
    done = warm(shop, "--book", book)
    customer.join()
    assert done.returncode == 0
    assert bodies == [some_bytes(SIZE)]
    for chunk in chunks:
        proxy.assert_each_byte_once(chunk, SIZE)


@pytest.mark.parametrize("words", [[], ["dune"], ["--book", "a", "--max-size", "much"], ["--timeout", "x", "--book", "a"]])
def test_usage(shop: AudioShop, words: list[str]):
    assert warm(shop, *words).returncode == 2
