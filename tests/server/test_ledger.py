# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The ledger: who was given all of what, whatever number of requests, connections and servers that took."""

import contextlib
import itertools
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop, FileOrigin
from servers.mariadb import MariaDb
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CHUNK_BYTES, some_bytes

SIZE = 3_000_001
DATA = some_bytes(SIZE)
# What is noted is in the database within two seconds; a busy machine may take longer.
SOON = 30.0
# How often two servers finish a download at the same moment.
TWINS = int(os.environ.get("AUDIODL_TWINS", "12"))

_numbers = itertools.count(1)
Database = MariaDb | SqliteDb


class Client:
    """One connection, read as slowly as a test likes, and closed as rudely."""

    def __init__(self, shop: AudioShop, receive_buffer: int = 0):
        self._received = b""
        self.socket: socket.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", shop.apache.port))
        if shop.address.startswith("https"):
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            self.socket = trusting.wrap_socket(self.socket)

    def ask(self, chunk: str, session: str, **headers: str) -> int:
        """Sends a GET and reads the head of the answer; returns its Content-Length."""
        lines = [f"GET {AudioShop.path(chunk)} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: {COOKIE}={session}",
                 *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self._received:
            data = self.socket.recv(65536)
            assert data, "closed before the answer"
            self._received += data
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        assert head.split()[1] in (b"200", b"206"), head
        found = re.search(rb"(?i)content-length: (\d+)", head)
        assert found
        return int(found.group(1))

    def read(self, size: int) -> bytes:
        """That many bytes of the body."""
        while len(self._received) < size:
            data = self.socket.recv(min(65536, size - len(self._received)))
            assert data, f"closed {size - len(self._received)} bytes too early"
            self._received += data
        data, self._received = self._received[:size], self._received[size:]
        return data

    def drain(self) -> int:
        """Reads until the connection ends, however it does; how many bytes that were."""
        count, self._received = len(self._received), b""
        with contextlib.suppress(OSError):
            while data := self.socket.recv(65536):
                count += len(data)
        return count

    def close(self) -> None:
        """As a browser does: with a reset where something is unread."""
        self.socket.close()

    def reset(self) -> None:
        """As a network that breaks down."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Customer:
    """A customer of this test alone with a book, and what the ledger says of both."""

    def __init__(self, shop: AudioShop, data: bytes = DATA):
        number = next(_numbers)
        self.shop = shop
        self.size = len(data)
        self.database = shop.database
        self.name = f"customer-{number}-ü"
        self.book = f"ledger/buch-{number}-ß"
        self.chunk = f"{self.book}/01 a.mp3"
        shop.publish(self.chunk, data)
        self.database.add_purchase(self.name, self.book)
        self.session = shop.new_session(self.name)

    def get(self, shop: AudioShop | None = None, **headers: str) -> bytes:
        answer = (shop or self.shop).get(self.chunk, self.session, **headers)
        assert answer.status in (200, 206)
        return answer.body

    def completions(self) -> list[list[str]]:
        return self.database.select("SELECT chunk, size, nth FROM audiodl_completions "
                                    f"WHERE customer = '{self.name}' AND book = '{self.book}' ORDER BY chunk, nth")

    def parts(self) -> list[str]:
        """Of downloads that are not complete."""
        return [row[0] for row in self.database.select(
            f"SELECT parts FROM audiodl_open_parts WHERE customer = '{self.name}'")]

    def wait_completed(self) -> None:
        wait_until(self.completions, f"a completion; there is {self.parts()}", SOON, 0.05)
        # Once, and nothing is left of it.
        assert self.completions() == [["01 a.mp3", str(self.size), "1"]]
        wait_until(lambda: self.parts() == [], "the parts to go", SOON, 0.05)

    def wait_parts(self) -> str:
        """What is delivered so far, of one chunk that is not complete."""
        return wait_until(self.parts, f"parts; completed is {self.completions()}", SOON, 0.05)[0]

    def wait_noted(self) -> None:
        """Until everything that was delivered before this call has been noted."""
        witness = Customer(self.shop)
        witness.get(Range="bytes=0-9")
        witness.wait_parts()


@pytest.fixture(scope="module")
def origin(workspace: Workspace) -> FileOrigin:
    return FileOrigin(workspace, "ledger-origin")


@pytest.fixture(scope="module")
def certificate(workspace: Workspace) -> Path:
    path = workspace.path / "ledger-tls.pem"
    workspace.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                   "-keyout", str(path), "-out", str(path) + ".crt"])
    path.write_text(path.read_text() + Path(str(path) + ".crt").read_text())
    return path


class Maker:
    """Starts shops that keep a ledger."""

    def __init__(self, workspace: Workspace, origin: FileOrigin, certificate: Path, stack: contextlib.ExitStack):
        self._workspace = workspace
        self._origin = origin
        self._certificate = certificate
        self._stack = stack

    def __call__(self, database: Database, tls: bool = False, start: bool = True, **settings) -> AudioShop:
        name = f"ledger-{next(_numbers)}"
        journals = self._workspace.directory(f"{name}-journals", 0o700, for_server=True)
        changes = {"AudioLedger": "On", "AudioLedgerDir": str(journals), **settings.pop("changes", {})}
        if isinstance(database, MariaDb):
            database.allow_ledger()
        if tls:
            settings["modules"] = ("ssl", *settings.get("modules", ()))
            settings["extra"] = (f'SSLEngine On\nSSLCertificateFile "{self._certificate}"\n'
                                 + settings.get("extra", ""))
        settings["extra"] = METRICS + settings.get("extra", "")
        shop = AudioShop(self._workspace, name, self._origin, database, changes=changes, **settings)
        if tls:
            shop.address = shop.address.replace("http:", "https:")
        self._stack.callback(shop.stop)
        if start:
            shop.start()
        return shop


@pytest.fixture(scope="module")
def _maker(workspace: Workspace, origin: FileOrigin, certificate: Path) -> Iterator[Maker]:
    with contextlib.ExitStack() as stack:
        yield Maker(workspace, origin, certificate, stack)


@pytest.fixture
def make(workspace: Workspace, origin: FileOrigin, certificate: Path) -> Iterator[Maker]:
    """Makes shops that end with the test."""
    with contextlib.ExitStack() as stack:
        yield Maker(workspace, origin, certificate, stack)


METRICS = '<Location "/metrics">\n    SetHandler audiodl-metrics\n    Require local\n</Location>\n'


def metric(shop: AudioShop, sample: str) -> float:
    text = web.fetch(shop.address, "/metrics").body.decode()
    found = re.search(rf"(?m)^{re.escape(sample)} (\d+)", text)
    assert found, f"{sample} is not in {text}"
    return float(found.group(1))


# Shops that tests share, by how they serve.
KINDS = {
    "event": {},
    "event-tls": {"tls": True},
    "worker": {"mpm": "worker"},
    "worker-tls": {"mpm": "worker", "tls": True},
    "prefork": {"mpm": "prefork"},
}
HTTP2 = {"tls": True, "modules": ("http2",), "extra": "Protocols h2 http/1.1\n"}


@pytest.fixture(scope="module")
def _shops() -> dict[str, AudioShop]:
    return {}


@pytest.fixture
def of_kind(_maker: Maker, _shops: dict[str, AudioShop], mariadb: MariaDb) -> Callable[[str], AudioShop]:
    def find(kind: str) -> AudioShop:
        if kind not in _shops:
            _shops[kind] = _maker(mariadb, **(HTTP2 if kind == "http2" else KINDS[kind]))
        return _shops[kind]

    return find


@pytest.fixture(params=KINDS)
def any_shop(request: pytest.FixtureRequest, of_kind: Callable[[str], AudioShop]) -> AudioShop:
    return of_kind(request.param)


@pytest.fixture(params=["event", "event-tls"])
def shop(request: pytest.FixtureRequest, of_kind: Callable[[str], AudioShop]) -> AudioShop:
    return of_kind(request.param)


@pytest.fixture(params=["mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, workspace: Workspace) -> Database:
    return request.getfixturevalue("mariadb") if request.param == "mariadb" else SqliteDb(workspace)


# What a customer may do with one chunk: each is done by a customer with a book of its own.

def whole(customer: Customer) -> None:
    assert customer.get() == DATA


def twice(customer: Customer) -> None:
    customer.get()
    customer.get()


def read_and_leave(**headers: str) -> Callable[[Customer], None]:
    def leave(customer: Customer) -> None:
        client = Client(customer.shop)
        client.read(client.ask(customer.chunk, customer.session, **headers))
        client.close()

    return leave


def eight_segments(customer: Customer) -> None:
    """At once, each overlapping the next."""
    step = SIZE // 8
    ranges = [f"bytes={n * step}-{'' if n == 7 else (n + 1) * step + 5000}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: customer.get(Range=text), ranges))


def open_segments(customer: Customer) -> None:
    """As accelerators do it: each connection asks for all there is, and is closed where the next began."""
    step = SIZE // 4
    clients = [Client(customer.shop, 64 * 1024) for _ in range(4)]
    for n, client in enumerate(clients):
        client.ask(customer.chunk, customer.session, Range=f"bytes={n * step}-")
    for n, client in enumerate(clients):
        client.read(step if n < 3 else SIZE - 3 * step)
        client.close()


def segments_on_one_connection(customer: Customer) -> None:
    client = Client(customer.shop)
    for first in range(0, SIZE, 400_000):
        client.read(client.ask(customer.chunk, customer.session, Range=f"bytes={first}-{first + 399_999}"))
    client.close()


def seven_of_eight(customer: Customer) -> None:
    """The eighth is cancelled. Not in its last TLS record: that has been read as a whole."""
    step = SIZE // 8
    for n in (0, 1, 2, 4, 5, 6, 7):
        customer.get(Range=f"bytes={n * step}-{'' if n == 7 else (n + 1) * step - 1}")
    client = Client(customer.shop)
    client.read(client.ask(customer.chunk, customer.session, Range=f"bytes={3 * step}-{4 * step - 1}") - 20_000)
    client.close()


def resumed(got: int, cut: Callable[[Client], None]) -> Callable[[Customer], None]:
    def resume(customer: Customer) -> None:
        client = Client(customer.shop)
        client.ask(customer.chunk, customer.session)
        client.read(got)
        cut(client)
        assert customer.get(Range=f"bytes={got}-") == DATA[got:]

    return resume


def resumed_often(customer: Customer) -> None:
    got = 0
    while got < SIZE:
        client = Client(customer.shop)
        length = client.ask(customer.chunk, customer.session, Range=f"bytes={got}-")
        size = min(length, 450_000)
        client.read(size)
        got += size
        client.close()


def aborted(got: int, receive_buffer: int = 0, **headers: str) -> Callable[[Customer], None]:
    def abort(customer: Customer) -> None:
        client = Client(customer.shop, receive_buffer)
        client.ask(customer.chunk, customer.session, **headers)
        client.read(got)
        client.close()

    return abort


def at_the_dialog(customer: Customer) -> None:
    client = Client(customer.shop)
    client.ask(customer.chunk, customer.session)
    time.sleep(1)
    client.close()


def many_ranges(customer: Customer) -> None:
    for header in ("bytes=0-999999,1500000-1999999,2500000-", "bytes=1000000-1499999,2000000-2499999"):
        answer = customer.shop.get(customer.chunk, customer.session, Range=header)
        assert answer.headers["Content-Type"].startswith("multipart/")


def too_few_ranges(customer: Customer) -> None:
    customer.shop.get(customer.chunk, customer.session, Range="bytes=0-999999,1500000-1999999,2000001-")


def heads(customer: Customer) -> None:
    for _ in range(3):
        etag = customer.shop.get(customer.chunk, customer.session, method="HEAD").headers["ETag"]
    assert customer.shop.get(customer.chunk, customer.session, If_None_Match=etag).status == 304
    assert customer.shop.get(customer.chunk, customer.session, Range=f"bytes={SIZE}-").status == 416


def probes(customer: Customer) -> None:
    for header in ("bytes=0-1", "bytes=0-0", "bytes=-1", "bytes=0-1"):
        customer.get(Range=header)


# What, and how many completions that is.
DEEDS: dict[str, tuple[Callable[[Customer], None], int]] = {
    "whole": (whole, 1),
    "twice within the window": (twice, 1),
    "leaves at once": (read_and_leave(), 1),
    "leaves at once, not kept alive": (read_and_leave(Connection="close"), 1),
    "eight segments": (eight_segments, 1),
    "open segments": (open_segments, 1),
    "segments on one connection": (segments_on_one_connection, 1),
    "seven segments of eight": (seven_of_eight, 0),
    "resumed early": (resumed(1, Client.close), 1),
    "resumed in the middle": (resumed(SIZE // 2, Client.close), 1),
    "resumed late": (resumed(SIZE - 20_000, Client.close), 1),
    "resumed after a reset": (resumed(SIZE // 3, Client.reset), 1),
    "resumed often": (resumed_often, 1),
    "aborted": (aborted(SIZE // 2), 0),
    "aborted at 99 %": (aborted(SIZE * 99 // 100), 0),
    "aborted at 99 % by a slow client": (aborted(SIZE * 99 // 100, 16 * 1024), 0),
    # Over TLS httpd says good-bye then, which no client reads, so all of them end alike; but what a client's
    # kernel has no room for it has not got.
    "aborted, not kept alive": (aborted(SIZE * 9 // 10, 16 * 1024, Connection="close"), 0),
    "cancelled at the dialog": (at_the_dialog, 0),
    "many ranges": (many_ranges, 1),
    "too few ranges": (too_few_ranges, 0),
    "heads": (heads, 0),
    "probes": (probes, 0),
}


def do_all(shop: AudioShop) -> dict[str, Customer]:
    customers = {name: Customer(shop) for name in DEEDS}
    for name, (do, _) in DEEDS.items():
        do(customers[name])
    return customers


def test_what_counts(any_shop: AudioShop) -> None:
    """The one who races with httpd for who closes first comes several times."""
    racers = [Customer(any_shop) for _ in range(5)]
    for racer in racers:
        read_and_leave(Connection="close")(racer)
    customers = do_all(any_shop)
    for name, customer in customers.items():
        if DEEDS[name][1]:
            wait_until(customer.completions, f"the completion of: {name}; there is {customer.parts()}", SOON, 0.05)
    for racer in racers:
        racer.wait_completed()
    customers["whole"].wait_noted()
    found = {name: len(customer.completions()) for name, customer in customers.items()}
    assert found == {name: count for name, (_, count) in DEEDS.items()}, {
        name: customer.parts() for name, customer in customers.items() if customer.parts()}
    for name, (_, count) in DEEDS.items():
        if count:
            assert customers[name].completions() == [["01 a.mp3", str(SIZE), "1"]], name
    # What was not completed is known to the byte, where bytes are not encrypted.
    assert customers["heads"].parts() == []
    assert customers["probes"].parts() == [f"0-2,{SIZE - 1}-{SIZE}"]
    assert customers["too few ranges"].parts() == [f"0-1000000,1500000-2000000,2000001-{SIZE}"]


def test_aborted_at_99_percent_and_not_kept_alive(of_kind: Callable[[str], AudioShop]) -> None:
    for kind in ("event", "worker", "prefork"):
        customer = Customer(of_kind(kind))
        aborted(SIZE * 99 // 100, Connection="close")(customer)
        parts = customer.wait_parts()
        assert customer.completions() == [], (kind, parts)


def test_a_client_that_stays_connected_and_asks_no_more(shop: AudioShop) -> None:
    customer = Customer(shop)
    client = Client(shop)
    assert client.read(client.ask(customer.chunk, customer.session)) == DATA
    customer.wait_completed()
    client.close()


class Curl:
    """curl over HTTP/2, into a file."""

    def __init__(self, customer: Customer, path: Path):
        self._customer = customer
        self.path = path

    def __call__(self, *options: str, code: int = 0) -> None:
        customer = self._customer
        done = subprocess.run(
            ["curl", "-sSk", "--http2", "-o", str(self.path), "-w", "%{http_version}", "-b",
             f"{COOKIE}={customer.session}", *options, customer.shop.address + AudioShop.path(customer.chunk)],
            capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stdout) == (code, "2"), done.stderr


def test_http2(of_kind: Callable[[str], AudioShop], workspace: Workspace) -> None:
    shop = of_kind("http2")
    customers = [Customer(shop) for _ in range(8)]
    whole, probing, cut, resuming, segmenting, ranging, heading, spare = customers
    curls = [Curl(customer, workspace.path / f"h2-{number}.mp3") for number, customer in enumerate(customers)]

    curls[0]()
    assert curls[0].path.read_bytes() == DATA
    curls[1]("-r", "0-1")
    # curl stops reading, and then goes with the stream unfinished.
    curls[2]("--limit-rate", "500k", "--max-time", "1", code=28)
    curls[3]("--limit-rate", "500k", "--max-time", "1", code=28)
    assert 0 < curls[3].path.stat().st_size < SIZE
    curls[3]("-C", "-")
    assert curls[3].path.read_bytes() == DATA
    for first in range(0, SIZE, 700_000):
        curls[4]("-r", f"{first}-{first + 699_999}")
    curls[5]("-r", "0-999999,1500000-1999999,2500000-")
    curls[5]("-r", "1000000-1499999,2000000-2499999")
    curls[6]("-I")

    for customer in (whole, resuming, segmenting, ranging):
        customer.wait_completed()
    assert probing.wait_parts() == "0-2"
    spare.wait_noted()
    # Cut streams are judged when they surely will not go on.
    parts = cut.wait_parts()
    assert re.fullmatch(r"0-0~\d+", parts), parts
    assert [customer.completions() for customer in (probing, cut, heading)] == [[], [], []]


def test_a_filter_that_breaks_off_over_http2_delivers_nothing(make: Maker, mariadb: MariaDb,
                                                              workspace: Workspace) -> None:
    """mod_substitute gives up at a line that is too long; what it made before has arrived."""
    extra = HTTP2["extra"] + '<Location /download>\nSetOutputFilter SUBSTITUTE\nSubstitute "s/old/new/n"\n</Location>\n'
    shop = make(mariadb, tls=True, modules=("http2", "substitute"), extra=extra)
    lines = b"an old line\n" * 10_000
    long, short = Customer(shop, lines + b"x" * 2_000_000), Customer(shop, lines)
    Curl(long, workspace.path / "h2-long")(code=92)
    Curl(short, workspace.path / "h2-short")()
    assert 0 < (workspace.path / "h2-long").stat().st_size < long.size
    # Noted after what was delivered before.
    short.wait_completed()
    assert long.completions() == []
    assert re.fullmatch(r"0-0~\d+", long.wait_parts())


def test_two_streams_of_one_http2_connection(of_kind: Callable[[str], AudioShop], workspace: Workspace) -> None:
    shop = of_kind("http2")
    customer = Customer(shop)
    half = SIZE // 2
    url = shop.address + AudioShop.path(customer.chunk)
    common = ["-b", f"{COOKIE}={customer.session}", "-k", "--http2"]
    done = subprocess.run(
        ["curl", "-sS", "--parallel", "--parallel-immediate", *common, "-r", f"0-{half - 1}", "-o",
         str(workspace.path / "h2-a"), url, "--next", *common, "-sS", "-r", f"{half}-", "-o",
         str(workspace.path / "h2-b"), url], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (workspace.path / "h2-a").read_bytes() + (workspace.path / "h2-b").read_bytes() == DATA
    customer.wait_completed()


def test_two_servers(make: Maker, database: Database) -> None:
    """Half from each; a cut on one and the rest from the other; and the whole from both at the same moment."""
    one, other = make(database), make(database)
    half = SIZE // 2
    halves, resuming, both = Customer(one), Customer(one), Customer(one)
    for customer in (halves, resuming, both):
        other.list_chunk(customer.chunk)
    halves.get(one, Range=f"bytes=0-{half - 1}")
    assert halves.wait_parts() == f"0-{half}"
    halves.get(other, Range=f"bytes={half}-")

    client = Client(one)
    client.ask(resuming.chunk, resuming.session)
    client.read(half)
    client.close()
    resuming.get(other, Range=f"bytes={half}-")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(both.get, (one, other)))
    for customer in (halves, resuming, both):
        customer.wait_completed()


def test_two_servers_that_write_at_the_same_moment(make: Maker, database: Database) -> None:
    """Their journals are shipped every second: many downloads end at once, half of each on either server."""
    one, other = make(database), make(database)
    half = SIZE // 2
    customers = [Customer(one) for _ in range(TWINS)]
    for customer in customers:
        other.list_chunk(customer.chunk)
        customer.get(one, Range="bytes=0-0")
        customer.get(other, Range="bytes=0-0")

    def get(job: tuple[Customer, AudioShop, str]) -> None:
        job[0].get(job[1], Range=job[2])

    jobs = [job for customer in customers
            for job in ((customer, one, f"bytes=0-{half - 1}"), (customer, other, f"bytes={half}-"))]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(get, jobs))
    for customer in customers:
        customer.wait_completed()


def kill_worker_of(shop: AudioShop, client: Client) -> int:
    """Kills the process that serves that connection, and no other."""
    ours, theirs = client.socket.getsockname()[1], client.socket.getpeername()[1]
    inodes = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
              if int(line.split()[1].partition(":")[2], 16) == theirs
              and int(line.split()[2].partition(":")[2], 16) == ours}
    for pid in shop.apache.worker_pids():
        links = [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
        if any(f"socket:[{inode}]" in links for inode in inodes):
            os.kill(pid, signal.SIGKILL)
            return pid
    raise AssertionError("no process of httpd has that connection")


LARGE = some_bytes(CHUNK_BYTES, seed=3)  # far more than the kernel takes from httpd at once


@pytest.mark.parametrize("tls", [False, True])
def test_a_process_that_is_killed(make: Maker, mariadb: MariaDb, tls: bool) -> None:
    """What was delivered before is in its journal; what it was busy with can be gone on with."""
    shop = make(mariadb, tls=tls)
    done, cut = Customer(shop), Customer(shop, LARGE)
    client = Client(shop, 64 * 1024)
    client.read(client.ask(done.chunk, done.session))
    time.sleep(2)
    client.ask(cut.chunk, cut.session)
    client.read(CHUNK_BYTES // 3)
    time.sleep(3)
    # Five seconds: what a crash may cost.
    kill_worker_of(shop, client)
    got = CHUNK_BYTES // 3 + client.drain()
    assert got < CHUNK_BYTES
    client.close()
    done.wait_completed()
    assert re.match(r"0-\d+~\d+$", cut.wait_parts())
    cut.get(Range=f"bytes={got}-")
    cut.wait_completed()


def test_a_server_that_is_killed(make: Maker, mariadb: MariaDb) -> None:
    shop = make(mariadb)
    done, cut = Customer(shop), Customer(shop, LARGE)
    client = Client(shop, 64 * 1024)
    client.read(client.ask(done.chunk, done.session, Connection="close"))
    client.close()
    client = Client(shop, 64 * 1024)
    client.ask(cut.chunk, cut.session)
    client.read(CHUNK_BYTES // 3)
    time.sleep(4)
    for pid in (shop.apache.pid, *shop.apache.children()):
        os.kill(pid, signal.SIGKILL)
    got = CHUNK_BYTES // 3 + client.drain()
    assert got < CHUNK_BYTES
    shop.stop()
    assert cut.parts() == []
    shop.start()
    done.wait_completed()
    assert cut.wait_parts().startswith("0-")
    cut.get(Range=f"bytes={got}-")
    cut.wait_completed()


def test_a_database_that_is_away(make: Maker, workspace: Workspace) -> None:
    database = MariaDb(workspace, "mariadb-ledger")
    shop = make(database, changes={"AudioDecisionTTL": "1h"})
    before, during, half = Customer(shop), Customer(shop), Customer(shop)
    before.get()
    before.wait_completed()
    for customer in (during, half):
        customer.get(Range="bytes=0-9")
        customer.wait_parts()
    database.stop()
    try:
        during.get()
        half.get(Range="bytes=0-999999")
        wait_until(lambda: "it is kept in" in shop.apache.error_log(), "the trouble to be told", SOON)
        assert metric(shop, "audiodl_ledger_waiting") >= 1
        # Over a restart, too.
        shop.apache.restart()
        half.get(Range="bytes=1000000-")
    finally:
        database.start()
    during.wait_completed()
    half.wait_completed()
    wait_until(lambda: metric(shop, "audiodl_ledger_waiting") == 0, "nothing to wait", SOON)
    assert metric(shop, 'audiodl_ledger_deliveries_total{result="lost"}') == 0


def test_tables_that_are_missing(make: Maker, workspace: Workspace) -> None:
    """Downloads go on, and what was delivered is kept."""
    database = SqliteDb(workspace)
    tables = ("audiodl_completions", "audiodl_open_parts")
    for table in tables:
        database.run(f"ALTER TABLE {table} RENAME TO away_{table}")
    shop = make(database)
    customer = Customer(shop)
    customer.get()
    wait_until(lambda: "audiodl_completions" in shop.apache.error_log(), "the trouble to be told", SOON)
    for table in tables:
        database.run(f"ALTER TABLE away_{table} RENAME TO {table}")
    customer.wait_completed()
    wait_until(lambda: "written to the database again" in shop.apache.error_log(), "the end of it to be told", SOON)


def test_again_after_the_window(make: Maker, workspace: Workspace) -> None:
    database = SqliteDb(workspace)
    shop = make(database, changes={"AudioLedgerWindow": "2s"})
    customer = Customer(shop)
    customer.get()
    customer.wait_completed()
    time.sleep(4)
    customer.get()
    wait_until(lambda: len(customer.completions()) == 2, "another completion", SOON)
    assert [row[2] for row in customer.completions()] == ["1", "2"]


def test_another_generation_is_another_download(make: Maker, workspace: Workspace) -> None:
    database = SqliteDb(workspace)
    shop = make(database)
    customer = Customer(shop)
    half = SIZE // 2
    customer.get(Range=f"bytes=0-{half - 1}")
    customer.wait_parts()
    newer = some_bytes(SIZE, seed=2)
    shop.publish(customer.chunk, newer)
    wait_until(lambda: customer.get(Range=f"bytes={half}-") == newer[half:], "the newer generation", SOON)
    wait_until(lambda: len(customer.parts()) == 2, "parts of both", SOON)
    assert customer.completions() == []
    assert customer.get() == newer
    wait_until(customer.completions, "the completion of the newer", SOON)


def test_who_has_no_name_is_not_noted(make: Maker, workspace: Workspace) -> None:
    database = SqliteDb(workspace)
    free = workspace.path / "ledger-free-titles"
    shop = make(database, changes={"AudioFreeTitles": str(free)}, start=False)
    customer = Customer(shop)
    free.write_text(f'"{customer.book}" 2020-01-01T00:00:00Z 2099-01-01T00:00:00Z\n')
    shop.start()
    assert shop.get(customer.chunk, None).status == 200
    customer.get(Range="bytes=0-9")
    customer.wait_noted()
    assert len(database.select("SELECT * FROM audiodl_completions")) == 0


def test_metrics(make: Maker, workspace: Workspace) -> None:
    shop = make(SqliteDb(workspace))
    customer = Customer(shop)
    customer.get()
    customer.wait_completed()
    wait_until(lambda: metric(shop, "audiodl_ledger_completions_total") == 1, "the count", SOON)
    assert metric(shop, 'audiodl_ledger_deliveries_total{result="recorded"}') == 1
    assert metric(shop, 'audiodl_ledger_deliveries_total{result="lost"}') == 0


QUOTA = ('"SELECT 1 FROM purchases p WHERE p.customer_id = %{customer}s AND p.book = %{book}s AND (SELECT COUNT(*) '
         'FROM audiodl_completions c WHERE c.customer = p.customer_id AND c.book = p.book AND c.chunk = %{chunk}s) < 1"')


def test_a_quota_counts_completions_only(make: Maker, database: Database) -> None:
    shop = make(database, changes={"AudioEntitlementQuery": QUOTA, "AudioDecisionCache": "none"})
    customer = Customer(shop)
    for _ in range(3):
        aborted(SIZE * 99 // 100)(customer)
    customer.wait_parts()
    assert customer.get() == DATA
    customer.wait_completed()
    assert shop.get(customer.chunk, customer.session).status == 403
