# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Rights as they are remembered: one question per session and book, grants, ends to the second, and their limits."""

import http.client
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop, FileOrigin
from servers.mariadb import MariaDb
from servers.ports import free_port
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

DATA = some_bytes(300_000)
ONE_STATEMENT = ('"SELECT s.data, p.book IS NOT NULL FROM customer_sessions s LEFT JOIN purchases p ON p.customer_id = '
                 's.customer_id AND p.book = %{book}s WHERE s.id = %{session}s AND s.expires > %{now}d"')
# The sessions of a shop that keeps the customer in a column too.
SESSIONS = """CREATE OR REPLACE VIEW customer_sessions AS SELECT id, data, expires,
  SUBSTRING_INDEX(SUBSTRING_INDEX(CONVERT(data USING utf8mb4), 'customer_id|i:', -1), ';', 1)
  COLLATE utf8mb4_bin AS customer_id FROM sessions"""
ONLY_ONE = {"AudioSessionQuery": None, "AudioEntitlementQuery": None, "AudioSessionEntitlementQuery": ONE_STATEMENT}
# Of a customer who asks for nothing else meanwhile.
SHORT = {"AudioDecisionTTL": "1s 1s"}


@pytest.fixture(scope="module")
def origin(workspace: Workspace) -> FileOrigin:
    return FileOrigin(workspace, "entitlement-origin")


@pytest.fixture
def make(workspace: Workspace, origin: FileOrigin, mariadb: MariaDb) -> Iterator[Callable[..., AudioShop]]:
    """Makes started shops on MariaDB and a folder."""
    made: list[AudioShop] = []
    mariadb.sql(SESSIONS)

    def start(changes: dict[str, str | None] | None = None, **settings) -> AudioShop:
        name = f"rights-{secrets.token_hex(3)}"
        made.append(AudioShop(workspace, name, origin, mariadb, changes=changes, **settings))
        made[-1].start()
        return made[-1]

    yield start
    for shop in made:
        shop.stop()


def questions(asked: list[str], table: str = "purchases") -> int:
    return sum(f" {table}" in statement for statement in asked)


def forget_session(mariadb: MariaDb, session: str) -> None:
    mariadb.sql(f"DELETE FROM sessions WHERE id = '{session}'")


def refund(mariadb: MariaDb, book: str, customer: int = CUSTOMER) -> None:
    mariadb.sql(f"DELETE FROM purchases WHERE customer_id = '{customer}' AND book = '{book}'")


def until_stale() -> None:
    """Longer than SHORT remembers: what is asked for next is asked of the database."""
    time.sleep(1.2)


def decisions(shop: AudioShop) -> dict[str, int]:
    """The counters of server-status."""
    page = web.fetch(shop.address, "/server-status?auto").body.decode()
    rows = [line.split(": ") for line in page.splitlines() if line.startswith("AudiodlDecisions")]
    return {name.removeprefix("AudiodlDecisions").lower(): int(value) for name, value in rows}


def ask_again_if_closed(connection: http.client.HTTPConnection, path: str,
                        headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
    """As any client does whose idle connection httpd closed just then: it thins out its processes."""
    for attempt in range(3):
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer, answer.read()
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def ranges(shop: AudioShop, chunk: str, session: str, count: int, connections: int, seed: int = 1) -> list[int]:
    """The statuses of `count` ranges of 1 KB, on that many connections that begin at once and are kept."""
    together = threading.Barrier(connections)

    def one(number: int) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", shop.apache.port, timeout=60)
        together.wait()
        statuses = []
        for step in range(count // connections):
            first = (number * 7919 + step * 104729 + seed) % (len(DATA) - 1024)
            # Every tenth begins anew, on whichever process.
            if step % 10 == 9:
                connection.close()
            answer, body = ask_again_if_closed(connection, shop.path(chunk), {
                "Cookie": f"{COOKIE}={session}", "Range": f"bytes={first}-{first + 1023}"})
            statuses.append(answer.status if body == DATA[first:first + 1024] else -answer.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(connections) as pool:
        return [status for statuses in pool.map(one, range(connections)) for status in statuses]


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_a_thousand_ranges_ask_once(make: Callable[..., AudioShop], mariadb: MariaDb, book: str, mpm: str) -> None:
    shop = make({"AudioDecisionTTL": "5m"}, mpm=mpm)
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    with mariadb.statements() as asked:
        statuses = ranges(shop, f"{book}/01.mp3", session, 1000, 20)
    assert statuses == [206] * 1000
    assert questions(asked) == 1, asked
    assert questions(asked, "sessions") == 1, asked
    counted = decisions(shop)
    assert counted["database"] == 1 and counted["connection"] > 700, counted
    assert counted["connection"] + counted["cache"] + counted["database"] == 1000, counted


def test_one_statement_is_one_round_trip(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    shop = make(ONLY_ONE)
    shop.publish(f"{book}/01.mp3", DATA)
    session, stranger = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER + 1)
    with mariadb.statements() as asked:
        assert ranges(shop, f"{book}/01.mp3", session, 200, 20) == [206] * 200
    assert len(asked) == 1, asked
    with mariadb.statements() as asked:
        assert shop.get(f"{book}/01.mp3", stranger).status == 403
        assert shop.get(f"{book}/01.mp3", "0123456789abcdef0123456789abcdef").status == 401
        assert shop.get(f"{book}/01.mp3").status == 401
    assert len(asked) == 2, asked


def test_a_stale_yes_is_asked_again_and_flips(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    shop = make(SHORT)
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    refund(mariadb, book)
    wait_until(lambda: shop.get(f"{book}/01.mp3", session).status == 403, "the refund to count")
    mariadb.add_purchase(CUSTOMER, book)
    wait_until(lambda: shop.get(f"{book}/01.mp3", session).status == 200, "the purchase to count")


def test_a_no_is_remembered_too(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    shop = make({"AudioDecisionTTL": "5m 5m"})
    shop.publish(f"{book}/01.mp3", DATA)
    stranger = shop.new_session(CUSTOMER + 1)
    with mariadb.statements() as asked:
        assert {shop.get(f"{book}/01.mp3", stranger).status for _ in range(20)} == {403}
    assert questions(asked) == 1
    # It is about the session and the book only.
    shop.publish(f"{book}/other/01.mp3", DATA)
    mariadb.add_purchase(CUSTOMER + 1, f"{book}/other")
    assert shop.get(f"{book}/other/01.mp3", stranger).status == 200
    assert shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)).status == 200


def test_a_statement_about_chunks_decides_about_chunks(make: Callable[..., AudioShop], mariadb: MariaDb,
                                                       book: str) -> None:
    shop = make({"AudioEntitlementQuery": '"SELECT %{chunk}s = \'01.mp3\' FROM purchases WHERE '
                                          'customer_id = %{customer}s AND book = %{book}s"'})
    session = shop.new_session(CUSTOMER)
    for chunk in ("01.mp3", "02.mp3"):
        shop.publish(f"{book}/{chunk}", DATA)
    connection = http.client.HTTPConnection("127.0.0.1", shop.apache.port, timeout=60)
    for chunk, status in (("01.mp3", 200), ("02.mp3", 403), ("01.mp3", 200), ("02.mp3", 403)):
        connection.request("GET", shop.path(f"{book}/{chunk}"), headers={"Cookie": f"{COOKIE}={session}"})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read()) == len(DATA)) == (status, status == 200), chunk
    connection.close()


def test_a_kept_connection_knows_whose_and_which(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    """What is remembered on a connection is about one cookie and one book."""
    shop = make()
    shop.publish(f"{book}/01.mp3", DATA)
    shop.publish(f"{book}/sequel/01.mp3", DATA)
    owner, stranger = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER + 1)
    connection = http.client.HTTPConnection("127.0.0.1", shop.apache.port, timeout=60)
    steps = [(f"{book}/01.mp3", f"{COOKIE}={owner}", 200), (f"{book}/01.mp3", f"{COOKIE}={stranger}", 403),
             (f"{book}/01.mp3", f"{COOKIE}={owner}", 200), (f"{book}/sequel/01.mp3", f"{COOKIE}={owner}", 403),
             (f"{book}/01.mp3", None, 401), (f"{book}/01.mp3", f"{COOKIE}={owner}", 200),
             (f"{book}/01.mp3", f"x=1; {COOKIE}={stranger}; {COOKIE}={owner}", 403),
             (f"{book}/01.mp3", f"{COOKIE}={owner}", 200)]
    for chunk, cookie, status in steps:
        connection.request("GET", shop.path(chunk), headers={} if cookie is None else {"Cookie": cookie})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read()) == len(DATA)) == (status, status == 200), (chunk, cookie)
    connection.close()


@pytest.fixture
def rights(mariadb: MariaDb) -> str:
    """A table with all three columns."""
    table = f"rights_{secrets.token_hex(3)}"
    mariadb.sql(f"CREATE TABLE {table} (customer VARCHAR(64), book VARCHAR(255), until DATETIME NULL, "
                "refunded INT NOT NULL DEFAULT 0)")
    return table


def three_columns(table: str, until: str = "UNIX_TIMESTAMP(until)") -> dict[str, str | None]:
    return {"AudioEntitlementQuery": f'"SELECT 1, {until}, refunded FROM {table} WHERE customer = %{{customer}}s AND '
                                     'book = %{book}s"', "AudioDecisionTTL": "5m 1s"}


def test_a_right_ends_to_the_second(make: Callable[..., AudioShop], mariadb: MariaDb, book: str, rights: str) -> None:
    shop = make(three_columns(rights))
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    end = int(time.time()) + 6
    mariadb.sql(f"INSERT INTO {rights} VALUES ('{CUSTOMER}', '{book}', FROM_UNIXTIME({end}), 0)")
    connection = http.client.HTTPConnection("127.0.0.1", shop.apache.port, timeout=60)
    seen = []
    while time.time() < end + 1.5:
        began = time.time()
        connection.request("GET", shop.path(f"{book}/01.mp3"), headers={"Cookie": f"{COOKIE}={session}"})
        answer = connection.getresponse()
        answer.read()
        seen.append((began, time.time(), answer.status))
        time.sleep(0.02)
    connection.close()
    assert seen[0][2] == 200, "it never was a right at all"
    assert {status for began, ended, status in seen if ended < end} == {200}
    assert {status for began, ended, status in seen if began >= end} == {403}


def test_a_right_that_was_renewed_goes_on(make: Callable[..., AudioShop], mariadb: MariaDb, book: str,
                                          rights: str) -> None:
    shop = make(three_columns(rights))
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    end = int(time.time()) + 8
    mariadb.sql(f"INSERT INTO {rights} VALUES ('{CUSTOMER}', '{book}', FROM_UNIXTIME({end}), 0)")
    assert shop.get(f"{book}/01.mp3", session).status == 200
    mariadb.sql(f"UPDATE {rights} SET until = NULL WHERE book = '{book}'")
    wait_until(lambda: time.time() > end, "the first end to pass")
    assert shop.get(f"{book}/01.mp3", session).status == 200


def test_numbers_are_read_whole(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    """apr_dbd's MySQL driver now and then gives the first digits only: another customer's number."""
    shop = make({"AudioDecisionCache": "none", "AudioSessionFormat": "plain", "AudioCustomerKey": None,
                 "AudioSessionQuery": '"SELECT CAST(data AS UNSIGNED) FROM sessions WHERE id = %{session}s"'},
                mpm="prefork")
    shop.publish(f"{book}/01.mp3", DATA)
    customer = 1_234_567_890_123
    mariadb.add_purchase(customer, book)
    session = secrets.token_hex(16)
    mariadb.add_session(session, str(customer).encode(), int(time.time()) + 3600)
    for _ in range(3):
        assert {shop.get(f"{book}/01.mp3", session).status for _ in range(40)} == {200}
        shop.apache.graceful()  # new connections
    assert {line.customer for line in shop.apache.access_log() if book in line.request} == {str(customer)}


def test_a_right_without_an_end_a_refund_and_nonsense(make: Callable[..., AudioShop], mariadb: MariaDb, book: str,
                                                      rights: str) -> None:
    shop = make(three_columns(rights))
    for name in ("open", "refunded", "over"):
        shop.publish(f"{book}/{name}/01.mp3", DATA)
    mariadb.sql(f"INSERT INTO {rights} VALUES ('{CUSTOMER}', '{book}/open', NULL, 0), "
                f"('{CUSTOMER}', '{book}/refunded', NULL, 1), ('{CUSTOMER}', '{book}/over', '2001-01-01', 0)")
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/open/01.mp3", session).status == 200
    assert shop.get(f"{book}/refunded/01.mp3", session).status == 403
    assert shop.get(f"{book}/over/01.mp3", session).status == 403
    other = make(three_columns(rights, until="COALESCE(until, '2099-01-01')"))
    other.publish(f"{book}/open/01.mp3", DATA)
    # Whose end cannot be read is no right; the operator is told what to write.
    assert other.get(f"{book}/open/01.mp3", session).status == 503
    assert "UNIX_TIMESTAMP" in other.apache.error_log()


def test_a_grant_outlives_the_session_but_not_the_purchase(make: Callable[..., AudioShop], mariadb: MariaDb,
                                                           book: str) -> None:
    shop = make(SHORT)
    for name in (f"{book}/01.mp3", f"{book}/more/01.mp3"):
        shop.publish(name, DATA)
    mariadb.add_purchase(CUSTOMER, f"{book}/more")
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", session, Range="bytes=0-999").status == 206
    forget_session(mariadb, session)
    for _ in range(2):
        until_stale()
        resumed = shop.get(f"{book}/01.mp3", session, Range="bytes=1000-")
        assert resumed.status == 206 and resumed.body == DATA[1000:]
    assert shop.apache.access_log()[-1].customer == str(CUSTOMER)
    # For what had begun only, and for whoever had begun it.
    assert shop.get(f"{book}/more/01.mp3", session).status == 401
    assert shop.get(f"{book}/01.mp3", secrets.token_hex(16)).status == 401
    refund(mariadb, book)
    until_stale()
    assert shop.get(f"{book}/01.mp3", session).status == 403
    mariadb.add_purchase(CUSTOMER, book)
    until_stale()
    assert shop.get(f"{book}/01.mp3", session).status == 401, "a refusal ends the grant"


@pytest.mark.parametrize("beside", [None, '"SELECT 1 FROM purchases WHERE customer_id = %{customer}s AND book = %{book}s"'])
def test_a_grant_with_one_statement(make: Callable[..., AudioShop], mariadb: MariaDb, book: str,
                                    beside: str | None) -> None:
    shop = make({**ONLY_ONE, **SHORT, "AudioEntitlementQuery": beside})
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    forget_session(mariadb, session)
    until_stale()
    assert shop.get(f"{book}/01.mp3", session).status == 200
    refund(mariadb, book)
    until_stale()
    # Without the customer's statement there is nothing that a session that is gone could be asked by.
    assert shop.get(f"{book}/01.mp3", session).status == (403 if beside else 200)


def test_a_grant_ends(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    shop = make({**SHORT, "AudioGrantTTL": "3s"})
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    began = time.time()
    assert shop.get(f"{book}/01.mp3", session).status == 200
    forget_session(mariadb, session)
    wait_until(lambda: shop.get(f"{book}/01.mp3", session).status == 401, "the grant to end")
    assert time.time() - began >= 2.9


def test_another_customer_in_the_session_has_no_grant(make: Callable[..., AudioShop], mariadb: MariaDb,
                                                      book: str) -> None:
    shop = make(SHORT)
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    mariadb.add_session(session, b"customer_id|i:43;", int(time.time()) + 3600)
    until_stale()
    assert shop.get(f"{book}/01.mp3", session).status == 403
    forget_session(mariadb, session)
    until_stale()
    assert shop.get(f"{book}/01.mp3", session).status == 401, "nor has the first one any more"
    # An anonymous session is nobody's, so the grant of who was there before goes on.
    again = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", again).status == 200
    mariadb.add_session(again, b"basket|a:0:{}", int(time.time()) + 3600)
    until_stale()
    assert shop.get(f"{book}/01.mp3", again).status == 200


@pytest.mark.parametrize("how", ["graceful", "restart"])
def test_grants_survive_a_restart(make: Callable[..., AudioShop], mariadb: MariaDb, book: str, how: str) -> None:
    shop = make()
    shop.publish(f"{book}/01.mp3", DATA)
    sessions = [shop.new_session(CUSTOMER) for _ in range(20)]
    assert {shop.get(f"{book}/01.mp3", session).status for session in sessions} == {200}
    for session in sessions:
        forget_session(mariadb, session)
    for _ in range(3):
        getattr(shop.apache, how)()
        with mariadb.statements() as asked:
            assert {shop.get(f"{book}/01.mp3", session).status for session in sessions} == {200}
        assert asked == [], "what was fresh is fresh still"
    # A larger cache inherits too.
    shop.apache.graceful(shop.config({"AudioDecisionCache": '"shmcb:decisions(2000000)"'}))
    assert {shop.get(f"{book}/01.mp3", session).status for session in sessions} == {200}
    assert shop.get(f"{book}/01.mp3", secrets.token_hex(16)).status == 401


def test_a_cache_in_a_file_survives_a_stop(make: Callable[..., AudioShop], mariadb: MariaDb, book: str,
                                           workspace: Workspace) -> None:
    directory = workspace.directory(f"dbm-{secrets.token_hex(3)}", for_server=True)
    shop = make({"AudioDecisionCache": f"dbm:{directory}/decisions"}, modules=["socache_dbm"])
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    forget_session(mariadb, session)
    shop.stop()
    shop.start()
    assert shop.get(f"{book}/01.mp3", session).status == 200
    assert session.encode() not in b"".join(path.read_bytes() for path in directory.iterdir())


def test_known_customers_go_on_while_the_database_is_down(make: Callable[..., AudioShop], mariadb: MariaDb,
                                                          book: str) -> None:
    shop = make(SHORT)
    shop.publish(f"{book}/01.mp3", DATA)
    known, stranger = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER)
    assert shop.get(f"{book}/01.mp3", known).status == 200
    mariadb.stop()
    try:
        for _ in range(3):
            until_stale()
            assert {shop.get(f"{book}/01.mp3", known).status for _ in range(10)} == {200}
            answer = shop.get(f"{book}/01.mp3", stranger)
            assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
        assert shop.get(f"{book}/01.mp3").status == 401
    finally:
        mariadb.start()
    wait_until(lambda: shop.get(f"{book}/01.mp3", stranger).status == 200, "strangers to be served again", 15, 0.2)


@pytest.fixture(params=["memcache", "redis"])
def shared_cache(request: pytest.FixtureRequest, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """A real one: the provider's name and AudioDecisionCache's value."""
    port = free_port()
    command = {"memcache": ["memcached", "-l", "127.0.0.1", "-p", str(port), "-u", "nobody"],
               "redis": ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir",
                         str(workspace.directory("decisions-redis"))]}[request.param]
    daemon = workspace.spawn(f"decisions-{request.param}", command)

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    workspace.wait_ready(daemon, answers)
    yield request.param, f"{request.param}:127.0.0.1:{port}"
    daemon.stop()


def test_servers_share_what_they_remember(make: Callable[..., AudioShop], mariadb: MariaDb, book: str,
                                          shared_cache: tuple[str, str]) -> None:
    provider, cache = shared_cache
    # One virtual host on two servers has one name and port.
    shops = [make({"AudioDecisionCache": cache, "ServerName": "www.example.org:443"}, modules=[f"socache_{provider}"])
             for _ in range(2)]
    for shop in shops:
        shop.publish(f"{book}/01.mp3", DATA)
    session = shops[0].new_session(CUSTOMER)
    assert shops[0].get(f"{book}/01.mp3", session).status == 200
    with mariadb.statements() as asked:
        assert {shops[1].get(f"{book}/01.mp3", session).status for _ in range(5)} == {200}
    assert asked == []
    forget_session(mariadb, session)
    for shop in shops:
        shop.stop()
        shop.start()
        assert shop.get(f"{book}/01.mp3", session).status == 200, "a grant outlives both"
        assert shop.get(f"{book}/01.mp3", secrets.token_hex(16)).status == 401
        assert "asked instead" not in shop.apache.error_log()


def test_other_servers_caches_that_are_gone_cost_questions_only(make: Callable[..., AudioShop], book: str) -> None:
    shop = make({"AudioDecisionCache": "redis:127.0.0.1:1"}, modules=["socache_redis"])
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    assert {shop.get(f"{book}/01.mp3", session).status for _ in range(5)} == {200}
    assert shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER + 1)).status == 403
    assert "the database is asked instead" in shop.apache.error_log()


def test_a_free_title_needs_no_session_and_no_database(workspace: Workspace, make: Callable[..., AudioShop],
                                                       mariadb: MariaDb, book: str) -> None:
    name = f"free-{secrets.token_hex(3)}"
    path = workspace.path / name
    path.write_text("")
    shop = make({"AudioFreeTitles": str(path)})
    shop.publish(f"{book}/01.mp3", DATA)
    shop.publish(f"{book}/sequel/01.mp3", DATA)
    assert shop.get(f"{book}/01.mp3").status == 401
    now = int(time.time())
    end = now + 10
    from_to = " ".join(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (now - 60, end))
    path.write_text(f'# newsletter\n"{book}" {from_to}\n')
    # Every process looks for itself.
    wait_until(lambda: {shop.get(f"{book}/01.mp3").status for _ in range(20)} == {200}, "the file to be read", 5,
               interval=0.1)
    with mariadb.statements() as asked:
        free = shop.get(f"{book}/01.mp3")
        assert free.status == 200 and free.body == DATA and free.headers["Cache-Control"] == "private"
        assert shop.get(f"{book}/01.mp3", secrets.token_hex(16), "HEAD").status == 200
        assert shop.get(f"{book}/sequel/01.mp3").status == 401
    assert asked == []
    assert shop.get(f"{book}/missing.mp3").status == 404
    wait_until(lambda: time.time() >= end, "the window to end")
    assert shop.get(f"{book}/01.mp3").status == 401
    path.write_text("nonsense\n")
    wait_until(lambda: shop.get(f"{book}/01.mp3").status == 401 and "line 1" in shop.apache.error_log(),
               "the mistake to be told", 5)


def test_entitled_answers_are_private(make: Callable[..., AudioShop], book: str) -> None:
    shop = make()
    shop.publish(f"{book}/01.mp3", DATA)
    session = shop.new_session(CUSTOMER)
    known = shop.get(f"{book}/01.mp3", session)
    answers = {
        200: known,
        206: shop.get(f"{book}/01.mp3", session, Range="bytes=0-9"),
        304: shop.get(f"{book}/01.mp3", session, If_None_Match=known.headers["ETag"]),
        404: shop.get(f"{book}/missing.mp3", session),
        405: shop.get(f"{book}/01.mp3", session, "DELETE"),
        412: shop.get(f"{book}/01.mp3", session, If_Match='"x"'),
        416: shop.get(f"{book}/01.mp3", session, Range=f"bytes={len(DATA)}-"),
    }
    for status, answer in answers.items():
        assert answer.status == status
        assert "private" in answer.headers["Cache-Control"].split(", "), status
        assert len(answer.headers.get_all("Cache-Control")) == 1, status
        assert "Set-Cookie" not in answer.headers and "Expires" not in answer.headers, status
    assert parsedate_to_datetime(known.headers["Date"]) is not None


@pytest.mark.parametrize("settings", ["", "CacheStorePrivate On\nCacheIgnoreCacheControl On\nCacheStoreExpired On\n"
                                          "CacheIgnoreNoLastMod On\nCacheMinExpire 600"])
def test_mod_cache_lets_nobody_in(make: Callable[..., AudioShop], workspace: Workspace, book: str,
                                  settings: str) -> None:
    directory = workspace.directory(f"mod-cache-{secrets.token_hex(3)}", for_server=True)
    shop = make(modules=["cache", "cache_disk"], extra=f"""
CacheQuickHandler On
CacheRoot "{directory}"
CacheEnable disk /
CacheHeader On
{settings}
Alias /open "{workspace.directory('open-files')}"
<Location /open>
Require all granted
</Location>
""")
    (workspace.path / "open-files" / "f.txt").write_text("for all")
    wait_until(lambda: "HIT" in web.fetch(shop.address, "/open/f.txt").headers.get("X-Cache", ""),
               "mod_cache to work at all")
    shop.publish(f"{book}/01.mp3", DATA)
    session, stranger = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER + 1)
    for _ in range(3):
        assert shop.get(f"{book}/01.mp3", session).status == 200
        assert shop.get(f"{book}/01.mp3", session, Range="bytes=0-99").status == 206
        assert shop.get(f"{book}/01.mp3", stranger).status == 403
        assert shop.get(f"{book}/01.mp3").status == 401
    assert all(DATA[:100] not in path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_rights_compose(make: Callable[..., AudioShop], mariadb: MariaDb, book: str) -> None:
    shop = make(extra="""
<Location "/both">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAll>
        Require audio-entitled
        Require user 42
    </RequireAll>
</Location>
<Location "/either">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAny>
        Require ip 127.0.0.1
        Require audio-entitled
    </RequireAny>
</Location>
<Location "/none">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAll>
        Require valid-user
        <RequireNone>
            Require audio-entitled
        </RequireNone>
    </RequireAll>
</Location>
""")
    shop.publish(f"{book}/01.mp3", DATA)
    mariadb.add_purchase(CUSTOMER + 7, book)
    owner, other, stranger = (shop.new_session(CUSTOMER + n) for n in (0, 7, 1))
    rows = [("/both", None, 401), ("/both", owner, 200), ("/both", other, 403), ("/both", stranger, 403),
            ("/either", None, 200), ("/either", stranger, 200),
            ("/none", None, 401), ("/none", owner, 403), ("/none", stranger, 200)]
    for _ in range(2):
        for prefix, session, status in rows:
            headers = {} if session is None else {"Cookie": f"{COOKIE}={session}"}
            answer = web.fetch(shop.address, f"{prefix}/{book}/01.mp3", headers=headers)
            assert answer.status == status, (prefix, session)
