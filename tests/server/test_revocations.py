# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`audiodl revoke`: on every server within five seconds, whatever is remembered; and what holds when it cannot be read."""

import http.client
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.audioshop import COOKIE, AudioShop, FileOrigin
from servers.command import command_path
from servers.mariadb import MariaDb
from servers.postgresql import PostgreSql
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

DATA = some_bytes(100_000)
ON = {"AudioRevocations": "On", "AudioDecisionTTL": "1h"}
# What the issue promises, and what a busy machine may add.
_EFFECTIVE = 5.0
AnyDatabase = MariaDb | SqliteDb | PostgreSql


@pytest.fixture(scope="module")
def origin(workspace: Workspace) -> FileOrigin:
    return FileOrigin(workspace, "revocation-origin")


@pytest.fixture(params=["mariadb", "sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, workspace: Workspace) -> AnyDatabase:
    return SqliteDb(workspace) if request.param == "sqlite" else request.getfixturevalue(request.param)


@pytest.fixture
def make(workspace: Workspace, origin: FileOrigin) -> Iterator[Callable[..., AudioShop]]:
    made: list[AudioShop] = []

    def start(database: AnyDatabase, **settings) -> AudioShop:
        changes = {**ON, **settings.pop("changes", {})}
        made.append(AudioShop(workspace, f"revoke-{secrets.token_hex(3)}", origin, database, changes=changes, **settings))
        made[-1].start()
        return made[-1]

    yield start
    for shop in made:
        shop.stop()


class Revoke:
    """The command, with the file that says where the database is."""

    def __init__(self, workspace: Workspace, database: AnyDatabase):
        self.path = workspace.path / f"database-{secrets.token_hex(3)}"
        self.path.write_text(f'# for audiodl revoke\nDBDriver {database.driver}\n\n'
                             f'DBDParams "{database.writer_params}"\n')
        self.path.chmod(0o600)

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run([command_path(), "revoke", "--database", str(self.path), *words], capture_output=True,
                              text=True, check=False, timeout=30)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr


@pytest.fixture
def revoke(workspace: Workspace, database: AnyDatabase) -> Revoke:
    return Revoke(workspace, database)


def customer_of_this_test() -> str:
    return f"c-{secrets.token_hex(4)}"


def statuses(shops: list[AudioShop], chunk: str, session: str) -> set[int]:
    """Often enough that every process is asked."""
    return {shop.get(chunk, session).status for shop in shops for _ in range(12)}


def seconds_until(shops: list[AudioShop], chunk: str, session: str, status: int) -> float:
    began = time.monotonic()
    wait_until(lambda: statuses(shops, chunk, session) == {status}, f"every server to answer {status}", 30, 0.05)
    return time.monotonic() - began


def test_two_servers_obey_within_five_seconds(make: Callable[..., AudioShop], database: AnyDatabase,
                                              revoke: Revoke) -> None:
    shops = [make(database), make(database)]
    customer, book = customer_of_this_test(), f"book-{secrets.token_hex(3)}"
    chunk, other = f"{book}/01.mp3", f"{book}-2/01.mp3"
    for shop in shops:
        shop.publish(chunk, DATA)
        shop.publish(other, DATA)
    for name in (book, f"{book}-2"):
        database.add_purchase(customer, name)
    session = shops[0].new_session(customer)
    assert statuses(shops, chunk, session) == {200} and statuses(shops, other, session) == {200}

    # A connection that has been told yes before.
    kept = http.client.HTTPConnection("127.0.0.1", shops[0].apache.port, timeout=30)

    def on_kept_connection() -> int:
        kept.request("GET", shops[0].path(chunk), headers={"Cookie": f"{COOKIE}={session}", "Range": "bytes=0-9"})
        answer = kept.getresponse()
        answer.read()
        return answer.status

    assert on_kept_connection() == 206
    revoke("--customer", customer, "--book", book, "--reason", "refund 4711")
    assert seconds_until(shops, chunk, session, 403) < _EFFECTIVE
    assert on_kept_connection() == 403
    kept.close()
    # The statement still says yes, and a new session changes nothing; the other book is not concerned.
    assert statuses(shops, chunk, shops[0].new_session(customer)) == {403}
    assert statuses(shops, other, session) == {200}

    revoke("--customer", customer)
    assert seconds_until(shops, other, session, 403) < _EFFECTIVE
    # Of two, one is lifted.
    revoke("--lift", "--customer", customer, "--book", book)
    time.sleep(2.5)
    assert statuses(shops, chunk, session) == {403}
    revoke("--lift", "--customer", customer)
    assert seconds_until(shops, chunk, session, 200) < _EFFECTIVE
    assert statuses(shops, other, session) == {200}


def test_nobody_else_is_concerned(make: Callable[..., AudioShop], database: AnyDatabase, revoke: Revoke) -> None:
    shop = make(database)
    customer, book = customer_of_this_test(), f"book-{secrets.token_hex(3)}"
    shop.publish(f"{book}/01.mp3", DATA)
    sessions = {}
    for name in (customer, f"{customer}0", customer[:-1], customer.upper(), f"{customer} "):
        database.add_purchase(name, book)
        sessions[name] = shop.new_session(name)
    revoke("--customer", customer)
    seconds_until([shop], f"{book}/01.mp3", sessions[customer], 403)
    for name, session in sessions.items():
        if name != customer:
            assert shop.get(f"{book}/01.mp3", session).status == 200, name


def test_a_grant_ends_too(make: Callable[..., AudioShop], mariadb: MariaDb, workspace: Workspace) -> None:
    shop = make(mariadb)
    revoke = Revoke(workspace, mariadb)
    customer, book = customer_of_this_test(), f"book-{secrets.token_hex(3)}"
    shop.publish(f"{book}/01.mp3", DATA)
    mariadb.add_purchase(customer, book)
    session = shop.new_session(customer)
    assert shop.get(f"{book}/01.mp3", session).status == 200
    mariadb.sql(f"DELETE FROM sessions WHERE id = '{session}'")
    assert shop.get(f"{book}/01.mp3", session).status == 200
    revoke("--customer", customer)
    seconds_until([shop], f"{book}/01.mp3", session, 403)
    # What is in force stays so over restarts, the first request included.
    for how in ("graceful", "restart"):
        getattr(shop.apache, how)()
        assert statuses([shop], f"{book}/01.mp3", session) == {403}


def test_what_is_known_stays_while_the_database_is_down(make: Callable[..., AudioShop], workspace: Workspace) -> None:
    database = MariaDb(workspace, "mariadb-2")
    shop = make(database)
    revoke = Revoke(workspace, database)
    book = f"book-{secrets.token_hex(3)}"
    shop.publish(f"{book}/01.mp3", DATA)
    sessions = []
    for customer in ("good", "bad"):
        database.add_purchase(customer, book)
        sessions.append(shop.new_session(customer))
        assert shop.get(f"{book}/01.mp3", sessions[-1]).status == 200
    good, bad = sessions
    revoke("--customer", "bad")
    seconds_until([shop], f"{book}/01.mp3", bad, 403)
    database.stop()
    try:
        wait_until(lambda: "those known stay in force" in shop.apache.error_log(), "the trouble to be told", 20)
        assert statuses([shop], f"{book}/01.mp3", bad) == {403}
        assert statuses([shop], f"{book}/01.mp3", good) == {200}
        shop.apache.graceful()
        assert statuses([shop], f"{book}/01.mp3", bad) == {403}
        assert statuses([shop], f"{book}/01.mp3", good) == {200}
        # After a stop nobody knows who is revoked.
        shop.stop()
        shop.start()
        assert shop.get(f"{book}/01.mp3", good).status == 503
    finally:
        database.start()
    seconds_until([shop], f"{book}/01.mp3", good, 200)
    assert statuses([shop], f"{book}/01.mp3", bad) == {403}


def test_a_missing_table_lets_nobody_through_and_is_told(make: Callable[..., AudioShop], workspace: Workspace) -> None:
    database = SqliteDb(workspace)
    database.run("DROP TABLE audiodl_revocations")
    shop = make(database)
    shop.publish("b/01.mp3", DATA)
    database.add_purchase(CUSTOMER, "b")
    session = shop.new_session(CUSTOMER)
    assert shop.get("b/01.mp3", session).status == 503
    assert "audiodl_revocations" in shop.apache.error_log()
    assert shop.get("b/01.mp3", shop.new_session(CUSTOMER + 1)).status in (403, 503)


def test_the_readers_number_is_one(make: Callable[..., AudioShop], mariadb: MariaDb) -> None:
    """One process of a server reads, not each."""
    shop = make(mariadb)
    wait_until(lambda: len(shop.apache.worker_pids()) >= 3, "several processes")
    with mariadb.statements() as asked:
        time.sleep(6)
    reads = sum("audiodl_revocations" in statement for statement in asked)
    assert 1 <= reads <= 5, asked


def test_the_command_answers(database: AnyDatabase, revoke: Revoke) -> None:
    customer = customer_of_this_test()
    assert "nothing is revoked" in revoke("--list", "--customer", customer, code=1)
    assert "would be revoked" in revoke("-n", "--customer", customer)
    assert "nothing is revoked" in revoke("--list", "--customer", customer, code=1)
    assert revoke("--customer", customer, "--book", "fantasy/dune", "--reason", "it's \"new\" %s") == (
        f"revoked: customer {customer}, book fantasy/dune\n")
    assert "revoked already" in revoke("--customer", customer, "--book", "fantasy/dune")
    assert json.loads(revoke("--json", "--customer", customer)) == {
        "result": "revoked", "customer": customer, "book": None, "device": None, "count": 1, "dry_run": False}
    listed = [json.loads(line) for line in revoke("--list", "--json", "--customer", customer).splitlines()]
    assert [(row["customer"], row["book"], row["reason"]) for row in listed] == [
        (customer, "fantasy/dune", "it's \"new\" %s"), (customer, None, None)]
    assert all(row["revoked_at"].startswith("20") for row in listed)
    assert f"{customer}  fantasy/dune  (it's \"new\" %s)" in revoke("--list", "--customer", customer)
    assert "without --book" in revoke("--lift", "--customer", customer, "--book", "fantasy/emma", code=1)
    assert "would be lifted" in revoke("-n", "--lift", "--customer", customer)
    assert json.loads(revoke("--lift", "--json", "--customer", customer))["count"] == 2
    assert "nothing to lift" in revoke("--lift", "--customer", customer, code=1)


def test_a_device_is_revoked_and_lifted_apart_from_books(database: MariaDb | SqliteDb, revoke: Revoke) -> None:
    customer = customer_of_this_test()
    assert revoke("--customer", customer, "--device", "Mum's phone") == (
        f"revoked: customer {customer}, device Mum's phone\n")
    assert revoke("--customer", customer) == f"revoked: customer {customer}, all books\n"
    assert "revoked already" in revoke("--customer", customer, "--device", "Mum's phone")
    rows = [json.loads(line) for line in revoke("--list", "--json", "--customer", customer).splitlines()]
    assert [(row["book"], row["device"]) for row in rows] == [(None, "Mum's phone"), (None, None)]
    assert json.loads(revoke("--lift", "--json", "--customer", customer))["count"] == 1
    assert "device Mum's phone" in revoke("--list", "--customer", customer)
    assert json.loads(revoke("--lift", "--json", "--customer", customer, "--device", "Mum's phone"))["count"] == 1
    assert "nothing is revoked" in revoke("--list", "--customer", customer, code=1)


@pytest.mark.parametrize("words, says", [
    ([], "--customer is missing"), (["--lift"], "--customer is missing"), (["--customer", ""], "--customer"),
    (["--customer", "4\n2"], "--customer"), (["--customer", "42", "--book", "../x"], "--book"),
    (["--customer", "42", "--reason", ""], "--reason"), (["--customer", "42", "--lift", "--reason", "x"], "--reason"),
    (["--customer", "42", "--device", "x" * 65], "--device"), (["--customer", "42", "--device", "a", "--book", "b"], "--device"),
    (["--list", "-n"], "--list"), (["--customer", "42", "dune"], "words"), (["--frob"], "--frob"),
])
def test_the_commands_mistakes(workspace: Workspace, mariadb: MariaDb, words: list[str], says: str) -> None:
    assert says in Revoke(workspace, mariadb)(*words, code=2)


@pytest.mark.parametrize("text, mode, says", [
    ("DBDriver mysql\n", 0o600, "DBDParams is missing"),
    ('DBDParams "x"\n', 0o600, "DBDriver is missing"),
    ('DBDriver mysql\nDBDParams host=x,pass=cAnArY more\n', 0o600, "line 2"),
    ('DBDriver mysql\nPassword "cAnArY"\n', 0o600, "line 2"),
    ('DBDriver mysql\nDBDParams "pass=cAnArY\n', 0o600, "quote"),
    ('DBDriver oracle9\nDBDParams "pass=cAnArY"\n', 0o600, "not installed"),
    ('DBDriver sqlite3\nDBDParams "/does/not/exist.db"\n', 0o600, "No such file"),
    ('DBDriver mysql\nDBDParams "host=127.0.0.1,port=1,user=x,pass=cAnArY"\n', 0o600, "cannot connect"),
    ('DBDriver mysql\nDBDParams "host=x,pass=cAnArY"\n', 0o644, "chmod o-rwx"),
    (None, 0, "No such file"),
])
def test_the_databases_file(workspace: Workspace, mariadb: MariaDb, text: str | None, mode: int, says: str) -> None:
    revoke = Revoke(workspace, mariadb)
    if text is None:
        revoke.path.unlink()
    else:
        revoke.path.write_text(text)
        os.chmod(revoke.path, mode)
    told = revoke("--customer", "42", code=3)
    assert says in told and "cAnArY" not in told


def test_the_command_without_the_table(workspace: Workspace) -> None:
    database = SqliteDb(workspace)
    database.run("DROP TABLE audiodl_revocations")
    assert "audiodl_revocations" in Revoke(workspace, database)("--list", code=3)
    assert Path(database.dbd_params).exists()
