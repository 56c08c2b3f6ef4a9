# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Shops of known frameworks: a database of their own, and sessions written and read by the framework's own code."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from servers.mariadb import READER, WRITER, WRITER_PASSWORD, MariaDb, literal
from servers.workspace import AS_ROOT, SERVER_GID, SERVER_UID, Workspace

_SCRIPTS = Path(__file__).resolve().parent / "php" / "presets"
_PURCHASES = "CREATE TABLE purchases (customer_id VARCHAR(64) NOT NULL, book VARCHAR(255) NOT NULL)"


class MariaShop:
    """A database of `mariadb` beside the tests' own shop; AudioShop's Database."""

    driver = "mysql"

    def __init__(self, mariadb: MariaDb, name: str):
        self._mariadb = mariadb
        self._name = name
        mariadb.sql(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4; "
                    f"GRANT SELECT ON {name}.* TO '{READER}'@'127.0.0.1'; "
                    f"GRANT ALL ON {name}.* TO '{WRITER}'@'localhost'; USE {name}; {_PURCHASES}")

    @property
    def dbd_params(self) -> str:
        return self._mariadb.dbd_params.replace("dbname=shop", f"dbname={self._name}")

    @property
    def pdo(self) -> list[str]:
        return [f"mysql:unix_socket={self._mariadb.socket};dbname={self._name}", WRITER, WRITER_PASSWORD]

    def sql(self, statement: str) -> None:
        self._mariadb.sql(statement, database=self._name)

    def add_session(self, session: str, data: bytes, expires: int) -> None:
        raise NotImplementedError("the framework writes its sessions itself")

    def add_purchase(self, customer: str | int, book: str) -> None:
        self.sql(f"INSERT INTO purchases VALUES ({literal(str(customer))}, {literal(book)})")


class SqliteShop:
    """A file; AudioShop's Database."""

    driver = "sqlite3"

    def __init__(self, workspace: Workspace, name: str):
        directory = workspace.directory(f"sqlite-{name}", for_server=True)
        self._path = directory / "shop.db"
        self.sql(_PURCHASES)
        if AS_ROOT:
            os.chown(self._path, SERVER_UID, SERVER_GID)

    @property
    def dbd_params(self) -> str:
        return str(self._path)

    @property
    def pdo(self) -> list[str]:
        return [f"sqlite:{self._path}", "", ""]

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            database.execute(statement)

    def add_session(self, session: str, data: bytes, expires: int) -> None:
        raise NotImplementedError("the framework writes its sessions itself")

    def add_purchase(self, customer: str | int, book: str) -> None:
        self.sql(f"INSERT INTO purchases VALUES ('{customer}', '{book}')")


FrameworkDb = MariaShop | SqliteShop


class Framework:
    """One framework's code on one database."""

    def __init__(self, name: str, database: FrameworkDb, **environment: str):
        self.name = name
        self.database = database
        self._environment = environment

    def log_in(self, customer: int | None) -> dict[str, str]:
        """A new session of that customer, or of a visitor: its "id" and what else the script says."""
        return self._run("login", "" if customer is None else str(customer))

    def customer_of(self, session: str) -> str | None:
        """Whom the framework itself finds in that session."""
        customer = self._run("read", session)["customer"]
        return None if customer is None else str(customer)

    def _run(self, what: str, value: str) -> dict:
        settings = {"session.use_cookies": "0", "session.cache_limiter": "", "session.serialize_handler": "php",
                    "session.use_strict_mode": "0", "session.gc_probability": "0", "display_errors": "stderr"}
        options = [word for name, setting in settings.items() for word in ("-d", f"{name}={setting}")]
        done = subprocess.run(["php", *options, _SCRIPTS / f"{self.name}.php", *self.database.pdo, what, value],
                              capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, **self._environment})
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
