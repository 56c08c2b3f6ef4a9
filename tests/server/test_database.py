# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A database that is down, hung, killed, full or cut off: strangers are told in time, nobody is let in, and
it goes on by itself. `make prove PART=database` runs these with AUDIODL_RESTARTS=20 and longer outages."""

import contextlib
import http.client
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from prove.counts import count, note
from servers import web
from servers.audioshop import COOKIE, AudioShop
from servers.mariadb import READER_PASSWORD, Detour, MariaDb
from servers.tcp_proxy import TcpProxy
from servers.waiting import wait_until
from support import CUSTOMER, some_bytes
from test_metrics import LOCATIONS, read_metrics

DATA = some_bytes(5000)
TIMEOUT = 1  # seconds: AudioDBTimeout of these shops
CONNECTIONS = 3  # AudioDBConnections
# What a busy machine may add to a time-out. The figures themselves are printed, and are milliseconds.
PATIENCE = 8
# Nothing is remembered, so that every request asks the database.
SETTINGS = {"AudioDBTimeout": f"{TIMEOUT}s", "AudioDBConnections": str(CONNECTIONS), "DBDMin": "0",
            "AudioDecisionCache": "none"}


@pytest.fixture
def road(mariadb: MariaDb) -> Iterator[TcpProxy]:
    made = TcpProxy(mariadb.port)
    yield made
    made.close()


@pytest.fixture
def far_shop(make_shop: Callable[..., AudioShop], mariadb: MariaDb, road: TcpProxy) -> AudioShop:
    """A shop whose database is reached over `road`."""
    return make_shop(database=Detour(mariadb, road.port), changes=SETTINGS, extra=LOCATIONS)


@pytest.fixture
def near_shop(make_shop: Callable[..., AudioShop]) -> AudioShop:
    """A shop with the database at hand, and time enough for a crowd on a busy machine."""
    return make_shop(changes={**SETTINGS, "AudioDBTimeout": "10s"}, extra=LOCATIONS)


def publish(shop: AudioShop, book: str) -> str:
    shop.publish(f"{book}/01.mp3", DATA)
    return f"{book}/01.mp3"


@pytest.fixture
def chunk(far_shop: AudioShop, book: str) -> str:
    return publish(far_shop, book)


class Load:
    """Owners and strangers who ask all the time, until the block ends."""

    def __init__(self, shop: AudioShop, chunk: str, session: str, stranger: str, clients: int = 12):
        self.answers: Counter[tuple[str, int]] = Counter()
        self.slowest = 0.0
        self.paid_bytes_to_strangers = 0
        self._shop, self._chunk = shop, chunk
        self._who = itertools.cycle([("owner", session), ("stranger", stranger)])
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=next(self._who)) for _ in range(clients)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, who: str, session: str) -> None:
        while not self._done.is_set():
            began = time.monotonic()
            answer = self._shop.get(self._chunk, session)
            took = time.monotonic() - began
            with self._lock:
                self.answers[who, answer.status] += 1
                self.slowest = max(self.slowest, took)
                if who == "stranger" and DATA[:50] in answer.body:
                    self.paid_bytes_to_strangers += len(answer.body)

    def check(self) -> None:
        assert self.paid_bytes_to_strangers == 0
        assert set(self.answers) <= {("owner", 200), ("owner", 503), ("stranger", 403), ("stranger", 503)}
        assert self.slowest < TIMEOUT + 1 + PATIENCE


def busy_workers(shop: AudioShop) -> int:
    page = web.fetch(shop.address, "/server-status?auto").body.decode()
    return int(re.findall(r"BusyWorkers: (\d+)", page)[0])


def ask(shop: AudioShop, chunk: str, session: str) -> tuple[int, float]:
    began = time.monotonic()
    answer = shop.get(chunk, session)
    if answer.status == 503:
        assert int(answer.headers["Retry-After"]) >= 1
        assert DATA[:50] not in answer.body
    return answer.status, time.monotonic() - began


def test_a_warm_request_costs_one_round_trip_for_each_statement(far_shop: AudioShop, road: TcpProxy, session: str,
                                                                chunk: str, mariadb: MariaDb) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", far_shop.apache.port, timeout=60)

    def ask_ten_times() -> None:
        # On one connection, so in one process: its connection to the database is warm after the first.
        for _ in range(10):
            connection.request("GET", far_shop.path(chunk), headers={"Cookie": f"{COOKIE}={session}"})
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, DATA)

    ask_ten_times()
    with mariadb.statements() as asked, road.count_turns() as turns:
        ask_ten_times()
    connection.close()
    assert len(asked) == 20, "the session and the entitlement, ten times"
    assert turns == [20], "one round trip for each statement and nothing else"


def test_the_connections_are_bounded(near_shop: AudioShop, mariadb: MariaDb, session: str,
                                     book: str) -> None:
    chunk = publish(near_shop, book)
    mariadb.kill_connections()  # those that shops of other tests have left open
    done, most = threading.Event(), [0]

    def watch() -> None:
        while not done.is_set():
            most[0] = max(most[0], len(mariadb.connection_ids()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(48) as pool:
        statuses = Counter(pool.map(lambda _: near_shop.get(chunk, session).status, range(480)))
    done.set()
    watcher.join()
    processes = len(near_shop.apache.worker_pids())
    assert statuses == {200: 480}, "whoever finds none free waits a little"
    assert 1 <= most[0] <= CONNECTIONS * processes, processes
    assert read_metrics(near_shop)["database_connections"] == len(mariadb.connection_ids())


def test_after_a_kill_of_every_connection_the_next_request_succeeds(near_shop: AudioShop, mariadb: MariaDb,
                                                                    session: str, book: str) -> None:
    chunk = publish(near_shop, book)
    killed = 0
    for _ in range(count("AUDIODL_CONNECTION_KILLS", 5)):
        with ThreadPoolExecutor(24) as pool:
            assert set(pool.map(lambda _: near_shop.get(chunk, session).status, range(48))) == {200}
        killed += mariadb.kill_connections()
        with ThreadPoolExecutor(24) as pool:
            assert set(pool.map(lambda _: near_shop.get(chunk, session).status, range(48))) == {200}
    assert killed > 0
    note(f"{killed} connections killed, no request failed")


def _hang(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    return mariadb.pause, mariadb.resume


def _down(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    return mariadb.stop, mariadb.start


def _black_hole(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    return road.freeze, road.heal


def _no_syn(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    def begin() -> None:
        road.drop_syns()
        road.reset_all()

    return begin, road.heal


def _half_packets(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    return lambda: road.cut_answers(3), road.heal


def _half_greetings(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    def begin() -> None:
        road.cut_answers(20)
        road.reset_all()

    return begin, road.heal


def _full(mariadb: MariaDb, road: TcpProxy) -> tuple[Callable[[], None], Callable[[], None]]:
    crowd = contextlib.ExitStack()

    def begin() -> None:
        crowd.enter_context(mariadb.crowded())
        mariadb.kill_connections()

    return begin, crowd.close


OUTAGES = {"hung": _hang, "down": _down, "black hole": _black_hole, "SYNs dropped": _no_syn,
           "half a packet": _half_packets, "half a greeting": _half_greetings, "max_connections": _full}


@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_is_answered_in_time_and_ends_by_itself(far_shop: AudioShop, mariadb: MariaDb, road: TcpProxy,
                                                          session: str, chunk: str, kind: str) -> None:
    """Told within the time-out, then at once; logged once; over within seconds of the database's return."""
    stranger = far_shop.new_session(CUSTOMER + 1)
    begin, end = OUTAGES[kind](mariadb, road)
    assert ask(far_shop, chunk, session)[0] == 200
    before = far_shop.apache.error_log()
    begin()
    try:
        answers = []
        with ThreadPoolExecutor(8) as pool:
            until = time.monotonic() + count("AUDIODL_OUTAGE_SECONDS", 4)
            while time.monotonic() < until:
                answers += pool.map(lambda who: ask(far_shop, chunk, who), [session, stranger] * 4)
        metrics = read_metrics(far_shop)
        busy = busy_workers(far_shop)
        assert far_shop.get(chunk).status == 401, "who has no cookie is told so without any database"
    finally:
        end()
    returned = time.monotonic()
    wait_until(lambda: ask(far_shop, chunk, session)[0] == 200, "downloads to go on", 30, 0.05)
    recovery = time.monotonic() - returned

    statuses = Counter(status for status, _ in answers)
    slowest = max(took for _, took in answers)
    late = sorted(took for _, took in answers[16:])
    note(f"{kind}: {len(answers)} answers {dict(statuses)}, slowest {slowest:.2f} s (T = {TIMEOUT} s), median after "
         f"the first {late[len(late) // 2] * 1000:.0f} ms, {busy} workers busy, recovered in {recovery:.2f} s")
    assert set(statuses) == {503}
    assert slowest < TIMEOUT + 1 + PATIENCE
    assert recovery < 5 + PATIENCE
    assert busy <= 12, "8 clients, the one who asks, and nobody who was left behind"
    assert metrics["backends_down"] == 1 and metrics["backend_outages_total"] == 1
    assert metrics["backend_questions_total held_off"] > 0
    assert far_shop.get(chunk, stranger).status == 403
    log = far_shop.apache.error_log()[len(before):]
    assert log.count("are answered 503 at once") == log.count("audiodl: the database answers again") == 1, log
    assert read_metrics(far_shop)["backends_down"] == 0
    assert READER_PASSWORD not in log


def test_restarts_under_load(far_shop: AudioShop, mariadb: MariaDb, session: str, chunk: str) -> None:
    stranger = far_shop.new_session(CUSTOMER + 1)
    restarts = count("AUDIODL_RESTARTS", 2)
    recoveries = []
    with Load(far_shop, chunk, session, stranger) as load:
        for number in range(restarts):
            if number % 2:
                mariadb.pause()
                time.sleep(0.5)
                mariadb.resume()
            mariadb.stop()
            mariadb.start()
            began = time.monotonic()
            wait_until(lambda: far_shop.get(chunk, session).status == 200, "downloads to go on", 30)
            recoveries.append(time.monotonic() - began)
    load.check()
    assert load.answers["owner", 200] > 0 and load.answers["stranger", 403] > 0
    note(f"{restarts} restarts under load: {dict(load.answers)}, slowest {load.slowest:.2f} s, "
         f"slowest recovery {max(recoveries):.2f} s, 0 unpaid bytes")
    assert max(recoveries) < 5 + PATIENCE
    wait_until(lambda: far_shop.apache.error_log().count("exit signal") == 0, "no child to have crashed")


def test_a_locked_session_row_delays_nobody(far_shop: AudioShop, mariadb: MariaDb, session: str, chunk: str) -> None:
    def median() -> float:
        times = sorted(ask(far_shop, chunk, session) for _ in range(15))
        assert {status for status, _ in times} == {200}
        return sorted(took for _, took in times)[7]

    median()
    free = median()
    with mariadb.holding(f"SELECT * FROM sessions WHERE id = '{session}' FOR UPDATE"):
        locked = median()
    note(f"median with the session row locked {locked * 1000:.1f} ms, without {free * 1000:.1f} ms")
    assert locked < free + TIMEOUT / 2, "it waited for the lock"


def test_httpd_starts_and_reloads_while_the_database_hangs(far_shop: AudioShop, mariadb: MariaDb, road: TcpProxy,
                                                           session: str, chunk: str) -> None:
    # With mod_dbd's defaults, which open a connection in each new process.
    far_shop.apache.graceful(far_shop.config({"DBDMin": None}))
    assert ask(far_shop, chunk, session)[0] == 200
    road.freeze()
    far_shop.apache.graceful()
    assert ask(far_shop, chunk, session)[0] == 503
    far_shop.stop()
    far_shop.start()
    assert ask(far_shop, chunk, session)[0] == 503
    far_shop.apache.graceful(far_shop.config({"DBDMin": None, "DBDPersist": "Off"}))
    assert ask(far_shop, chunk, session)[0] == 503
    road.heal()
    wait_until(lambda: ask(far_shop, chunk, session)[0] == 200, "downloads to go on", 30)
    far_shop.stop()
    assert "exit signal" not in far_shop.apache.error_log()


@pytest.mark.parametrize("mpm", ["prefork", "worker"])
def test_under_the_other_mpms(make_shop: Callable[..., AudioShop], mariadb: MariaDb, road: TcpProxy, session: str,
                              book: str, mpm: str) -> None:
    shop = make_shop(mpm=mpm, database=Detour(mariadb, road.port), changes=SETTINGS)
    chunk = publish(shop, book)
    assert ask(shop, chunk, session)[0] == 200
    road.freeze()
    answers = [ask(shop, chunk, session) for _ in range(20)]
    assert {status for status, _ in answers} == {503}
    assert max(took for _, took in answers) < TIMEOUT + 1 + PATIENCE
    road.heal()
    wait_until(lambda: ask(shop, chunk, session)[0] == 200, "downloads to go on", 30)
    road.freeze()
    shop.stop()
    assert "exit signal" not in shop.apache.error_log()


def test_nothing_secret_is_logged_in_an_outage(make_shop: Callable[..., AudioShop], mariadb: MariaDb,
                                               road: TcpProxy, book: str) -> None:
    shop = make_shop(database=Detour(mariadb, road.port), changes=SETTINGS, log_level="trace8")
    session = shop.new_session(CUSTOMER)
    shop.publish(f"{book}/01.mp3", DATA)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    for begin in (road.freeze, road.reset_all, lambda: road.cut_answers(30)):
        begin()
        for _ in range(3):
            answer = shop.get(f"{book}/01.mp3", session)
            assert session not in str(answer.headers) and READER_PASSWORD.encode() not in answer.body
        road.heal()
    log = shop.apache.error_log()
    ours = "\n".join(line for line in log.splitlines() if not re.search(r"\[(core|http):trace\d\]", line))
    assert "did not answer within" in ours
    assert READER_PASSWORD not in log and session not in ours
