# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The embedded default's database: one SQLite file with the same tables as MariaDb's."""

import itertools
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from .workspace import AS_ROOT, SERVER_GID, SERVER_UID, Workspace

_numbers = itertools.count(1)

SCHEMA = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, data BLOB NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE purchases (customer_id TEXT NOT NULL, book TEXT NOT NULL, PRIMARY KEY (customer_id, book));
"""
# The module's own tables, as an operator makes them.
OWN_SCHEMA = Path(__file__).resolve().parents[2] / "conf" / "schema-sqlite.sql"


class SqliteDb:
    """The file; there is nothing to start. One thread at a time."""

    driver = "sqlite3"

    def __init__(self, workspace: Workspace):
        directory = workspace.directory("sqlite", for_server=True)
        # A workspace may hold several; each is a shop of its own.
        self._path = directory / f"shop-{next(_numbers)}.db"
        self._execute(SCHEMA)
        self._execute(OWN_SCHEMA.read_text())
        if AS_ROOT:
            os.chown(self._path, SERVER_UID, SERVER_GID)

    @property
    def dbd_params(self) -> str:
        return str(self._path)

    def add_session(self, session: str, data: bytes, expires: int) -> None:
        self._execute("REPLACE INTO sessions VALUES (?, ?, ?)", session, data, expires)

    def add_purchase(self, customer: str | int, book: str) -> None:
        self._execute("REPLACE INTO purchases VALUES (?, ?)", str(customer), book)

    def run(self, statements: str) -> None:
        """Whatever else a test needs."""
        self._execute(statements)

    def select(self, statement: str) -> list[list[str]]:
        """The rows, each a list of its columns as text."""
        with closing(sqlite3.connect(self._path, timeout=10)) as database:
            return [[str(column) for column in row] for row in database.execute(statement)]

    @property
    def writer_params(self) -> str:
        """What whoever may write says: the same."""
        return self.dbd_params

    def _execute(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            if values:
                database.execute(statement, values)
            else:
                database.executescript(statement)
