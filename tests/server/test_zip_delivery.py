# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""How a zip leaves: without a worker, without memory, one part after the other, under every MPM and protocol."""

import hashlib
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPException, IncompleteRead
from pathlib import Path

import pytest

from servers.audioshop import COOKIE, AudioShop, FileOrigin
from servers.book import Book, describe, file_tag
from servers.mariadb import MariaDb
from servers.proxy import Faults, Proxy
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, read_sha256, sha256, some_bytes
from test_following import (SLOW_CLIENTS, SMALL_BUFFER, TRICKLE, any_shop, busy_workers,  # noqa: F401
                            connections, eventfds)
from test_zip import contents

# Short enough to be cheap, more than all buffers of a slow client's connection hold.
PARTS = {f"{n}.mp3": some_bytes(6_000_001, n) for n in range(1, 4)}
SMALL_PARTS = {f"{n}.mp3": some_bytes(200_001, n) for n in range(1, 9)}




@pytest.fixture(scope="module")
def zips(_shop: AudioShop, mariadb: MariaDb, session: str) -> dict[str, bytes]:
    """The zips of books with these parts, as the shared shop made them when nothing went wrong."""
    made = {}
    for name, parts in (("large", PARTS), ("small", SMALL_PARTS)):
        mariadb.add_purchase(CUSTOMER, f"zips-{name}")
        made[name] = Book(f"zips-{name}", parts, "Zip").publish(_shop).get_zip(_shop, session).body
        assert list(contents(made[name]).values()) == list(parts.values())
    return made


@pytest.mark.parametrize("cache", ["cold", "hot"])
def test_slow_clients_hold_no_worker(any_shop: AudioShop, session: str, book: str,  # noqa: F811
                                     zips: dict[str, bytes], cache: str) -> None:
    made = Book(book, PARTS, "Zip").publish(any_shop)
    data = zips["large"]
    if cache == "hot":
        assert made.get_zip(any_shop, session).body == data
    with ExitStack() as stack:
        slow = [stack.enter_context(made.open_zip(any_shop, session, SMALL_BUFFER)) for _ in range(SLOW_CLIENTS)]
        assert {response.read(1) for response in slow} == {b"P"}
        wait_until(lambda: busy_workers(any_shop) == 0, "every worker to be free", 60)
        assert made.get_zip(any_shop, session).body == data
        for response in slow[::20]:
            assert read_sha256(response) == sha256(data[1:])


def test_followers_across_parts_hold_no_worker(any_shop: AudioShop, proxy: Proxy, session: str,  # noqa: F811
                                               book: str, zips: dict[str, bytes]) -> None:
    """Each client has caught up with the fill, and so waits at the beginning of every part as well."""
    made = Book(book, SMALL_PARTS, "Zip").publish(any_shop)
    data = zips["small"]
    with ExitStack() as stack:
        first = stack.enter_context(made.open_zip(any_shop, session))
        assert first.read(1) == b"P"
        proxy.faults = Faults(rate=TRICKLE)
        others = [stack.enter_context(made.open_zip(any_shop, session)) for _ in range(SLOW_CLIENTS - 1)]
        for response in others:
            assert response.read(1) == b"P"
        pool = stack.enter_context(ThreadPoolExecutor(SLOW_CLIENTS))
        following = [pool.submit(read_sha256, response) for response in (first, *others)]
        wait_until(lambda: busy_workers(any_shop) == 0, "every follower to be parked", 60)
        assert {download.result(120) for download in following} == {sha256(data[1:])}
    for part, content in SMALL_PARTS.items():
        proxy.assert_each_byte_once(made.path(part), len(content))


@pytest.mark.parametrize("end", ["whole", "left", "origin gone"])
def test_zips_leave_nothing_open(any_shop: AudioShop, proxy: Proxy, session: str, book: str,  # noqa: F811
                                 end: str) -> None:
    made = Book(book, PARTS, "Zip").publish(any_shop)
    proxy.faults = Faults(rate=TRICKLE)
    with ExitStack() as stack:
        responses = [stack.enter_context(made.open_zip(any_shop, session)) for _ in range(10)]
        assert {response.read(1) for response in responses} == {b"P"}
        wait_until(lambda: eventfds(any_shop) >= 10, "all to be parked", 60)
        if end == "origin gone":
            proxy.refuse()
            for response in responses:
                with pytest.raises((AssertionError, OSError, HTTPException)):
                    read_sha256(response)
        elif end == "whole":
            proxy.faults = Faults()
            assert len({read_sha256(response) for response in responses}) == 1
    proxy.heal()
    wait_until(lambda: eventfds(any_shop) == 0 and connections(any_shop) == 0 and cache_files(any_shop) == 0,
               "every descriptor to be closed", 90)
    assert list(contents(made.get_zip(any_shop, session).body).values()) == list(PARTS.values())


def cache_files(shop: AudioShop) -> int:
    """How many files of the cache the workers have open."""
    found = 0
    for pid in shop.apache.worker_pids():
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found += str(link.readlink()).startswith(str(shop.cache))
            except OSError:
                pass  # it was closed meanwhile
    return found


def test_one_part_is_open_and_one_is_filled(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    """However many parts there are; and what comes next is asked for before it is needed."""
    parts = {f"{n:02}.mp3": some_bytes(12_000_001, n % 3) for n in range(12)}
    made = Book(book, parts).publish(shop)
    wait_until(lambda: cache_files(shop) == 0, "other tests' files to be closed", 60)
    with made.open_zip(shop, session, SMALL_BUFFER) as response:
        assert response.read(1) == b"P"
        wait_until(lambda: proxy.body_bytes(made.path("00.mp3")) == 12_000_001, "the first part to be filled", 30)
        assert cache_files(shop) <= 1
        assert {e.path.rpartition("/")[2] for e in proxy.exchanges() if f"/{book}/" in e.path} == {"00.mp3"}
        # On, into its last 8 MB: the next one's beginning is there before anybody reads it.
        # A connection's buffers hold some megabytes, so those are out that have not been read.
        read = 1
        while read < 6_900_000 and not proxy.exchanges(made.path("01.mp3")):
            read += len(response.read(100_000))
        wait_until(lambda: proxy.exchanges(made.path("01.mp3")), "the next part to be asked for", 30)
        wait_until(lambda: proxy.body_bytes(made.path("01.mp3")) >= 8 << 20, "the next part's beginning", 30)
        assert proxy.exchanges(made.path("02.mp3")) == []
        assert cache_files(shop) <= 1


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
@pytest.mark.parametrize("scheme", ["plain", "tls"])
def test_other_mpms(make_shop: Callable[..., AudioShop], make_tls_shop: Callable[..., AudioShop],  # noqa: F811
                    proxy: Proxy, session: str, book: str, zips: dict[str, bytes], mpm: str,
                    scheme: str) -> None:
    shop = (make_tls_shop if scheme == "tls" else make_shop)(mpm=mpm)
    made = Book(book, SMALL_PARTS, "Zip").publish(shop)
    data = zips["small"]
    proxy.faults = Faults(rate=5e6)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: made.get_zip(shop, session), range(6)))
    assert {(answer.status, answer.sha256) for answer in answers} == {(200, sha256(data))}
    ranged = made.get_zip(shop, session, Range="bytes=199000-801000")
    assert (ranged.status, ranged.body) == (206, data[199_000:801_001])
    # A part that is not what the manifest says ends it here too.
    shop.origin.put(made.path("5.mp3"), some_bytes(200_001, 77))
    (shop.listing / made.path("5.mp3")).touch()
    with pytest.raises(IncompleteRead) as broken:
        made.get_zip(shop, session)
    assert data.startswith(broken.value.partial) and len(broken.value.partial) > 700_000
    assert "the download is broken off, for the client to resume" in shop.apache.error_log()


def test_http2(make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,  # noqa: F811
               workspace: Workspace, zips: dict[str, bytes]) -> None:
    shop = make_tls_shop(extra="Protocols h2 http/1.1", modules=("http2",))
    made = Book(book, PARTS, "Zip").publish(shop)
    data = zips["large"]
    proxy.faults = Faults(rate=20e6)
    saved = workspace.path / f"{book}.zip"
    curl = ["curl", "-sSk", "--http2", "-o", str(saved), "-w", "%{http_version} %{http_code} %header{x-audiodl-cache}",
            "-b", f"{COOKIE}={session}", shop.address + made.url(shop)]
    for state in ("miss", "hit"):
        assert subprocess.run(curl, capture_output=True, text=True, check=True).stdout == f"2 200 {state}"
        assert saved.read_bytes() == data
    wait_until(lambda: cache_files(shop) == 0, "every descriptor to be closed", 30)


def size(file: Path) -> int:
    """Of a file that may not be there yet."""
    return file.stat().st_size if file.exists() else 0


def test_a_stuck_zip_holds_no_other_stream_of_its_connection(
        make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,  # noqa: F811
        workspace: Workspace, zips: dict[str, bytes]) -> None:
    shop = make_tls_shop(extra="Protocols h2 http/1.1", modules=("http2",))
    made = Book(book, SMALL_PARTS, "Zip").publish(shop)
    hit = "8.mp3"
    for part in ("1.mp3", hit):
        assert shop.get(made.path(part), session).status == 200
    saved = [workspace.path / f"{book}.zip", workspace.path / f"{book}.mp3"]
    proxy.faults = Faults(hang=True)
    command = ["curl", "-sSk", "--http2", "-Z", "-b", f"{COOKIE}={session}"]
    for path, url in zip(saved, (made.url(shop), shop.path(made.path(hit))), strict=True):
        command += ["-o", str(path), shop.address + url]
    curl = subprocess.Popen(command)
    try:
        wait_until(lambda: size(saved[1]) == len(SMALL_PARTS[hit]), "the other stream", 60)
        assert size(saved[0]) < len(zips["small"]) and curl.poll() is None
        proxy.refuse()
        proxy.heal()
        assert curl.wait(120) == 0
    finally:
        curl.kill()
        curl.wait()
    assert saved[0].read_bytes() == zips["small"]


def test_kept_connections_and_graceful_restarts(any_shop: AudioShop, proxy: Proxy, session: str,  # noqa: F811
                                                book: str, zips: dict[str, bytes]) -> None:
    made = Book(book, SMALL_PARTS, "Zip").publish(any_shop)
    data = zips["small"]
    command = ["curl", "-sSk", "-b", f"{COOKIE}={session}", "-w", "%{num_connects} %{http_code} %{size_download}\n"]
    for url in (made.url(any_shop), any_shop.path(made.path("1.mp3")), made.url(any_shop), made.url(any_shop)):
        command += ["-o", "/dev/null", any_shop.address + url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    whole = f"200 {len(data)}"
    assert told == [f"1 {whole}", "0 200 200001", f"0 {whole}", f"0 {whole}"]
    cold = Book(f"{book}/cold", SMALL_PARTS).publish(any_shop)
    any_shop.database.add_purchase(CUSTOMER, cold.name)
    proxy.faults = Faults(rate=TRICKLE)
    with ExitStack() as stack:
        responses = [stack.enter_context(cold.open_zip(any_shop, session)) for _ in range(5)]
        pool = stack.enter_context(ThreadPoolExecutor(5))
        following = [pool.submit(read_sha256, response) for response in responses]
        any_shop.apache.graceful()
        proxy.faults = Faults()
        assert len({download.result(120) for download in following}) == 1


def test_a_part_that_is_evicted_while_it_is_sent(shop: AudioShop, session: str, book: str,
                                                 zips: dict[str, bytes]) -> None:
    made = Book(book, PARTS, "Zip").publish(shop)
    with made.open_zip(shop, session, SMALL_BUFFER) as response:
        begun = response.read(100)
        for file in shop.cache.glob("*/*"):
            file.unlink()
        assert begun + response.read() == zips["large"]


def test_a_directory_of_megabytes_holds_no_worker(any_shop: AudioShop, session: str, book: str) -> None:  # noqa: F811
    """As many parts as a manifest may have, all empty, with long names: the zip is headers and directory alone."""
    names = [f"{n:05}-{'x' * 200}.mp3" for n in range(10_000)]
    for name in names:
        any_shop.list_chunk(f"{book}/{name}")
    made = Book(book, {})
    made.write_manifest(any_shop, {"audiodl": 1, "chunks": [
        {"name": name, "size": 0, "etag": '"x"', "crc32": "00000000"} for name in names]})
    data = made.get_zip(any_shop, session).body
    assert list(contents(data)) == [f"{book}/{name}" for name in names]
    assert len(data) > 5_000_000
    with ExitStack() as stack:
        slow = [stack.enter_context(made.open_zip(any_shop, session, SMALL_BUFFER)) for _ in range(5)]
        assert {response.read(1) for response in slow} == {b"P"}
        wait_until(lambda: busy_workers(any_shop) == 0, "every worker to be free", 60)
        assert read_sha256(slow[0]) == sha256(data[1:])


@pytest.mark.parametrize("mpm", ["event", "prefork"])
@pytest.mark.parametrize("scheme", ["plain", "tls"])
def test_a_zip_keeps_to_one_rate_over_all_its_parts(make_shop: Callable[..., AudioShop],
                                                    make_tls_shop: Callable[..., AudioShop], session: str, book: str,
                                                    zips: dict[str, bytes], mpm: str, scheme: str) -> None:
    """The burst is the zip's, not each part's; nothing may come faster than that."""
    rate, burst = 800_000, 200_000
    shop = (make_tls_shop if scheme == "tls" else make_shop)(mpm=mpm, extra=f"AudioRate {rate} burst={burst}")
    made = Book(book, SMALL_PARTS, "Zip").publish(shop)
    began = time.monotonic()
    assert made.get_zip(shop, session).body == zips["small"]
    assert time.monotonic() - began > (len(zips["small"]) - burst - 300_000) / rate


def test_a_zip_is_one_download(make_shop: Callable[..., AudioShop], session: str, book: str,
                               zips: dict[str, bytes]) -> None:
    shop = make_shop(extra="AudioStreams 1")
    made = Book(book, PARTS, "Zip").publish(shop)
    with made.open_zip(shop, session, SMALL_BUFFER) as response:
        assert response.read(1) == b"P"
        refused = made.get_zip(shop, session)
        assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (429, True)
        assert shop.get(made.path("1.mp3"), session).status == 429
        assert made.get_zip(shop, session, "HEAD").status == 200
        assert read_sha256(response) == sha256(zips["large"][1:])
    wait_until(lambda: made.get_zip(shop, session).body == zips["large"], "its place to be free again")


# A quarter of a gigabyte of which nothing is anywhere but holes, in fifty parts.
HOLES = {f"{n:03}.mp3": 5 << 20 for n in range(50)}


def publish_holes(shop: AudioShop, book: str) -> Book:
    assert isinstance(shop.origin, FileOrigin)
    made, chunks = Book(book, {}), []
    for name, size in HOLES.items():
        path = shop.origin.path / book / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.truncate(size)
        shop.list_chunk(f"{book}/{name}")
        chunks.append(describe(name, bytes(size), etag=file_tag(path)))
    made.write_manifest(shop, {"audiodl": 1, "chunks": chunks})
    shop.database.add_purchase(CUSTOMER, book)
    return made


def resident(shop: AudioShop) -> int:
    """Bytes of memory of the workers that are their own."""
    total = 0
    for pid in shop.apache.worker_pids():
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(status.partition("RssAnon:")[2].split()[0]) * 1024
    return total


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_memory_does_not_grow_with_the_book(workspace: Workspace, mpm: str) -> None:
    shop = AudioShop(workspace, f"zip-holes-{mpm}", FileOrigin(workspace, f"zip-holes-origin-{mpm}"),
                     SqliteDb(workspace), mpm=mpm)
    shop.start()
    made = publish_holes(shop, "holes")
    session = shop.new_session(CUSTOMER)
    head = made.get_zip(shop, session, "HEAD")
    size = int(head.headers["Content-Length"])
    before = resident(shop)
    most, read, check = 0, 0, hashlib.sha256()
    with made.open_zip(shop, session, SMALL_BUFFER) as response:
        while data := response.read(4 << 20):
            check.update(data)
            read += len(data)
            most = max(most, resident(shop))
            assert cache_files(shop) <= 1
    assert read == size > 250 << 20
    assert most - before < 16 << 20, f"{(most - before) >> 20} MiB more"
    shop.stop()
