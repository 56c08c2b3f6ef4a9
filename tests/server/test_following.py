# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Following a fill and sending to slow clients without holding workers; and where that cannot be, rightly still."""

import itertools
import subprocess
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

import pytest

from servers import web
from servers.audioshop import AudioShop
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CHUNK_BYTES, read_sha256, sha256, some_bytes

DATA = some_bytes(CHUNK_BYTES, seed=7)
# More than the event MPM of these tests has workers when it starts (3 processes of 16).
SLOW_CLIENTS = 80
SMALL_BUFFER = 16 * 1024
FAST_BUFFER = 0  # the system's own


@pytest.fixture(params=["plain", "tls"])
def any_shop(request: pytest.FixtureRequest, make_shop: Callable[..., AudioShop],
             make_tls_shop: Callable[..., AudioShop]) -> AudioShop:
    return make_shop() if request.param == "plain" else make_tls_shop()


def begin_slowly(shop: AudioShop, chunk: str, session: str, clients: int, stack: ExitStack,
                 buffer: int = SMALL_BUFFER) -> list:
    """That many downloads that have their first bytes and read no further."""
    responses = [stack.enter_context(shop.open(chunk, session, buffer)) for _ in range(clients)]
    for response in responses:
        assert response.read(1) == DATA[:1]
    return responses


def test_slow_clients_of_a_hit_hold_no_worker(any_shop: AudioShop, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    any_shop.publish(chunk, DATA)
    assert any_shop.get(chunk, session).sha256 == sha256(DATA)
    with ExitStack() as stack:
        slow = begin_slowly(any_shop, chunk, session, SLOW_CLIENTS, stack)
        # Were each of them to hold a worker there would be none left for this one.
        fast = any_shop.get(chunk, session)
        assert (fast.status, fast.cache, fast.sha256) == (200, "hit", sha256(DATA))
        # What was set aside for the slow ones is right as well.
        for response in slow[::20]:
            assert b"\0" + DATA[1:] == b"\0" + response.read()


def test_slow_clients_of_a_cold_chunk_hold_no_worker(any_shop: AudioShop, proxy: Proxy, session: str,
                                                     book: str) -> None:
    chunk = f"{book}/01.mp3"
    any_shop.publish(chunk, DATA)
    with ExitStack() as stack:
        slow = begin_slowly(any_shop, chunk, session, SLOW_CLIENTS, stack)
        fast = any_shop.get(chunk, session)
        assert (fast.status, fast.sha256) == (200, sha256(DATA))
        assert slow[0].read() == DATA[1:]
    proxy.assert_each_byte_once(chunk, len(DATA))


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_cold_over_tls_under_every_mpm(make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,
                                       mpm: str) -> None:
    shop = make_tls_shop(mpm=mpm)
    chunk, data = f"{book}/01.mp3", DATA[:8_000_001]
    shop.publish(chunk, data)
    proxy.faults = Faults(rate=20e6)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: shop.get(chunk, session), range(6)))
    assert {(answer.status, answer.sha256) for answer in answers} == {(200, sha256(data))}
    proxy.assert_each_byte_once(chunk, len(data))
    ranged = shop.get(chunk, session, Range="bytes=100-299,7000000-7000099")
    assert ranged.status == 206 and data[100:300] in ranged.body and data[7_000_000:7_000_100] in ranged.body


def test_cold_over_http2(make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,
                         workspace: Workspace) -> None:
    shop = make_tls_shop(extra="Protocols h2 http/1.1", modules=("http2",))
    chunk, data = f"{book}/01.mp3", DATA[:8_000_001]
    shop.publish(chunk, data)
    proxy.faults = Faults(rate=20e6)
    saved = workspace.path / f"{book}.mp3"
    for state in ("miss", "hit"):
        told = subprocess.run(
            ["curl", "-sSk", "--http2", "-o", str(saved), "-w", "%{http_version} %{http_code} %header{x-audiodl-cache}",
             "-b", f"PHPSESSID={session}", shop.address + shop.path(chunk)],
            capture_output=True, text=True, check=True).stdout
        assert told == f"2 200 {state}"
        assert saved.read_bytes() == data


def test_keep_alive_and_pipelining_after_a_followed_download(any_shop: AudioShop, proxy: Proxy, session: str,
                                                             book: str) -> None:
    chunks = [f"{book}/{number:02}.mp3" for number in range(4)]
    for chunk in chunks:
        any_shop.publish(chunk, DATA[:2_000_000])
    proxy.faults = Faults(rate=20e6)
    command = ["curl", "-sSk", "-b", f"PHPSESSID={session}", "-w", "%{num_connects} %{http_code} %{size_download}\n"]
    for chunk in chunks + chunks:
        command += ["-o", "/dev/null", any_shop.address + any_shop.path(chunk)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == ["1 200 2000000"] + ["0 200 2000000"] * 7


def test_a_fill_that_nobody_waits_for_stops(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(rate=2e6)
    with shop.open(chunk, session) as response:
        assert response.read(1) == DATA[:1]
    # What is under way comes in, eight parts at most; nothing new is asked for.
    asked = len(proxy.exchanges(chunk))
    proxy.faults = Faults()
    wait_until(lambda: quiet(proxy, chunk), "the reads under way to end")
    assert len(proxy.exchanges(chunk)) <= asked + 1


def quiet(proxy: Proxy, chunk: str) -> bool:
    """Nothing has come for this chunk between two looks."""
    before = proxy.body_bytes(chunk)
    for _ in range(5):
        wait_until(lambda: True, "a moment")
    return before == proxy.body_bytes(chunk)


def test_a_seek_overtakes_the_fill(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(rate=4e6)
    with shop.open(chunk, session) as response:
        assert response.read(1) == DATA[:1]
        at = 27_000_000
        seek = shop.get(chunk, session, Range=f"bytes={at}-{at + 65535}")
        assert (seek.status, seek.body) == (206, DATA[at:at + 65536])
        assert proxy.body_bytes(chunk) < len(DATA) / 2, "the seek waited for the fill"
        proxy.faults = Faults()
        assert read_sha256(response) == sha256(DATA[1:])


def test_a_player_that_goes_on_is_read_ahead_of_and_a_seek_is_not(shop: AudioShop, proxy: Proxy, session: str,
                                                                  book: str) -> None:
    chunk, window = f"{book}/01.mp3", 2 * BLOCK
    shop.publish(chunk, DATA)

    def play(at: int) -> None:
        answer = shop.get(chunk, session, Range=f"bytes={at}-{at + window - 1}")
        assert (answer.status, answer.body) == (206, DATA[at:at + window])

    play(40 * BLOCK)
    wait_until(lambda: quiet(proxy, chunk), "the seek's blocks to be all that comes")
    assert proxy.body_bytes(chunk) == window
    play(40 * BLOCK + window)
    wait_until(lambda: proxy.body_bytes(chunk) >= 3 * window, "what will be wanted next")
    play(40 * BLOCK + 2 * window)
    play(80 * BLOCK)
    assert proxy.body_bytes(chunk) <= 2 * window + 3 * 4 * BLOCK * 4


def test_a_stuck_origin_does_not_starve_hits(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    hit = f"{book}/hit.mp3"
    shop.publish(hit, DATA[:1_000_000])
    assert shop.get(hit, session).status == 200
    cold = [f"{book}/cold-{number}.mp3" for number in range(150)]
    for chunk in cold:
        shop.publish(chunk, b"x" * 1000)
    proxy.faults = Faults(hang=True)
    with ThreadPoolExecutor(len(cold)) as pool:
        waiting = [pool.submit(lambda chunk=chunk: shop.get(chunk, session)) for chunk in cold]
        wait_until(lambda: any(request.done() for request in waiting), "some to be told to come back")
        for _ in range(20):
            answer = shop.get(hit, session)
            assert (answer.status, answer.cache, answer.body) == (200, "hit", DATA[:1_000_000])
        proxy.faults = Faults()
        proxy.refuse()
        proxy.listen()
        answers = [request.result(120) for request in waiting]
    assert {answer.status for answer in answers} <= {200, 503}
    refused = [answer for answer in answers if answer.status == 503]
    assert refused and all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    for chunk in itertools.islice(cold, 5):
        assert shop.get(chunk, session).body == b"x" * 1000


def test_a_stalled_read_is_hedged(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(hang=True)
    with ThreadPoolExecutor(1) as pool:
        download = pool.submit(lambda: shop.get(chunk, session))
        wait_until(lambda: len(proxy.exchanges(chunk)) > 0, "the first read to hang")
        # The hung one stays hung; whatever is asked anew is answered.
        proxy.faults = Faults()
        answer = download.result(60)
    assert (answer.status, answer.sha256) == (200, sha256(DATA))


# A fill at this rate keeps every follower waiting for most of the time.
TRICKLE = 400_000


def busy_workers(shop: AudioShop) -> int:
    """What mod_status says, less the worker that says it."""
    text = web.fetch(shop.address, "/server-status?auto").body.decode()
    return int(text.partition("BusyWorkers: ")[2].split()[0]) - 1


def follow_a_trickle(shop: AudioShop, proxy: Proxy, chunk: str, session: str, clients: int,
                     stack: ExitStack) -> list[Future[str]]:
    """That many downloads that read as fast as the fill brings more, which is slowly: the hashes of what follows the
    first byte."""
    # With the first block there nobody's first byte is late; a crowd that waits too long is told to come back.
    followers = begin_slowly(shop, chunk, session, 1, stack, FAST_BUFFER)
    proxy.faults = Faults(rate=TRICKLE)
    followers += begin_slowly(shop, chunk, session, clients - 1, stack, FAST_BUFFER)
    pool = stack.enter_context(ThreadPoolExecutor(clients))
    return [pool.submit(read_sha256, follower) for follower in followers]


def test_fast_followers_of_a_slow_origin_hold_no_worker(any_shop: AudioShop, proxy: Proxy, session: str,
                                                        book: str) -> None:
    chunk, hit = f"{book}/01.mp3", f"{book}/hit.mp3"
    any_shop.publish(chunk, DATA)
    any_shop.publish(hit, DATA[:1_000_000])
    assert any_shop.get(hit, session).status == 200
    with ExitStack() as stack:
        following = follow_a_trickle(any_shop, proxy, chunk, session, SLOW_CLIENTS, stack)
        wait_until(lambda: busy_workers(any_shop) == 0, "every follower to be parked", 60)
        assert not any(download.done() for download in following)
        answer = any_shop.get(hit, session)
        assert (answer.status, answer.cache, answer.body) == (200, "hit", DATA[:1_000_000])
        proxy.faults = Faults()
        assert {download.result(120) for download in following} == {sha256(DATA[1:])}
    proxy.assert_each_byte_once(chunk, len(DATA))


def test_a_parked_download_outlasts_httpds_own_timeout(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str,
                                                       book: str) -> None:
    shop = make_shop(extra="Timeout 1")
    chunk, data = f"{book}/01.mp3", DATA[:2_000_000]
    shop.publish(chunk, data)
    proxy.faults = Faults(rate=TRICKLE)
    answer = shop.get(chunk, session)
    assert (answer.status, answer.sha256) == (200, sha256(data))


def test_parked_downloads_survive_a_graceful_restart(any_shop: AudioShop, proxy: Proxy, session: str,
                                                     book: str) -> None:
    chunk, data = f"{book}/01.mp3", DATA[:4_000_001]
    any_shop.publish(chunk, data)
    with ExitStack() as stack:
        following = follow_a_trickle(any_shop, proxy, chunk, session, 20, stack)
        any_shop.apache.graceful()
        proxy.faults = Faults()
        assert {download.result(120) for download in following} == {sha256(data[1:])}


def eventfds(shop: AudioShop) -> int:
    """The gates of parked connections, in all workers."""
    links = (link for pid in shop.apache.worker_pids() for link in Path(f"/proc/{pid}/fd").iterdir())
    return sum("eventfd" in target for link in links if (target := read_link(link)))


def read_link(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""  # it was closed meanwhile


def connections(shop: AudioShop) -> int:
    """The server's ends of connections that are not closed on its side (netstat's LISTEN and TIME_WAIT apart)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[1].partition(":")[2], 16) == shop.apache.port and row[3] not in ("0A", "06") for row in rows)


@pytest.mark.parametrize("end", ["whole", "left", "origin gone"])
def test_parked_downloads_leave_nothing_open(any_shop: AudioShop, proxy: Proxy, session: str, book: str,
                                             end: str) -> None:
    chunk, data = f"{book}/01.mp3", DATA[:3_000_000]
    any_shop.publish(chunk, data)
    proxy.faults = Faults(rate=TRICKLE)
    with ExitStack() as stack:
        responses = [stack.enter_context(any_shop.open(chunk, session)) for _ in range(10)]
        assert {response.read(1) for response in responses} == {data[:1]}
        wait_until(lambda: eventfds(any_shop) >= 10, "all to be parked", 60)
        if end == "origin gone":
            proxy.refuse()
            for response in responses:
                with pytest.raises((AssertionError, OSError, HTTPException)):
                    read_sha256(response)
        elif end == "whole":
            proxy.faults = Faults()
            assert {read_sha256(response) for response in responses} == {sha256(data[1:])}
    proxy.heal()
    wait_until(lambda: eventfds(any_shop) == 0 and connections(any_shop) == 0, "every descriptor to be closed", 90)
    assert any_shop.get(chunk, session).sha256 == sha256(data)
