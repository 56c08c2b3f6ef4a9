# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Sessions that real PHP keeps in memcached and in Redis."""

import secrets
import time
from collections.abc import Callable, Iterator

import pytest

from prove.counts import note
from servers.audioshop import AudioShop
from servers.mariadb import MariaDb
from servers.session_stores import Memcached, Redis, SessionServer
from servers.tcp_proxy import TcpProxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes
from test_database import PATIENCE, TIMEOUT, ask
from test_metrics import LOCATIONS, read_metrics

DATA = some_bytes(5000)
KINDS: dict[str, type[SessionServer]] = {"memcached": Memcached, "redis": Redis}
KEYS = {"memcached": "get memc.sess.key.{}", "redis": "GET PHPREDIS_SESSION:{}"}


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, workspace: Workspace) -> Iterator[SessionServer]:
    made = KINDS[request.param](workspace)
    yield made
    made.stop()


@pytest.fixture
def road(store: SessionServer) -> Iterator[TcpProxy]:
    made = TcpProxy(store.port)
    yield made
    made.close()


@pytest.fixture
def shop(make_shop: Callable[..., AudioShop], store: SessionServer, road: TcpProxy) -> AudioShop:
    """Its sessions are in `store`, over `road`; the rest is in MariaDB. It has no AudioSessionQuery."""
    return make_shop(changes={"AudioSessionStore": f"{store.handler}://127.0.0.1:{road.port}",
                              "AudioSessionQuery": None, "AudioDBTimeout": f"{TIMEOUT}s",
                              "AudioDecisionCache": "none"}, extra=LOCATIONS)


@pytest.fixture
def chunk(shop: AudioShop, book: str) -> str:
    shop.publish(f"{book}/01.mp3", DATA)
    return f"{book}/01.mp3"


@pytest.fixture
def session(store: SessionServer) -> str:
    made = secrets.token_hex(16)
    store.log_in(made, CUSTOMER)
    return made


def test_what_php_wrote_is_read(shop: AudioShop, store: SessionServer, session: str, chunk: str) -> None:
    assert store.talk(KEYS[store.handler].format(session)).startswith(("VALUE", "$")), "PHP's key has another name"
    assert shop.get(chunk, session).body == DATA
    stranger = secrets.token_hex(16)
    store.log_in(stranger, CUSTOMER + 1)
    assert shop.get(chunk, stranger).status == 403
    assert shop.get(chunk, secrets.token_hex(16)).status == 401
    assert shop.get(chunk, "x" * 256).status == 401
    store.log_out(session)
    assert shop.get(chunk, session).status == 401


def test_expiry_is_the_stores_own(shop: AudioShop, store: SessionServer, session: str, chunk: str) -> None:
    assert shop.get(chunk, session).status == 200
    store.talk(f"touch memc.sess.key.{session} 1" if store.handler == "memcached" else
               f"PEXPIRE PHPREDIS_SESSION:{session} 500")
    wait_until(lambda: shop.get(chunk, session).status == 401, "the session to expire", 20)


def test_a_php_request_that_holds_the_lock_delays_nobody(shop: AudioShop, store: SessionServer, session: str,
                                                         chunk: str) -> None:
    shop.get(chunk, session)
    holder = store.hold(session, CUSTOMER)
    try:
        locks = {"memcached": f"get memc.sess.key.lock.{session}", "redis": f"GET PHPREDIS_SESSION:{session}_LOCK"}
        assert store.talk(locks[store.handler]) not in ("END", "$-1"), "PHP holds no lock"
        status, took = ask(shop, chunk, session)
    finally:
        holder.communicate("\n", timeout=30)
    assert status == 200
    assert took < TIMEOUT + PATIENCE


def test_one_round_trip(shop: AudioShop, road: TcpProxy, session: str, chunk: str) -> None:
    for _ in range(12):
        assert shop.get(chunk, session).status == 200
    connections = road.connections()
    with road.count_turns() as turns:
        for _ in range(10):
            assert shop.get(chunk, session).status == 200
    # A process that has not asked before opens its connection.
    assert turns[0] <= 10 + road.connections() - connections, turns


@pytest.mark.parametrize("kind", ["hung", "down", "black hole", "SYNs dropped", "half an answer"])
def test_an_outage_is_answered_in_time_and_ends_by_itself(shop: AudioShop, store: SessionServer, road: TcpProxy,
                                                          chunk: str, kind: str) -> None:
    session = secrets.token_hex(16)
    store.log_in(session, CUSTOMER)
    assert shop.get(chunk, session).status == 200
    before = shop.apache.error_log()

    def lose_syns() -> None:
        road.drop_syns()
        road.reset_all()

    def come_back() -> None:
        store.start()
        store.log_in(session, CUSTOMER)

    begin, end = {"hung": (store.pause, store.resume), "down": (store.stop, come_back),
                  "black hole": (road.freeze, road.heal), "SYNs dropped": (lose_syns, road.heal),
                  "half an answer": (lambda: road.cut_answers(4), road.heal)}[kind]
    begin()
    try:
        answers = [ask(shop, chunk, session) for _ in range(30)]
        metrics = read_metrics(shop)
    finally:
        end()
    returned = time.monotonic()
    wait_until(lambda: ask(shop, chunk, session)[0] == 200, "downloads to go on", 30, 0.05)
    recovery = time.monotonic() - returned
    slowest = max(took for _, took in answers)
    note(f"{store.handler} {kind}: slowest {slowest:.2f} s (T = {TIMEOUT} s), recovered in {recovery:.2f} s")
    assert {status for status, _ in answers} == {503}
    assert slowest < TIMEOUT + 1 + PATIENCE
    assert recovery < 5 + PATIENCE
    assert metrics["backends_down"] == 1
    log = shop.apache.error_log()[len(before):]
    name = "memcached" if store.handler == "memcached" else "Redis"
    assert log.count("are answered 503 at once") == 1 and log.count(f"audiodl: {name} at ") >= 1, log
    assert log.count("answers again") == 1
    assert session not in log


def test_moving_the_store_is_one_directive_and_a_graceful(shop: AudioShop, make_shop: Callable[..., AudioShop],
                                                         store: SessionServer, mariadb: MariaDb, book: str) -> None:
    moving = make_shop(changes={"AudioDecisionCache": "none"})
    moving.publish(f"{book}/01.mp3", DATA)
    session = secrets.token_hex(16)
    store.log_in(session, CUSTOMER)
    assert moving.get(f"{book}/01.mp3", session).status == 401
    moving.apache.graceful(moving.config({"AudioSessionStore": f"{store.handler}://127.0.0.1:{store.port}"}))
    wait_until(lambda: moving.get(f"{book}/01.mp3", session).status == 200, "the new store to be in use", 20)
    moving.apache.graceful(moving.config())
    wait_until(lambda: moving.get(f"{book}/01.mp3", moving.new_session(CUSTOMER)).status == 200, "the old one", 20)


def test_a_redis_that_wants_a_password_opens_nothing(make_shop: Callable[..., AudioShop], workspace: Workspace,
                                                     book: str) -> None:
    redis = Redis(workspace)
    session = secrets.token_hex(16)
    redis.log_in(session, CUSTOMER)
    redis.talk("CONFIG SET requirepass secret")
    shop = make_shop(changes={"AudioSessionStore": f"redis://127.0.0.1:{redis.port}"})
    shop.publish(f"{book}/01.mp3", DATA)
    assert shop.get(f"{book}/01.mp3", session).status == 503
    assert "does it want a password?" in shop.apache.error_log()
    redis.stop()


def test_several_memcacheds(make_shop: Callable[..., AudioShop], workspace: Workspace, book: str) -> None:
    servers = [Memcached(workspace) for _ in range(2)]
    shop = make_shop(changes={"AudioDecisionCache": "none", "AudioSessionQuery": None, "AudioSessionStore": "memcached://" + ",".join(
        f"127.0.0.1:{server.port}" for server in servers)})
    shop.publish(f"{book}/01.mp3", DATA)
    sessions = [secrets.token_hex(16) for _ in servers]
    for server, session in zip(servers, sessions):
        server.log_in(session, CUSTOMER)
        assert shop.get(f"{book}/01.mp3", session).status == 200
    servers[0].stop()
    # Those of the other go on, and whoever was on the first is asked to come back later, not to log in.
    for _ in range(10):
        assert shop.get(f"{book}/01.mp3", sessions[1]).status == 200
        assert shop.get(f"{book}/01.mp3", sessions[0]).status == 503
    servers[1].stop()
