# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A temporary directory and the processes started in it, none of which outlives its owner.

    with Workspace() as workspace:
        daemon = workspace.spawn("radosgw", ["radosgw", "-f"])
        ...
        daemon.stop()
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .waiting import wait_until

# Whom servers run as that drop privileges; tests started by another user run everything as that user.
AS_ROOT = os.geteuid() == 0
SERVER_USER = "www-data" if AS_ROOT else pwd.getpwuid(os.geteuid()).pw_name
SERVER_UID = pwd.getpwnam(SERVER_USER).pw_uid
SERVER_GID = pwd.getpwnam(SERVER_USER).pw_gid


class Daemon:
    """One server process in a process group of its own, with its output in a file."""

    def __init__(self, process: subprocess.Popen[bytes], name: str, log: Path, workspace: "Workspace"):
        self._process = process
        self._workspace = workspace
        self.name = name
        self.log = log
        self.pid = process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Signals the server itself, not its children."""
        self._process.send_signal(number)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def assert_alive(self) -> bool:
        """For use in probes: raises with the server's own words when it has died instead of starting."""
        if not self.alive:
            raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self.output()[-4000:]}")
        return True

    def wait(self, seconds: float) -> int:
        """Its exit code; subprocess.TimeoutExpired when it still runs then."""
        return self._process.wait(seconds)

    def stop(self, seconds: float = 15, by: signal.Signals = signal.SIGTERM) -> None:
        """Ends it and every process of its group. May be called twice."""
        if self.alive:
            self._process.send_signal(by)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._workspace.forget(self)


class Workspace:
    """Owns the directory; a janitor process removes it, and kills what was spawned, when the owner ends.

    The path is short (unix sockets allow 107 bytes) and open to the servers' user. With AUDIODL_KEEP=1
    in the environment the directory stays for inspection.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="audiodl-", dir="/tmp"))
        self.path.chmod(0o755)
        self._daemons: list[Daemon] = []
        doomed = self.path
        if os.environ.get("AUDIODL_KEEP"):
            doomed = self.path / "nothing"
            print(f"keeping {self.path}", file=sys.stderr)
        self._janitor = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("janitor.py")), str(doomed)],
            stdin=subprocess.PIPE, text=True, start_new_session=True)
        assert self._janitor.stdin is not None
        self._to_janitor = self._janitor.stdin

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def directory(self, name: str, mode: int = 0o755, for_server: bool = False) -> Path:
        """Makes (or finds) a sub-directory, owned by the servers' user if asked."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if for_server and AS_ROOT:
            os.chown(path, SERVER_UID, SERVER_GID)
        return path

    def spawn(self, name: str, argv: Sequence[str | os.PathLike[str]],
              env: Mapping[str, str] | None = None) -> Daemon:
        """Starts a server in the foreground; its output goes to DIRECTORY/NAME.out."""
        log = self.path / f"{name}.out"
        with open(log, "ab") as output:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       cwd=self.path, start_new_session=True,
                                       env={**os.environ, **(env or {})})
        self._tell(f"+{process.pid}\n")
        daemon = Daemon(process, name, log, self)
        self._daemons.append(daemon)
        return daemon

    def run(self, argv: Sequence[str | os.PathLike[str]], seconds: float = 60,
            env: Mapping[str, str] | None = None) -> str:
        """Runs a command to its end and returns its output; RuntimeError with its words if it fails."""
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.path,
                              timeout=seconds, env={**os.environ, **(env or {})}, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def wait_ready(self, daemon: Daemon, probe: Callable[[], object], seconds: float = 30) -> None:
        """Waits for probe() to be true, or for the daemon's early death, which raises."""
        wait_until(lambda: daemon.assert_alive() and probe(), f"{daemon.name} to be ready", seconds)

    def forget(self, daemon: Daemon) -> None:
        """Called by Daemon.stop()."""
        if daemon in self._daemons:
            self._daemons.remove(daemon)
            self._tell(f"-{daemon.pid}\n")

    def close(self) -> None:
        """Stops what still runs, in reverse order, and removes the directory. May be called twice."""
        while self._daemons:
            self._daemons[-1].stop()
        if self._janitor.poll() is None:
            self._to_janitor.close()
            self._janitor.wait()

    def _tell(self, line: str) -> None:
        self._to_janitor.write(line)
        self._to_janitor.flush()


def copy_for_server(source: Path, target: Path) -> None:
    """Copies a tree to where the servers' user can read it; a clone may lie in a private home."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
