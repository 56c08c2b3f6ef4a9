# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""memcached and Redis as PHP keeps its sessions in them, and PHP itself to write those.

    store = Memcached(workspace)
    session = store.log_in("i:42;" ...)
"""

import signal
import socket
import subprocess
from pathlib import Path

from .ports import accepts, free_port
from .workspace import AS_ROOT, SERVER_USER, Daemon, Workspace

# Extensions that others need stand before them. Without a php.ini the machine's own plays no part.
_EXTENSIONS = {"memcached": ("igbinary", "msgpack", "memcached"), "redis": ("igbinary", "redis")}

_SCRIPT = """
session_id($argv[1]);
session_start();
if ($argv[2] === 'destroy') { session_destroy(); exit; }
$_SESSION['note'] = 'customer_id|i:1;"}';
$_SESSION['customer_id'] = (int) $argv[2];
$_SESSION['nul'] = "a\\0b";
if (($argv[3] ?? '') === 'hold') { echo "held\\n"; fgets(STDIN); }
"""


class SessionServer:
    """One of the two, on a loopback port; start, pause, stop and start again."""

    handler: str  # session.save_handler

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self.port = free_port()
        self._daemon: Daemon | None = None
        self.start()

    def start(self) -> None:
        self._daemon = self._workspace.spawn(f"{self.handler}-{self.port}", self._command())
        self._workspace.wait_ready(self._daemon, lambda: accepts(self.port))

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop(by=signal.SIGKILL)
            self._daemon = None

    def pause(self) -> None:
        assert self._daemon is not None
        self._daemon.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._daemon is not None
        self._daemon.send(signal.SIGCONT)

    def log_in(self, session: str, customer: int) -> None:
        """PHP writes the session."""
        self._php(session, str(customer)).communicate(timeout=30)

    def log_out(self, session: str) -> None:
        self._php(session, "destroy").communicate(timeout=30)

    def hold(self, session: str, customer: int) -> subprocess.Popen[str]:
        """A PHP request that has the session open, with its lock, until a line is written to it."""
        held = self._php(session, str(customer), "hold")
        assert held.stdout is not None and held.stdout.readline() == "held\n"
        return held

    def talk(self, line: str) -> str:
        """The first line that the server answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(line.encode() + b"\r\n")
            return connection.makefile().readline().strip()

    def _php(self, *arguments: str) -> subprocess.Popen[str]:
        options = [word for name in _EXTENSIONS[self.handler] for word in ("-d", f"extension={name}.so")]
        settings = {"session.save_handler": self.handler, "session.save_path": self._save_path(),
                    "session.use_cookies": "0", "session.cache_limiter": "", "redis.session.locking_enabled": "1",
                    "memcached.sess_locking": "1", "display_errors": "stderr"}
        options += [word for name, value in settings.items() for word in ("-d", f"{name}={value}")]
        # Output before session_start() would be an error; the script's own "held" comes after it.
        return subprocess.Popen(["php", "-n", *options, "-r", _SCRIPT, "--", *arguments], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _save_path(self) -> str:
        raise NotImplementedError


class Memcached(SessionServer):
    handler = "memcached"

    def _command(self) -> list[str]:
        user = ["-u", SERVER_USER] if AS_ROOT else []
        return ["memcached", *user, "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", "-m", "16", "-t", "1"]

    def _save_path(self) -> str:
        return f"127.0.0.1:{self.port}"


class Redis(SessionServer):
    handler = "redis"

    def _command(self) -> list[str]:
        directory: Path = self._workspace.directory(f"redis-{self.port}")
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(directory),
                "--save", "", "--appendonly", "no"]

    def _save_path(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"
