# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The shop's database: MariaDB with the tables and the two accounts that the shop and the module use."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .ports import free_port
from .workspace import Daemon, SERVER_USER, AS_ROOT, Workspace

DATABASE = "shop"
# The module's account may only read: a test fails if the module ever needs more.
READER, READER_PASSWORD = "web", "cAnArY-db-Password"
WRITER, WRITER_PASSWORD = "shop", "writer"

SCHEMA = """
CREATE TABLE sessions (id VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
                       data MEDIUMBLOB NOT NULL, expires INT UNSIGNED NOT NULL);
CREATE TABLE purchases (customer_id VARCHAR(64) NOT NULL, book VARCHAR(255) NOT NULL,
                        PRIMARY KEY (customer_id, book))
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
"""
# The module's own tables, as an operator makes them.
OWN_SCHEMA = Path(__file__).resolve().parents[2] / "conf" / "schema.sql"


def literal(value: str | bytes | int) -> str:
    """A value as an SQL literal; bytes go in as hex, so nothing needs escaping."""
    if isinstance(value, int):
        return str(value)
    raw = value.encode() if isinstance(value, str) else value
    return f"_utf8mb4 x'{raw.hex()}'" if isinstance(value, str) else f"x'{raw.hex()}'"


class Detour:
    """The same database for the module, but over another port."""

    driver = "mysql"

    def __init__(self, database: "MariaDb", port: int):
        self._database = database
        self.dbd_params = database.params_over(port)
        self.add_session = database.add_session
        self.add_purchase = database.add_purchase


class MariaDb:
    """A running server on a loopback port and a unix socket, with the shop's tables."""

    driver = "mysql"

    def __init__(self, workspace: Workspace, name: str = "mariadb"):
        self._workspace = workspace
        self._dir = workspace.directory(name)
        self._data = self._dir / "data"
        self.socket = self._dir / "s.sock"
        self.port = free_port()
        # Every mariadbd that starts removes "#sql*" from its temporary directory: in /tmp it would remove the
        # temporary tables of every other one.
        self._environment = {"TMPDIR": str(workspace.directory(f"{name}/tmp"))}
        self._daemon: Daemon | None = None
        workspace.run(["mariadb-install-db", "--no-defaults", f"--datadir={self._data}",
                       "--auth-root-authentication-method=normal", "--skip-test-db",
                       # Or it insists on resolving the host name, which a bare container may not be able to.
                       "--force", *self._as_user()], env=self._environment)
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE} DEFAULT CHARACTER SET utf8mb4", database="")
        self.sql(SCHEMA)
        self.sql(OWN_SCHEMA.read_text())
        self.sql(f"GRANT SELECT ON {DATABASE}.* TO '{READER}'@'127.0.0.1' IDENTIFIED BY '{READER_PASSWORD}';"
                 f"GRANT ALL ON {DATABASE}.* TO '{WRITER}'@'localhost' IDENTIFIED BY '{WRITER_PASSWORD}';")

    @property
    def dbd_params(self) -> str:
        """What DBDParams wants for the module's account."""
        return self.params_over(self.port)

    @staticmethod
    def params_over(port: int) -> str:
        return f"host=127.0.0.1,port={port},dbname={DATABASE},user={READER},pass={READER_PASSWORD},reconnect=0"

    @property
    def writer_params(self) -> str:
        """The same for the shop's account, which may write."""
        return f"sock={self.socket},dbname={DATABASE},user={WRITER},pass={WRITER_PASSWORD}"

    def start(self) -> None:
        self._daemon = self._workspace.spawn("mariadbd", [
            "mariadbd", "--no-defaults", *self._as_user(), f"--datadir={self._data}",
            f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
            f"--pid-file={self._dir}/pid", "--skip-name-resolve", "--innodb-buffer-pool-size=32M",
            # 2, not 0: what was committed must survive stop(), which kills.
            "--innodb-flush-log-at-trx-commit=2", "--log-output=TABLE"], env=self._environment)
        self._workspace.wait_ready(self._daemon, self._answers)

    def stop(self) -> None:
        """The database is down: connections are refused and open ones break. start() brings it back."""
        if self._daemon is not None:
            self._daemon.stop(by=signal.SIGKILL)
            self._daemon = None

    def pause(self) -> None:
        """It hangs: connections stay, new ones are accepted by the kernel, nobody is answered. Until resume()."""
        assert self._daemon is not None
        self._daemon.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._daemon is not None
        self._daemon.send(signal.SIGCONT)

    def connection_ids(self) -> list[int]:
        """The module's connections, as the server counts them."""
        return [int(row[0]) for row in self.sql(
            f"SELECT id FROM information_schema.processlist WHERE user = '{READER}'")]

    def kill_connections(self) -> int:
        """Ends all of them, as an administrator would; returns how many there were."""
        ids = self.connection_ids()
        for number in ids:
            self.sql(f"KILL {number}")
        return len(ids)

    @contextmanager
    def holding(self, statement: str) -> Iterator[None]:
        """A transaction of the shop's own account that has run `statement` and stays open until the block ends."""
        with self._client() as client:
            assert client.stdin is not None and client.stdout is not None
            client.stdin.write(f"START TRANSACTION; {statement}; SELECT 'held';\n")
            client.stdin.flush()
            while (line := client.stdout.readline()) != "held\n":
                assert line, "the transaction ended"
            yield

    @contextmanager
    def crowded(self, free: int = 0) -> Iterator[None]:
        """The server is at max_connections, but for `free`; root gets in all the same."""
        limit = 20
        self.sql(f"SET GLOBAL max_connections = {limit}")
        clients = contextlib.ExitStack()
        with clients:
            try:
                self.kill_connections()
                for _ in range(limit - free):
                    client = clients.enter_context(self._client())
                    assert client.stdin is not None and client.stdout is not None
                    client.stdin.write("SELECT 'in';\n")
                    client.stdin.flush()
                    client.stdout.readline()
                yield
            finally:
                self.sql("SET GLOBAL max_connections = 151")

    @contextmanager
    def _client(self) -> Iterator[subprocess.Popen[str]]:
        client = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", f"-u{WRITER}", f"-p{WRITER_PASSWORD}",
             "--batch", "--skip-column-names", "--unbuffered", DATABASE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield client
        finally:
            client.kill()
            client.wait()

    def sql(self, statements: str, database: str = DATABASE) -> list[list[str]]:
        """Runs statements as root and returns the rows, each a list of its columns as text."""
        done = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "--batch", "--skip-column-names",
             "--default-character-set=utf8mb4", database],
            input=statements, capture_output=True, text=True, check=False, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"{statements[:200]}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def select(self, statement: str) -> list[list[str]]:
        """The rows, each a list of its columns as text."""
        return self.sql(statement)

    def allow_ledger(self) -> None:
        """Lets the module's account write the ledger, as conf/schema.sql says."""
        self.sql(f"GRANT SELECT, INSERT ON {DATABASE}.audiodl_completions TO '{READER}'@'127.0.0.1';"
                 f"GRANT SELECT, INSERT, UPDATE, DELETE ON {DATABASE}.audiodl_open_parts TO '{READER}'@'127.0.0.1'")

    def add_session(self, session: str, data: bytes, expires: int) -> None:
        """Writes a session row as a shop would, for sessions that PHP is not needed for."""
        self.sql(f"REPLACE INTO sessions VALUES ('{session}', {literal(data)}, {expires})")

    def add_purchase(self, customer: str | int, book: str) -> None:
        self.sql(f"REPLACE INTO purchases VALUES ({literal(str(customer))}, {literal(book)})")

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Records what the module's account asks of the server: "Execute SELECT …", one entry each.

        The list is filled when the block ends.
        """
        recorded: list[str] = []
        self.sql("TRUNCATE mysql.general_log; SET GLOBAL general_log = ON")
        try:
            yield recorded
        finally:
            self.sql("SET GLOBAL general_log = OFF")
        recorded += [" ".join(row) for row in self.sql(
            "SELECT command_type, CONVERT(argument USING utf8mb4) FROM mysql.general_log "
            f"WHERE user_host LIKE '{READER}[%' AND command_type IN ('Query', 'Execute')")]

    def _answers(self) -> bool:
        try:
            return self.sql("SELECT 1", database="") == [["1"]]
        except RuntimeError:
            return False

    @staticmethod
    def _as_user() -> list[str]:
        # As root mariadbd insists on being told that it may be; the files then belong to root too.
        return ["--user=root"] if AS_ROOT else [f"--user={SERVER_USER}"]
