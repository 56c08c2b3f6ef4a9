# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Nobody takes more than a share: rates, downloads at a time, clients that take nothing; and slow ones are left alone.

Times are bounded on the side where a busy machine cannot break them: nothing may come faster than its rate. With
AUDIODL_RATE_SECONDS (10 in `make prove`, 0 in `make check`) it is also measured how near the rate it is.
"""

import hashlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from prove import counts
from servers import web
from servers.audioshop import COOKIE, AudioShop, new_session
from servers.command import command_path
from servers.mariadb import MariaDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, read_sha256, sha256, some_bytes

KB, MB = 1024, 1024 * 1024
DATA = some_bytes(8 * MB + 1, seed=11)
SMALL_BUFFER = 8 * KB
RATE, BURST = 2 * MB, MB // 2
METRICS = '<Location "/metrics">\n    SetHandler audiodl-metrics\n    Require ip 127.0.0.1\n</Location>\n'

Maker = Callable[..., AudioShop]


@pytest.fixture(params=["plain", "tls"])
def make_any_shop(request: pytest.FixtureRequest, make_shop: Maker, make_tls_shop: Maker) -> Maker:
    return make_shop if request.param == "plain" else make_tls_shop


@contextmanager
def connected(shop: AudioShop) -> Iterator[http.client.HTTPConnection]:
    """A connection that is kept alive."""
    url = urllib.parse.urlsplit(shop.address)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = (http.client.HTTPSConnection(url.hostname, url.port, timeout=60, context=trusting)
                  if url.scheme == "https" else http.client.HTTPConnection(url.hostname, url.port, timeout=60))
    try:
        yield connection
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, path: str, session: str, **headers: str) -> http.client.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers={**named, "Cookie": f"{COOKIE}={session}"})
    return connection.getresponse()


def metric(shop: AudioShop, name: str) -> int:
    lines = web.fetch(shop.address, "/metrics").body.decode().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"audiodl_{name} ")))


# -- AudioRate --


def timeline(response: http.client.HTTPResponse, began: float) -> list[tuple[float, int]]:
    """When how much of the body had come."""
    marks, got = [], 0
    while data := response.read(16 * KB):
        got += len(data)
        marks.append((time.monotonic() - began, got))
    return marks


def time_of(marks: list[tuple[float, int]], size: int) -> float:
    return next(when for when, got in marks if got >= size)


def assert_paced(marks: list[tuple[float, int]], rate: int, burst: int) -> None:
    """Nothing came faster than the rate after the burst; a tenth is allowed, and what a socket holds."""
    end, size = marks[-1]
    assert end >= 0.9 * (size - burst - 256 * KB) / rate, f"{size} bytes in {end:.2f} s"
    seconds = counts.count("AUDIODL_RATE_SECONDS", 0)
    if seconds:
        begin = time_of(marks, burst)
        near = (size - burst) / (end - begin)
        assert 0.9 * rate <= near <= 1.1 * rate, f"{near:.0f} bytes/s for {rate}"
        counts.note(f"{near / rate:.3f} of the rate, the burst in {begin:.3f} s")


@pytest.mark.parametrize("state", ["hit", "cold"])
def test_the_burst_comes_at_once_and_the_rest_at_the_rate(make_any_shop: Maker, session: str, book: str,
                                                          state: str) -> None:
    shop = make_any_shop(changes={"AudioRate": "2M burst=512K"})
    size = BURST + RATE * max(1, counts.count("AUDIODL_RATE_SECONDS", 0))
    data = some_bytes(size, seed=5)
    fast = False
    for attempt in range(3):  # that a burst was slow is the busy machine's doing, once or twice
        chunk = f"{book}/{attempt}.mp3"
        shop.publish(chunk, data)
        if state == "hit":
            with connected(shop) as warming:
                assert sha256(ask(warming, shop.path(chunk), session).read()) == sha256(data)
        with connected(shop) as connection:
            began = time.monotonic()
            response = ask(connection, shop.path(chunk), session)
            marks = timeline(response, began)
        assert marks[-1][1] == size
        assert_paced(marks, RATE, BURST)
        fast = fast or time_of(marks, BURST) < 0.25 * BURST / RATE
        if fast:
            break
    assert fast, "the burst was never faster than the rate"


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_the_rate_holds_where_workers_wait(make_any_shop: Maker, session: str, book: str, mpm: str) -> None:
    shop = make_any_shop(changes={"AudioRate": "2M burst=512K"}, mpm=mpm)
    chunk, data = f"{book}/1.mp3", DATA[:BURST + RATE]
    shop.publish(chunk, data)
    for _ in ("cold", "hit"):
        with connected(shop) as connection:
            began = time.monotonic()
            marks = timeline(ask(connection, shop.path(chunk), session), began)
        assert marks[-1][1] == len(data)
        assert_paced(marks, RATE, BURST)


def test_the_rate_of_http2_is_the_connections(make_tls_shop: Maker, session: str, book: str,
                                              workspace: Workspace) -> None:
    shop = make_tls_shop(extra="Protocols h2 http/1.1\nAudioRate 2M burst=512K", modules=("http2",))
    data = DATA[:3 * MB // 2]
    saved = [workspace.path / f"{book}-{number}" for number in range(3)]
    urls = []
    for number, file in enumerate(saved):
        shop.publish(f"{book}/{number}.mp3", data)
        urls += ["-o", str(file), shop.address + shop.path(f"{book}/{number}.mp3")]
    began = time.monotonic()
    told = workspace.run(["curl", "-sSk", "--http2", "-w", "%{http_version} ", "-b", f"{COOKIE}={session}", *urls])
    took = time.monotonic() - began
    assert told == "2 2 2 " and [file.read_bytes() == data for file in saved] == [True] * 3
    assert took >= 0.9 * (3 * len(data) - BURST) / RATE - 0.5


def test_what_follows_on_the_connection_is_not_paced(make_any_shop: Maker, session: str, book: str,
                                                     workspace: Workspace) -> None:
    documents = workspace.directory(f"{book}-documents")
    (documents / "page.bin").write_bytes(DATA)
    shop = make_any_shop(changes={"AudioRate": "256K burst=64K"},
                         extra=f'DocumentRoot "{documents}"\n<Directory "{documents}">\nRequire all granted\n</Directory>')
    chunk = f"{book}/1.mp3"
    shop.publish(chunk, DATA[:256 * KB])
    with connected(shop) as connection:
        assert ask(connection, shop.path(chunk), session).read() == DATA[:256 * KB]
        began = time.monotonic()
        assert ask(connection, "/page.bin", session).read() == DATA
        # At the rate it would take 32 seconds.
        assert time.monotonic() - began < 16


def test_many_small_ranges_get_no_more_than_one_large_one(make_any_shop: Maker, session: str, book: str) -> None:
    shop = make_any_shop(changes={"AudioRate": "2M burst=512K"})
    chunk, step = f"{book}/1.mp3", 320 * KB
    shop.publish(chunk, DATA)
    with connected(shop) as connection:
        began = time.monotonic()
        for first in range(0, 8 * step, step):
            part = ask(connection, shop.path(chunk), session, Range=f"bytes={first}-{first + step - 1}").read()
            assert part == DATA[first:first + step]
        assert time.monotonic() - began >= 0.9 * (8 * step - BURST) / RATE


def test_a_location_has_its_own_rate(make_shop: Maker, mariadb: MariaDb, session: str, book: str) -> None:
    mariadb.add_purchase(CUSTOMER, f"slow/{book}")
    shop = make_shop(changes={"AudioRate": "none"},
                     extra='<Location "/download/slow">\nAudioURLPrefix /download\nAudioRate 512K burst=0\n</Location>')
    took = {}
    for chunk in (f"{book}/1.mp3", f"slow/{book}/1.mp3"):
        shop.publish(chunk, DATA[:MB])
        began = time.monotonic()
        assert shop.get(chunk, session).body == DATA[:MB]
        took[chunk] = time.monotonic() - began
    assert took[f"slow/{book}/1.mp3"] >= 0.9 * 2 - 0.5, took
    assert took[f"{book}/1.mp3"] < took[f"slow/{book}/1.mp3"], took


# -- AudioStreams --


def begin(shop: AudioShop, chunk: str, session: str | None, stack: ExitStack) -> http.client.HTTPResponse:
    """A download that has its first byte and stays under way."""
    headers = {} if session is None else {"Cookie": f"{COOKIE}={session}"}
    response = stack.enter_context(web.open_response(shop.address, shop.path(chunk), "GET", headers, SMALL_BUFFER))
    assert response.status == 200 and response.read(1) == DATA[:1]
    return response


def test_one_more_than_the_limit_is_told_so_at_once(make_any_shop: Maker, mariadb: MariaDb, session: str,
                                                    book: str) -> None:
    shop = make_any_shop(changes={"AudioStreams": "4"}, extra=METRICS)
    mariadb.add_purchase(CUSTOMER + 7, book)
    other = new_session(mariadb, CUSTOMER + 7)
    chunk, tiny = f"{book}/1.mp3", f"{book}/tiny.mp3"
    shop.publish(chunk, DATA)
    shop.publish(tiny, DATA[:100])
    with ExitStack() as stack, ExitStack() as first:
        downloads = [begin(shop, chunk, session, first if number == 0 else stack) for number in range(4)]
        took, answers = [], []
        for _ in range(20):
            with connected(shop) as connection:
                connection.connect()
                began = time.monotonic()
                response = ask(connection, shop.path(tiny), session, Accept="application/json")
                took.append(time.monotonic() - began)
                answers.append((response.status, response.headers["Retry-After"], json.loads(response.read())["code"],
                                response.headers["X-Audiodl-Code"]))
        assert {(status, retry) for status, retry, _, _ in answers} == {(429, "10")}
        assert all(code == header for _, _, code, header in answers)
        assert min(took) < 0.005, took
        # Whoever has less under way, and who asks for no body, is not concerned.
        assert shop.get(tiny, other).status == 200
        assert shop.get(tiny, session, method="HEAD").status == 200
        assert metric(shop, "throttled_requests_total") == 20
        told = why(shop, answers[0][2])
        assert "too-many-streams" in told and str(CUSTOMER) in told
        first.close()
        wait_until(lambda: shop.get(tiny, session).status == 200, "the place of a client that left to be free", 30)
        assert read_sha256(downloads[1]) == sha256(DATA[1:])
        wait_until(lambda: [shop.get(tiny, session).status for _ in range(3)] == [200] * 3, "another place", 30)


def why(shop: AudioShop, code: str) -> str:
    done = subprocess.run([command_path(), "why", code, "--log", shop.apache.dir / "error.log"], capture_output=True,
                          text=True, check=True, timeout=30)
    return done.stdout


def test_what_has_no_body_takes_no_place(make_shop: Maker, session: str, book: str) -> None:
    shop = make_shop(changes={"AudioStreams": "1"})
    chunk = f"{book}/1.mp3"
    shop.publish(chunk, DATA)
    etag = shop.get(chunk, session).headers["ETag"]
    with ExitStack() as stack:
        # Each on a connection that stays open.
        for headers, status in [({"If_None_Match": etag}, 304), ({"Range": f"bytes={len(DATA)}-"}, 416),
                                ({"If_Match": '"other"'}, 412), ({"Range": "bytes=0-9"}, 206)] * 3:
            response = ask(stack.enter_context(connected(shop)), shop.path(chunk), session, **headers)
            response.read()
            assert response.status == status
        for path, status in [("/download/" + book + "/none.mp3", 404), ("/download/other/1.mp3", 403)]:
            response = ask(stack.enter_context(connected(shop)), path, session)
            response.read()
            assert response.status == status


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_one_range_after_the_other_takes_one_place(make_shop: Maker, mariadb: MariaDb, session: str, book: str,
                                                   mpm: str) -> None:
    shop = make_shop(changes={"AudioStreams": "1"}, mpm=mpm)
    mariadb.add_purchase(CUSTOMER + 8, book)
    other = new_session(mariadb, CUSTOMER + 8)
    chunk = f"{book}/1.mp3"
    shop.publish(chunk, DATA)
    with connected(shop) as connection:
        for first in range(0, 2 * MB, 64 * KB):
            response = ask(connection, shop.path(chunk), session, Range=f"bytes={first}-{first + 64 * KB - 1}")
            assert (response.status, response.read()) == (206, DATA[first:first + 64 * KB])
    request = (f"GET {shop.path(chunk)} HTTP/1.1\r\nHost: x\r\nRange: bytes=5-9\r\nCookie: {COOKIE}={other}\r\n")
    pipelined = "".join(request + "\r\n" for _ in range(9)) + request + "Connection: close\r\n\r\n"
    assert web.raw_request(shop.address, pipelined.encode())[1].count(b"206 Partial Content") == 10


def pid_of_connection(shop: AudioShop, port: int) -> int:
    """The worker process that has the server's end of the connection from that local port."""
    for row in (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]):
        if int(row[1].partition(":")[2], 16) == shop.apache.port and int(row[2].partition(":")[2], 16) == port:
            inode = f"socket:[{row[9]}]"
            for pid in shop.apache.worker_pids():
                if inode in [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]:
                    return pid
    raise AssertionError(f"no worker has the connection from port {port}")


def test_a_killed_process_leaves_its_places_to_whoever_needs_them(make_shop: Maker, session: str, book: str) -> None:
    shop = make_shop(changes={"AudioStreams": "2"})
    chunk, tiny = f"{book}/1.mp3", f"{book}/tiny.mp3"
    shop.publish(chunk, DATA)
    shop.publish(tiny, DATA[:100])
    assert shop.get(tiny, session).status == 200
    with ExitStack() as stack:
        held = []
        for _ in range(2):
            connection = stack.enter_context(connected(shop))
            connection.connect()
            connection.sock.setsockopt(1, 8, SMALL_BUFFER)
            response = ask(connection, shop.path(chunk), session)
            while response.status == 429:  # on a busy machine the place of the last one is given back late
                response.read()
                response = ask(connection, shop.path(chunk), session)
            assert response.read(1) == DATA[:1]
            held.append(pid_of_connection(shop, connection.sock.getsockname()[1]))
        assert shop.get(tiny, session).status == 429
        # Nobody reaps the dead: the parent is stopped. Another worker must be left to find out.
        others = [pid for pid in shop.apache.worker_pids() if pid not in held]
        assert others, "three processes serve two connections"
        os.kill(shop.apache.pid, signal.SIGSTOP)
        try:
            for pid in set(held):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: all(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
                                   for pid in set(held)), "the processes to be dead")
            assert shop.get(tiny, session).status == 200
        finally:
            os.kill(shop.apache.pid, signal.SIGCONT)


def test_places_are_kept_over_a_graceful_restart(make_any_shop: Maker, session: str, book: str) -> None:
    shop = make_any_shop(changes={"AudioStreams": "2"})
    chunk, tiny = f"{book}/1.mp3", f"{book}/tiny.mp3"
    shop.publish(chunk, DATA)
    shop.publish(tiny, DATA[:100])
    with ExitStack() as stack:
        downloads = [begin(shop, chunk, session, stack) for _ in range(2)]
        shop.apache.graceful()
        assert shop.get(tiny, session).status == 429
        with ThreadPoolExecutor(2) as pool:
            assert set(pool.map(read_sha256, downloads)) == {sha256(DATA[1:])}
        wait_until(lambda: shop.get(tiny, session).status == 200, "the places to be free", 30)
        assert [shop.get(tiny, session).status for _ in range(5)] == [200] * 5


def test_who_has_no_name_is_counted_by_address(make_shop: Maker, session: str, book: str,
                                               workspace: Workspace) -> None:
    now = datetime.now(timezone.utc)
    free = workspace.path / f"{book}-free"
    free.write_text(f'"{book}" {now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ} {now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}\n')
    free.chmod(0o644)
    shop = make_shop(changes={"AudioStreams": "9 address=2", "AudioFreeTitles": str(free)})
    chunk = f"{book}/1.mp3"
    shop.publish(chunk, DATA)
    with ExitStack() as stack:
        for _ in range(2):
            begin(shop, chunk, None, stack)
        assert shop.get(chunk, None, Range="bytes=0-9").status == 429


# -- AudioStallTimeout --


@pytest.mark.parametrize("mpm", ["event", "worker"])
def test_who_takes_nothing_is_cut_off(make_any_shop: Maker, session: str, book: str, mpm: str) -> None:
    shop = make_any_shop(changes={"AudioStallTimeout": "2s", "AudioRate": "none"}, extra="Timeout 60\n" + METRICS, mpm=mpm)
    hit, cold = f"{book}/hit.mp3", f"{book}/cold.mp3"
    shop.publish(hit, DATA)
    shop.publish(cold, DATA)
    assert shop.get(hit, session).sha256 == sha256(DATA)
    with ExitStack() as stack:
        began = time.monotonic()
        stalled = [begin(shop, chunk, session, stack) for chunk in (hit, cold)]
        wait_until(lambda: metric(shop, "stalled_downloads_total") == 2, "both to be cut off", 30)
        assert time.monotonic() - began >= 1.9
        for response in stalled:
            with pytest.raises((OSError, http.client.HTTPException, AssertionError)):
                read_sha256(response)
    assert "it took nothing for 2 s (AudioStallTimeout)" in shop.apache.error_log()
    wait_until(lambda: [(line.status, line.connection) for line in shop.apache.access_log() if "hit.mp3" in line.request
                        or "cold.mp3" in line.request].count((200, "X")) == 2, "both to be logged as broken")


def sip(shop: AudioShop, chunk: str, session: str, seconds: float) -> str:
    """Two kilobytes a second for a time, then the rest at once."""
    digest, read, began = hashlib.sha256(), 0, time.monotonic()
    with shop.open(chunk, session, SMALL_BUFFER) as response:
        while (passed := time.monotonic() - began) < seconds:
            data = response.read1(max(1, int(2 * KB * passed) - read))
            digest.update(data)
            read += len(data)
            time.sleep(0.25)
        digest.update(response.read())
    return digest.hexdigest()


def pause(shop: AudioShop, chunk: str, session: str, seconds: float) -> str:
    """Fast, then nothing for a time, then fast again."""
    with shop.open(chunk, session) as response:
        first = response.read(MB)
        time.sleep(seconds)
        return sha256(first + response.read())


def test_who_takes_little_or_pauses_is_not_cut_off(make_any_shop: Maker, session: str, book: str) -> None:
    """Although by httpd's own Timeout everybody here would be, many times over."""
    shops = [make_any_shop(extra=f"Timeout 1\n{METRICS}", mpm=mpm) for mpm in ("event", "worker")]
    hit, cold = f"{book}/hit.mp3", f"{book}/cold.mp3"
    for shop in shops:
        shop.publish(hit, DATA)
        shop.publish(cold, DATA)
        assert shop.get(hit, session).sha256 == sha256(DATA)
    seconds = max(8, counts.count("AUDIODL_SIP_SECONDS", 0))
    with ThreadPoolExecutor(8) as pool:
        sums = [pool.submit(read, shop, chunk, session, seconds)
                for shop in shops for chunk in (hit, cold) for read in (sip, pause)]
    assert [future.result() for future in sums] == [sha256(DATA)] * 8
    assert [metric(shop, "stalled_downloads_total") for shop in shops] == [0, 0]


def test_slow_clients_leave_no_descriptor_behind(make_any_shop: Maker, session: str, book: str) -> None:
    shop = make_any_shop(extra="KeepAliveTimeout 60")
    chunk = f"{book}/1.mp3"
    shop.publish(chunk, DATA)
    assert shop.get(chunk, session).sha256 == sha256(DATA)

    def waiting() -> int:
        """Timers and poll descriptors of waiting connections."""
        links = (link for pid in shop.apache.worker_pids() for link in Path(f"/proc/{pid}/fd").iterdir())
        return sum("timerfd" in os.readlink(link) for link in links if link.is_symlink())

    with ExitStack() as stack:
        slow = [begin(shop, chunk, session, stack) for _ in range(6)]
        wait_until(lambda: waiting() == 6, "all to be waited for")
        assert read_sha256(slow[0]) == sha256(DATA[1:])
        # Its connection is kept alive.
        wait_until(lambda: waiting() == 5, "the first to be waited for no longer")
    wait_until(lambda: waiting() == 0, "every descriptor to be closed", 30)
