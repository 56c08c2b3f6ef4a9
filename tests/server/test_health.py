# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""SetHandler audiodl-health: the truth for load balancers, whatever breaks, and at no cost; and audiodl drain."""

import json
import os
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from servers import web
from servers.audioshop import AudioShop, FileOrigin, S3Origin
from servers.bind import ZONE, Bind
from servers.command import command_path
from servers.mariadb import Detour, MariaDb
from servers.proxy import Faults, Proxy
from servers.session_stores import Memcached
from servers.sqlite import SqliteDb
from servers.tcp_proxy import TcpProxy
from servers.waiting import TooLate, wait_until
from servers.workspace import Workspace
from support import CHUNK_BYTES, CUSTOMER, some_bytes

HEALTH = '<Location "/healthz">\n    SetHandler audiodl-health\n    Require all granted\n</Location>'
LONG = 60  # for what takes the module a few seconds, on a machine that is busy


class Health:
    """What a balancer sees of a shop."""

    def __init__(self, shop: AudioShop):
        self._shop = shop

    def ask(self, method: str = "GET") -> web.Answer:
        return web.fetch(self._shop.address, "/healthz", method)

    def look(self) -> dict[str, str]:
        """{"status": …, "database": …, …}, and that the HTTP status belongs to it."""
        answer = self.ask()
        said = json.loads(answer.body)
        assert answer.status == (200 if said["status"] in ("ready", "degraded") else 503)
        return {"status": said["status"], **said["checks"]}

    def becomes(self, **wanted: str) -> dict[str, str]:
        """Waits until all of it is so."""
        seen: list[dict[str, str]] = []

        def is_so() -> bool:
            seen.append(self.look())
            return wanted.items() <= seen[-1].items()

        try:
            wait_until(is_so, "the health", LONG, interval=0.1)
        except TooLate:
            pytest.fail(f"wanted {wanted}, and it stays {seen[-1]}")
        return seen[-1]


@pytest.fixture
def make_health(make_shop: Callable[..., AudioShop]) -> Callable[..., tuple[AudioShop, Health]]:
    def make(**settings: Any) -> tuple[AudioShop, Health]:
        settings["extra"] = HEALTH + settings.get("extra", "")
        shop = make_shop(**settings)
        return shop, Health(shop)

    return make


@pytest.fixture(scope="module")
def _road(mariadb: MariaDb) -> Iterator[TcpProxy]:
    made = TcpProxy(mariadb.port)
    yield made
    made.close()


@pytest.fixture
def road(_road: TcpProxy) -> Iterator[TcpProxy]:
    """The way to the database."""
    yield _road
    _road.heal()


@pytest.fixture(scope="module")
def _shared(workspace: Workspace, s3_origin: S3Origin, mariadb: MariaDb, _road: TcpProxy) -> Iterator[AudioShop]:
    made = AudioShop(workspace, "shop-health", s3_origin, Detour(mariadb, _road.port), extra=HEALTH,
                     changes={"AudioDBTimeout": "500ms", "AudioOriginTimeout": "2s"})
    made.list_chunk("some/01.mp3")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def shared(_shared: AudioShop, proxy: Proxy, road: TcpProxy) -> tuple[AudioShop, Health]:
    """A shop that several tests use, ready, the database behind `road`."""
    health = Health(_shared)
    health.becomes(status="ready")
    return _shared, health


MakeHealth = Callable[..., tuple[AudioShop, Health]]


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_new_server_becomes_ready_by_itself(make_health: MakeHealth, mariadb: MariaDb, proxy: Proxy, mpm: str
                                              ) -> None:
    """No customer has asked for anything: the module finds out what nobody has found out, once it is asked for."""
    shop, health = make_health(mpm=mpm)
    shop.list_chunk(f"{mpm}/01.mp3")
    with mariadb.statements() as statements:
        time.sleep(3)  # longer than it takes when somebody asks
    assert (statements, proxy.exchanges(f"{mpm}/01.mp3")) == ([], [])
    assert health.becomes(status="ready") == {
        "status": "ready", "database": "ok", "fetcher": "ok", "origin": "ok", "cache": "empty", "listing": "ok",
        "draining": "no"}
    assert {exchange.method for exchange in proxy.exchanges(f"{mpm}/01.mp3")} == {"HEAD"}


def test_head_and_other_methods(shared: tuple[AudioShop, Health]) -> None:
    shop, health = shared
    answer, get = health.ask("HEAD"), health.ask()
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(get.body))
    assert get.headers["Content-Type"] == "application/json"
    assert get.headers["Cache-Control"] == "no-store"
    post = health.ask("POST")
    assert (post.status, set(post.headers["Allow"].replace(" ", "").split(","))) == (405, {"GET", "HEAD", "TRACE"})


def test_a_database_that_goes_and_comes_back(shared: tuple[AudioShop, Health], road: TcpProxy) -> None:
    """It is noticed and forgotten without a single customer."""
    _, health = shared
    road.freeze()
    assert health.becomes(database="down")["status"] == "down"
    road.heal()
    assert health.becomes(status="ready")["database"] == "ok"


def test_a_database_that_refuses_the_statements(make_health: MakeHealth, mariadb: MariaDb) -> None:
    """Somebody drops the table of the sessions: the database is there, and no customer is known."""
    mariadb.sql("CREATE TABLE health_sessions LIKE sessions")
    statement = '"SELECT data FROM health_sessions WHERE id = %{session}s AND expires > %{now}s"'
    shop, health = make_health(changes={"AudioSessionQuery": statement})
    shop.list_chunk("some/01.mp3")
    health.becomes(status="ready")
    mariadb.sql("DROP TABLE health_sessions")
    assert health.becomes(database="refuses")["status"] == "down"
    assert shop.apache.error_log().count("answers, and refuses") == 1
    mariadb.sql("CREATE TABLE health_sessions LIKE sessions")
    health.becomes(status="ready")
    mariadb.sql("DROP TABLE health_sessions")


def test_revocations_that_were_never_read(make_health: MakeHealth, mariadb: MariaDb, road: TcpProxy) -> None:
    road.freeze()
    shop, health = make_health(database=Detour(mariadb, road.port), modules=["watchdog"],
                               changes={"AudioDBTimeout": "500ms", "AudioRevocations": "On"})
    shop.list_chunk("some/01.mp3")
    assert health.becomes(revocations="unknown")["status"] in ("starting", "down")
    road.heal()
    health.becomes(status="ready", revocations="ok")


def test_a_session_store_that_goes_and_comes_back(make_health: MakeHealth, workspace: Workspace) -> None:
    store = Memcached(workspace)
    shop, health = make_health(changes={"AudioSessionStore": f"memcached://127.0.0.1:{store.port}",
                                        "AudioSessionQuery": None, "AudioDBTimeout": "500ms"})
    shop.list_chunk("some/01.mp3")
    health.becomes(status="ready", sessions="ok")
    store.stop()
    assert health.becomes(sessions="down")["status"] == "down"
    store.start()
    health.becomes(status="ready", sessions="ok")


def test_an_origin_that_goes_and_comes_back(make_health: MakeHealth, proxy: Proxy, book: str) -> None:
    """With nothing cached the server is of no use; with something it goes on, degraded."""
    shop, health = make_health(changes={"AudioOriginTimeout": "2s"})
    shop.publish(f"{book}/01.mp3", b"sound")
    health.becomes(status="ready", cache="empty")
    proxy.faults = Faults(answer=503)
    assert health.becomes(origin="down")["status"] == "down"
    proxy.heal()
    health.becomes(status="ready", origin="ok")
    assert shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)).status == 200
    health.becomes(status="ready", cache="ok")
    proxy.faults = Faults(answer=503)
    assert health.becomes(origin="down")["status"] == "degraded"
    assert shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)).status == 200
    proxy.heal()
    health.becomes(status="ready")


def test_wrong_credentials_are_no_ready_origin(make_health: MakeHealth, workspace: Workspace,
                                               s3_origin: S3Origin) -> None:
    from servers.audioshop import write_credentials
    wrong = write_credentials(workspace, "credentials-health", secret="wrong")
    shop, health = make_health(changes={"AudioCredentials": f"{wrong} profile=web"})
    for number in range(3):
        shop.list_chunk(f"some/0{number}.mp3")
    assert health.becomes(origin="down")["status"] == "down"


def test_a_listing_that_is_empty_or_gone(shared: tuple[AudioShop, Health]) -> None:
    shop, health = shared
    shutil.rmtree(shop.listing)
    assert health.look()["listing"] == "unreadable"
    shop.listing.mkdir()
    shop.listing.chmod(0o755)
    assert health.look() == {**health.look(), "listing": "empty", "status": "down"}
    shop.list_chunk("some/01.mp3")
    assert health.look()["status"] == "ready"


def test_a_fetcher_that_hangs_is_told_and_one_that_is_killed_is_not(shared: tuple[AudioShop, Health]) -> None:
    shop, health = shared
    [fetcher] = shop.apache.helper_pids()
    os.kill(fetcher, signal.SIGKILL)
    wait_until(lambda: shop.apache.helper_pids() not in ([], [fetcher]), "another fetcher", 30)
    assert health.look()["fetcher"] == "ok"
    [fetcher] = shop.apache.helper_pids()
    os.kill(fetcher, signal.SIGSTOP)
    assert health.becomes(fetcher="silent")["status"] == "down"
    os.kill(fetcher, signal.SIGCONT)
    health.becomes(status="ready")


def test_it_stays_known_over_a_graceful_restart(shared: tuple[AudioShop, Health]) -> None:
    shop, health = shared
    for _ in range(3):
        shop.apache.graceful()
        assert health.look()["status"] == "ready"


def test_alone_with_a_folder_and_sqlite(workspace: Workspace, make_health: MakeHealth) -> None:
    shop, health = make_health(origin=FileOrigin(workspace, "health-origin"), database=SqliteDb(workspace))
    shop.list_chunk("some/01.mp3")
    health.becomes(status="ready", origin="ok", database="ok")


def test_it_costs_next_to_nothing(shared: tuple[AudioShop, Health]) -> None:
    """Nothing is waited for: a thousand answers on one connection, and the usual one in less than a millisecond.

    The limit here leaves a busy machine room; what was measured is printed (-rP).
    """
    shop, health = shared
    connection = HTTPConnection("127.0.0.1", shop.apache.port)
    taken = []
    for _ in range(500):
        began = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        taken.append(time.perf_counter() - began)
        if len(taken) % 90 == 0:  # KeepAliveRequests
            connection.close()
    connection.close()
    median = statistics.median(taken) * 1000
    print(f"median {median:.3f} ms, seen by a client in Python")
    assert median < 20


def test_a_virtual_host_without_a_cache_says_so(workspace: Workspace, make_health: MakeHealth) -> None:
    shop, health = make_health(extra="\n<Location \"/download\">\nSetHandler none\n</Location>",
                               changes={"AudioCacheDir": None, "AudioOrigin": None, "AudioCredentials": None,
                                        "AudioListing": None, "AudioCacheMaxSize": None, "AudioSessionQuery": None,
                                        "AudioEntitlementQuery": None, "AudioCustomerKey": None,
                                        "AudioSessionFormat": None, "AudioDebugHeaders": None,
                                        "AudioSessionCookie": None})
    assert health.ask().status == 503
    assert "audiodl-health has nothing to tell of" in shop.apache.error_log()


# --- audiodl drain ------------------------------------------------------------------------------

def drain(shop: AudioShop, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), "drain", "--dir", shop.cache, *words], capture_output=True, text=True,
                          check=False, timeout=120)


def states(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def serving(shared: tuple[AudioShop, Health], book: str) -> Iterator[tuple[AudioShop, Health, str]]:
    """A shop that is ready, and a chunk that is cached."""
    shop, health = shared
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, some_bytes(CHUNK_BYTES))
    assert shop.get(chunk, shop.new_session(CUSTOMER)).status == 200
    yield shop, health, chunk
    drain(shop, "--undo")


def test_drain_waits_for_downloads_and_says_how_far_they_are(serving: tuple[AudioShop, Health, str]) -> None:
    shop, health, chunk = serving
    session = shop.new_session(CUSTOMER)
    with shop.open(chunk, session, receive_buffer=64 * 1024) as download:
        download.read(1 << 20)
        done = drain(shop, "--json", "--timeout", "4s", "--quiet", "1s")
        last = states(done)[-1]
        assert (done.returncode, last["state"], last["downloads"]) == (1, "not empty", 1)
        # What is on the way to the client, or in its buffers, has left this server or is about to.
        assert 0 < last["bytes_left"] <= CHUNK_BYTES - (1 << 20)
        assert health.look()["status"] == "draining"
        assert shop.get(chunk, session).status == 200  # whoever comes is served all the same
        whole = download.read()
        assert len(whole) == CHUNK_BYTES - (1 << 20)
    done = drain(shop, "--json", "--quiet", "1s")
    assert done.returncode == 0, done.stdout
    assert states(done)[-1] == {"state": "empty", "downloads": 0, "bytes_left": 0, "dry_run": False,
                                **{key: value for key, value in states(done)[-1].items() if "second" in key}}
    assert drain(shop, "--undo").returncode == 0
    health.becomes(status="ready", draining="no")


def test_bytes_left_fall_while_the_client_reads(serving: tuple[AudioShop, Health, str]) -> None:
    shop, _, chunk = serving
    with shop.open(chunk, shop.new_session(CUSTOMER), receive_buffer=64 * 1024) as download:

        def left() -> int:
            return int(states(drain(shop, "-n", "--json"))[-1]["bytes_left"])

        before = wait_until(lambda: 0 < (now := left()) < CHUNK_BYTES and now, "the kernel to have been asked", LONG,
                            interval=0.5)
        download.read(10 << 20)
        wait_until(lambda: left() < before - (8 << 20), "fewer bytes to be left", LONG, interval=0.5)
    wait_until(lambda: states(drain(shop, "-n", "--json"))[-1]["downloads"] == 0, "nobody to be left", LONG)


@pytest.mark.parametrize("how", ["graceful", "restart", "stop and start"])
def test_it_holds_over_restarts(serving: tuple[AudioShop, Health, str], how: str) -> None:
    shop, health, _ = serving
    assert drain(shop, "--no-wait").returncode == 0
    if how == "graceful":
        shop.apache.graceful()
    elif how == "restart":
        shop.apache.restart()
    else:
        shop.stop()
        shop.start()
    assert health.look()["draining"] == "yes"
    assert drain(shop, "--undo").returncode == 0
    health.becomes(status="ready")


def test_without_httpd_there_is_nobody_left(serving: tuple[AudioShop, Health, str]) -> None:
    shop, health, _ = serving
    shop.stop()
    assert drain(shop, "--quiet", "0").returncode == 0
    shop.start()
    assert health.look()["status"] in ("draining", "starting", "down")
    assert health.look()["draining"] == "yes"
    assert drain(shop, "--undo", "--json").stdout == '{"state":"serving","dry_run":false}\n'


def test_a_fetcher_that_is_killed_does_not_stop_it(serving: tuple[AudioShop, Health, str]) -> None:
    shop, _, _ = serving
    process = subprocess.Popen([command_path(), "drain", "--dir", shop.cache, "--quiet", "4s"])
    for _ in range(2):
        [fetcher] = wait_until(shop.apache.helper_pids, "a fetcher", 30)
        os.kill(fetcher, signal.SIGKILL)
        wait_until(lambda: fetcher not in shop.apache.helper_pids(), "it to be gone", 30)
    assert process.wait(60) == 0


def test_n_changes_nothing_and_mistakes_are_told(serving: tuple[AudioShop, Health, str], tmp_path: Path) -> None:
    shop, health, _ = serving
    done = drain(shop, "-n")
    assert (done.returncode, done.stdout) == (0, "would be drained: 0 downloads\n")
    assert health.look()["draining"] == "no"
    nowhere = subprocess.run([command_path(), "drain", "--dir", tmp_path], capture_output=True, text=True, check=False)
    assert nowhere.returncode == 3 and "no audiodl cache" in nowhere.stderr
    dry = subprocess.run([command_path(), "drain", "-n", "--dir", tmp_path], capture_output=True, text=True,
                         check=False)
    assert (dry.returncode, dry.stdout, dry.stderr) == (3, "", nowhere.stderr)
    for words in (["--timeout", "soon"], ["--frob"], ["now"]):
        assert drain(shop, *words).returncode == 2, words
    assert drain(shop, "--dns", "192.0.2.1").returncode == 3, "no name server is set"


def test_dns_goes_with_it(serving: tuple[AudioShop, Health, str], workspace: Workspace) -> None:
    shop, health, _ = serving
    bind = Bind(workspace, "bind-drain")
    name = f"www.{ZONE}"
    dns = ["--server", bind.server, "--key", str(bind.key), "--dns-name", name, "--dns"]
    try:
        done = drain(shop, *dns, "192.0.2.1")
        assert done.returncode == 1 and "last address" in done.stderr
        assert health.look()["draining"] == "no", "nobody else serves the name"
        dry = drain(shop, "-n", *dns, "192.0.2.1")
        assert (dry.returncode, dry.stderr) == (1, done.stderr)
        assert drain(shop, "--undo", *dns, "192.0.2.2").returncode == 0
        assert sorted(bind.dig("A", name)) == ["192.0.2.1", "192.0.2.2"]
        # Each could go when it was asked for; when the second's turn came, it was the last one.
        late = drain(shop, *dns, "192.0.2.1", "--dns", "192.0.2.2")
        assert late.returncode == 1 and "192.0.2.2 is the last address" in late.stderr
        assert sorted(bind.dig("A", name)) == ["192.0.2.1", "192.0.2.2"], "it is put back"
        assert health.look()["draining"] == "no"
        assert drain(shop, "--quiet", "0", *dns, "192.0.2.2").returncode == 0
        assert bind.dig("A", name) == ["192.0.2.1"]
        assert health.look()["draining"] == "yes"
    finally:
        bind.stop()
        drain(shop, "--undo")
