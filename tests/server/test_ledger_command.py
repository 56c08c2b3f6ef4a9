# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`audiodl ledger`: what the table of completions says, per title and period."""

import csv
import io
import json
import secrets
import subprocess
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from servers.command import command_path
from servers.mariadb import MariaDb
from servers.sqlite import SqliteDb
from servers.workspace import Workspace

AnyDatabase = MariaDb | SqliteDb
Ledger = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(params=["mariadb", "sqlite"])
def database(request: pytest.FixtureRequest, workspace: Workspace) -> AnyDatabase:
    return SqliteDb(workspace) if request.param == "sqlite" else request.getfixturevalue(request.param)


@pytest.fixture
def ledger(workspace: Workspace, database: AnyDatabase) -> Ledger:
    path = workspace.path / f"database-{secrets.token_hex(3)}"
    path.write_text(f'DBDriver {database.driver}\nDBDParams "{database.writer_params}"\n')
    path.chmod(0o600)

    def run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([command_path(), "ledger", "--database", str(path), *words], capture_output=True, text=True,
                              check=False, timeout=30)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    return run


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def complete(database: AnyDatabase, book: str, chunk: str, customer: str, when: str, nth: int = 1) -> None:
    statement = ("INSERT INTO audiodl_completions (download, customer, book, chunk, generation, size, nth, completed_at) "
                 f"VALUES ('{secrets.token_hex(16)}', '{customer}', '{book}', '{chunk}', '\"e\"', 1000, {nth}, {at(when)})")
    if isinstance(database, SqliteDb):
        database.run(statement)
    else:
        database.sql(statement)


@pytest.fixture
def books(database: AnyDatabase) -> tuple[str, str]:
    """Two books with a history; each test has its own."""
    dune, emma = f"dune-{secrets.token_hex(3)}", f"=emma {secrets.token_hex(3)}"
    for chunk, customer, when, nth in [("1.mp3", "42", "2026-10-31T23:59:59", 1), ("1.mp3", "42", "2026-11-01T00:00:00", 2),
                                       ("2.mp3", "42", "2026-11-30T23:59:59", 1), ("1.mp3", "7", "2026-11-15T12:00:00", 1),
                                       ("1.mp3", "8", "2026-12-01T00:00:00", 1)]:
        complete(database, dune, chunk, customer, when, nth)
    complete(database, emma, "1.mp3", "42", "2026-11-02T00:00:00")
    return dune, emma


def test_royalties_of_a_month(ledger: Ledger, books: tuple[str, str]) -> None:
    rows = [json.loads(line) for line in ledger("--period", "2026-11", "--json").stdout.splitlines()]
    assert [row for row in rows if row["book"] in books] == [
        {"period": "2026-11", "book": books[1], "downloads": 1, "repeated": 0, "customers": 1, "bytes": 1000},
        {"period": "2026-11", "book": books[0], "downloads": 3, "repeated": 1, "customers": 2, "bytes": 3000}]


def test_months_of_a_book(ledger: Ledger, books: tuple[str, str]) -> None:
    rows = [json.loads(line) for line in
            ledger("--from", "2026-10", "--to", "2027", "--book", books[0], "--json").stdout.splitlines()]
    assert [(row["period"], row["downloads"]) for row in rows] == [("2026-10", 1), ("2026-11", 3), ("2026-12", 1)]
    all_of_it = json.loads(ledger("--to", "2027", "--book", books[0], "--json").stdout)
    assert (all_of_it["period"], all_of_it["downloads"], all_of_it["customers"]) == ("all", 5, 3)
    days = ledger("--period", "2026-11", "--by", "day", "--book", books[0], "--json").stdout.splitlines()
    assert [json.loads(line)["period"] for line in days] == ["2026-11-01", "2026-11-15", "2026-11-30"]


def test_a_spreadsheet_runs_no_title(ledger: Ledger, books: tuple[str, str]) -> None:
    text = ledger("--period", "2026-11", "--book", books[1], "--csv").stdout
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [["period", "book", "downloads", "repeated", "customers", "bytes"],
                    ["2026-11", f"'{books[1]}", "1", "0", "1", "1000"]]


def test_what_a_customer_had(ledger: Ledger, books: tuple[str, str]) -> None:
    rows = [json.loads(line) for line in
            ledger("--customer", "42", "--book", books[0], "--to", "2027", "--json").stdout.splitlines()]
    assert [(row["completed_at"], row["chunk"], row["nth"]) for row in rows] == [
        ("2026-10-31T23:59:59Z", "1.mp3", 1), ("2026-11-01T00:00:00Z", "1.mp3", 2), ("2026-11-30T23:59:59Z", "2.mp3", 1)]
    assert "2026-10-31T23:59:59Z  42  " in ledger("--customer", "42", "--to", "2027").stdout


def test_nothing_and_nonsense(ledger: Ledger) -> None:
    assert "nothing was completed" in ledger("--period", "1999", code=1).stderr
    for words in (["--period", "soon"], ["--by", "week"], ["--period", "2026", "--from", "2026"], ["--csv", "--json"],
                  ["--from", "2027", "--to", "2026"], ["x"]):
        assert ledger(*words, code=2).stderr
