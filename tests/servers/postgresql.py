# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A shop's database in PostgreSQL, with the same tables as MariaDb's."""

import shutil
import signal
import subprocess
from pathlib import Path

from .ports import free_port
from .workspace import AS_ROOT, SERVER_USER, Daemon, Workspace

DATABASE = "shop"

SCHEMA = f"""
CREATE TABLE sessions (id VARCHAR(128) PRIMARY KEY, data TEXT NOT NULL, expires BIGINT NOT NULL);
CREATE TABLE purchases (customer_id VARCHAR(64) NOT NULL, book VARCHAR(255) NOT NULL, PRIMARY KEY (customer_id, book));
CREATE ROLE web LOGIN;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO web;
"""
# The module's own tables, as an operator makes them.
OWN_SCHEMA = Path(__file__).resolve().parents[2] / "conf" / "schema-postgresql.sql"


def _program(name: str) -> str:
    """Debian keeps the server's programs out of PATH, in a folder for each version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else shutil.which(name) or name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class PostgreSql:
    """A running server on a loopback port. Whoever connects there is believed, as in no shop."""

    driver = "pgsql"
    # APR's driver gives every parameter to PostgreSQL as text, so a number must be made of it.
    session_query = "SELECT data FROM sessions WHERE id = %{session}s AND expires > CAST(%{now}d AS BIGINT)"

    def __init__(self, workspace: Workspace, name: str = "postgresql"):
        self._workspace = workspace
        self._data = workspace.directory(name, 0o700, for_server=True)
        self.port = free_port()
        self._daemon: Daemon | None = None
        workspace.run([*self._as_user(), _program("initdb"), "-D", self._data, "-U", "postgres", "-A", "trust",
                       "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", database="postgres")
        self.sql(OWN_SCHEMA.read_text())
        self.sql(SCHEMA)

    @property
    def dbd_params(self) -> str:
        return f"host=127.0.0.1 port={self.port} dbname={DATABASE} user=web"

    @property
    def writer_params(self) -> str:
        return f"host=127.0.0.1 port={self.port} dbname={DATABASE} user=postgres"

    @staticmethod
    def _as_user() -> list[str]:
        """It refuses to run as root."""
        if not AS_ROOT:
            return []
        return ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups", "--"]

    def start(self) -> None:
        self._daemon = self._workspace.spawn("postgres", [
            *self._as_user(), _program("postgres"), "-D", self._data, "-p", str(self.port), "-h", "127.0.0.1",
            "-k", self._data, "-c", "fsync=off", "-c", "shared_buffers=16MB"])
        self._workspace.wait_ready(self._daemon, self._answers)

    def stop(self) -> None:
        """Connections are refused and open ones break. start() brings it back."""
        if self._daemon is not None:
            self._daemon.stop(by=signal.SIGQUIT)
            self._daemon = None

    def _answers(self) -> bool:
        try:
            return self.sql("SELECT 1", database="postgres") == [["1"]]
        except RuntimeError:
            return False

    def sql(self, statements: str, database: str = DATABASE) -> list[list[str]]:
        """Runs statements as the administrator and returns the rows, each a list of its columns as text."""
        done = subprocess.run(
            [_program("psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-qAtX",
             "-F", "\t", "-v", "ON_ERROR_STOP=1"],
            input=statements, capture_output=True, text=True, check=False, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"{statements[:200]}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def add_session(self, session: str, data: bytes, expires: int) -> None:
        self.sql(f"INSERT INTO sessions VALUES ('{session}', {_literal(data.decode())}, {expires}) "
                 "ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data, expires = EXCLUDED.expires")

    def add_purchase(self, customer: str | int, book: str) -> None:
        self.sql(f"INSERT INTO purchases VALUES ({_literal(str(customer))}, {_literal(book)}) ON CONFLICT DO NOTHING")
