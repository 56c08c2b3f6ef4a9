# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Many customers at once, and servers that are reloaded or killed while they download."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.audioshop import AudioShop
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from support import BLOCK, CHUNK_BYTES, read_sha256, sha256, some_bytes

DATA = some_bytes(CHUNK_BYTES)


def download_together(shop: AudioShop, chunk: str, session: str, clients: int) -> list[tuple[int, str, str]]:
    """Downloads by that many clients that start at the same moment: status, cache state and SHA-256."""
    start = threading.Barrier(clients)

    def download(_: int) -> tuple[int, str, str]:
        start.wait()
        with shop.open(chunk, session) as response:
            return response.status, response.headers["X-Audiodl-Cache"], read_sha256(response)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(download, range(clients)))


def test_fifty_clients_on_one_cold_chunk(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(rate=20e6)  # slow enough for all fifty to come while it is being filled
    answers = download_together(shop, chunk, session, 50)
    assert {(status, digest) for status, _, digest in answers} == {(200, sha256(DATA))}
    states = [state for _, state, _ in answers]
    assert set(states) <= {"miss", "joined", "partial", "hit"} and "joined" in states
    proxy.assert_each_byte_once(chunk, len(DATA))


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_ten_clients_under_the_other_mpms(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str,
                                          book: str, mpm: str) -> None:
    shop = make_shop(mpm=mpm)
    chunk, data = f"{book}/01.mp3", DATA[:8_000_000]
    shop.publish(chunk, data)
    proxy.faults = Faults(rate=20e6)
    answers = download_together(shop, chunk, session, 10)
    assert {(status, digest) for status, _, digest in answers} == {(200, sha256(data))}
    proxy.assert_each_byte_once(chunk, len(data))


def test_many_cold_chunks_at_once(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunks = {f"{book}/{number:02}.mp3": some_bytes(3 * BLOCK + number, seed=number) for number in range(24)}
    for chunk, data in chunks.items():
        shop.publish(chunk, data)
    with ThreadPoolExecutor(24) as pool:
        answers = dict(zip(chunks, pool.map(lambda chunk: shop.get(chunk, session), chunks)))
    for chunk, data in chunks.items():
        assert (answers[chunk].status, answers[chunk].body == data) == (200, True), chunk
        proxy.assert_each_byte_once(chunk, len(data))


def test_a_client_that_leaves_harms_nobody(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(rate=15e6)
    with shop.open(chunk, session) as response:
        response.read(BLOCK)
    answer = shop.get(chunk, session)
    assert (answer.status, answer.sha256) == (200, sha256(DATA))


def test_graceful_in_the_midst_of_a_slow_download(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk, other = f"{book}/01.mp3", f"{book}/02.mp3"
    shop.publish(chunk, DATA)
    shop.publish(other, DATA[:BLOCK * 3])
    proxy.faults = Faults(rate=12e6)
    with shop.open(chunk, session, receive_buffer=64 * 1024) as response:
        assert response.status == 200
        begun = response.read(1_000_000)
        workers = shop.apache.worker_pids()
        shop.apache.graceful()
        assert proxy.body_bytes(chunk) < len(DATA), "the fill was over before the reload"
        # The new generation serves while the old one finishes.
        assert shop.get(other, session).body == DATA[:BLOCK * 3]
        rest = response.read()
    assert sha256(begun + rest) == sha256(DATA)
    assert set(shop.apache.worker_pids()) != set(workers)
    answer = shop.get(chunk, session)
    assert (answer.status, answer.cache, answer.sha256) == (200, "hit", sha256(DATA))


def test_gracefuls_one_after_another(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    shop.publish(f"{book}/01.mp3", DATA)
    proxy.faults = Faults(rate=12e6)
    with ThreadPoolExecutor(1) as pool:
        download = pool.submit(lambda: shop.get(f"{book}/01.mp3", session))
        wait_until(lambda: proxy.body_bytes(f"{book}/01.mp3") > 0, "the fill to begin")
        for _ in range(3):
            shop.apache.graceful()
        answer = download.result(60)
    assert (answer.status, answer.sha256) == (200, sha256(DATA))


def test_a_killed_fetcher_costs_nobody_a_download(shop: AudioShop, proxy: Proxy, session: str,
                                                  book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(rate=12e6)
    wait_until(lambda: len(shop.apache.helper_pids()) == 1, "one fetcher, told from workers by its process name")
    fetchers = shop.apache.helper_pids()
    with ThreadPoolExecutor(5) as pool:
        downloads = [pool.submit(lambda: shop.get(chunk, session)) for _ in range(5)]
        wait_until(lambda: proxy.body_bytes(chunk) > 5_000_000, "the fill to be under way")
        os.kill(fetchers[0], signal.SIGKILL)
        assert proxy.body_bytes(chunk) < len(DATA)
        answers = [download.result(60) for download in downloads]
    assert {(answer.status, answer.sha256) for answer in answers} == {(200, sha256(DATA))}
    assert shop.apache.helper_pids() not in ([], fetchers), "the parent starts another"
    # It goes on where the dead one stopped: only what was under way comes twice.
    assert proxy.body_bytes(chunk) < len(DATA) + 40 * BLOCK
    assert shop.get(chunk, session).cache == "hit"


def test_what_was_fetched_survives_a_restart(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str,
                                             book: str) -> None:
    shop = make_shop()
    chunk, data = f"{book}/01.mp3", DATA[:20 * BLOCK]
    shop.publish(chunk, data)
    assert shop.get(chunk, session, Range=f"bytes=0-{8 * BLOCK - 1}").body == data[:8 * BLOCK]
    shop.stop()
    shop.start()
    assert shop.get(chunk, session).body == data
    proxy.assert_each_byte_once(chunk, len(data))
    shop.stop()
    shop.start()
    assert shop.get(chunk, session).cache == "hit"
