# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A real httpd with a ServerRoot and a configuration of its own; /etc/apache2 plays no part.

    apache = Apache(workspace)
    apache.start("DocumentRoot /somewhere")      # text for its one virtual host
    apache.graceful()
    apache.stop()
"""

import functools
import http.client
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from .ports import free_port
from .waiting import wait_until
from .workspace import AS_ROOT, SERVER_GID, SERVER_UID, SERVER_USER, Daemon, Workspace

# Loaded in this order, each only if httpd does not have it built in.
_MODULES = ["unixd", "authn_core", "authz_core", "authz_host", "authz_user", "alias", "mime", "dir", "env",
            "setenvif", "headers", "log_config", "status", "socache_shmcb", "dbd", "proxy", "proxy_fcgi"]

# Several processes from the start, so that what must be shared between them is seen to be.
_MPM = {
    "event": "StartServers 3\nServerLimit 16\nThreadsPerChild 16\nMaxRequestWorkers 128\n"
             "MinSpareThreads 48\nMaxSpareThreads 128\nAsyncRequestWorkerFactor 20",
    "worker": "StartServers 3\nServerLimit 16\nThreadsPerChild 16\nMaxRequestWorkers 128\n"
              "MinSpareThreads 48\nMaxSpareThreads 128",
    "prefork": "StartServers 8\nServerLimit 80\nMaxRequestWorkers 80\nMinSpareServers 8\nMaxSpareServers 80",
}

_CONF = """\
ServerRoot "{dir}"
DefaultRuntimeDir "{dir}/run"
PidFile "{dir}/run/httpd.pid"
Listen 127.0.0.1:{port}
ServerName 127.0.0.1:{port}
{modules}
{identity}
{mpm}
ErrorLog "{dir}/error.log"
LogLevel {log_level}
TypesConfig /etc/mime.types
ExtendedStatus On
Timeout 20
KeepAliveTimeout 5
GracefulShutdownTimeout 30
<Directory "/">
    AllowOverride None
    Require all denied
</Directory>
<Location "/server-status">
    SetHandler server-status
    Require ip 127.0.0.1
</Location>
LogFormat "%>s\\t%B\\t%X\\t%{{audiodl-cache}}n\\t%{{audiodl-customer}}n\\t%r" tests
<VirtualHost 127.0.0.1:{port}>
ServerName 127.0.0.1
CustomLog "{dir}/access.log" tests
{body}
</VirtualHost>
"""


class LogLine(NamedTuple):
    """One request in the access log. `cache` and `customer` are "-" where the module said nothing."""

    status: int
    body_bytes: int
    connection: str  # "X": broken before the end
    cache: str
    customer: str
    request: str


@functools.cache
def _httpd() -> str:
    found = shutil.which("apache2", path="/usr/sbin:/usr/bin") or shutil.which("httpd", path="/usr/sbin:/usr/bin")
    if found is None:
        raise RuntimeError("Apache httpd is not installed; run: make deps")
    return found


@functools.cache
def _libexec_dir() -> Path:
    """Where the modules are: apxs says so; a machine with no apxs has them at Debian's place."""
    apxs = shutil.which("apxs") or shutil.which("apxs2")
    if apxs is None:
        return Path("/usr/lib/apache2/modules")
    return Path(subprocess.run([apxs, "-q", "LIBEXECDIR"], capture_output=True, text=True, check=True).stdout.strip())


@functools.cache
def _built_in() -> str:
    return subprocess.run([_httpd(), "-l"], capture_output=True, text=True, check=True).stdout


class Apache:
    """One httpd with one virtual host on a loopback port. Start, reload and stop it any number of times."""

    def __init__(self, workspace: Workspace, name: str = "apache", mpm: str = "event",
                 modules: Iterable[str] = (), load: Iterable[str] = (), log_level: str = "info",
                 inside: Iterable[str] = ()):
        """`modules` are further modules of httpd by name ("ssl"), `load` whole LoadModule lines, `inside` what
        its command line begins with (servers/namespace.py)."""
        self._inside = list(inside)
        self._workspace = workspace
        self._name = name
        self._mpm = mpm
        self._modules = [f"mpm_{mpm}", *_MODULES, *modules]
        self._load = list(load)
        self._log_level = log_level
        self._daemon: Daemon | None = None
        self.port = free_port()
        self.dir = workspace.directory(name)
        workspace.directory(f"{name}/run")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self, body: str) -> None:
        """Starts with `body` in the virtual host; returns when it answers."""
        self._write("httpd.conf", body)
        self._daemon = self._workspace.spawn(self._name, [*self._command("httpd.conf"), "-DFOREGROUND"])
        self._workspace.wait_ready(self._daemon, self._answers)

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None

    def graceful(self, body: str | None = None) -> None:
        """Reloads (with a new `body`); returns when the new children serve. Old ones may still be busy."""
        self._reload(signal.SIGUSR1, body)

    def restart(self, body: str | None = None) -> None:
        """The hard restart: running requests are broken."""
        self._reload(signal.SIGHUP, body)

    def configtest(self, body: str) -> tuple[int, str]:
        """Exit code and output of `apache2 -t` with `body` in the virtual host."""
        self._write("test.conf", body)
        done = subprocess.run([*self._command("test.conf"), "-t"], capture_output=True, text=True, check=False,
                              timeout=30)
        return done.returncode, done.stdout + done.stderr

    def error_log(self) -> str:
        """Everything logged so far, and what was printed before there was a log."""
        log = self.dir / "error.log"
        return (log.read_text(errors="replace") if log.exists() else "") + (
            self._daemon.output() if self._daemon else "")

    def access_log(self) -> list[LogLine]:
        """All requests logged so far; httpd logs a request when it has ended."""
        lines = (self.dir / "access.log").read_text(errors="replace").splitlines()
        rows = [line.split("\t", 5) for line in lines]
        return [LogLine(int(row[0]), int(row[1]), *row[2:]) for row in rows]

    def children(self) -> list[int]:
        """The pids of every child of the parent process."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == self.pid and after_name[0] != "Z":
                found.append(int(stat.parent.name))
        return sorted(found)

    def worker_pids(self) -> list[int]:
        """The children that serve requests."""
        return [pid for pid in self.children() if _name(pid) == _name(self.pid)]

    def helper_pids(self) -> list[int]:
        """The children that serve no requests: the fetcher, which bears a name of its own."""
        return [pid for pid in self.children() if _name(pid) != _name(self.pid)]

    def _reload(self, how: signal.Signals, body: str | None) -> None:
        daemon = self._running()
        if body is not None:
            self._write("httpd.conf", body)
        started = self.error_log().count("resuming normal operations")
        daemon.send(how)
        wait_until(lambda: daemon.assert_alive()
                   and self.error_log().count("resuming normal operations") > started
                   and self._answers(), f"{self._name} to have reloaded", 30)

    def _running(self) -> Daemon:
        assert self._daemon is not None, f"{self._name} was not started"
        return self._daemon

    def _answers(self) -> bool:
        # A plain request to a TLS port is answered too, with 400, which is as good a sign of life.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/server-status?auto")
            return bool(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _command(self, conf: str) -> list[str | os.PathLike[str]]:
        return [*self._inside, _httpd(), "-d", self.dir, "-f", self.dir / conf]

    def _write(self, conf: str, body: str) -> None:
        loads = [f'LoadModule {name}_module "{_libexec_dir()}/mod_{name}.so"' for name in self._modules
                 if f"mod_{name}.c" not in _built_in()]
        identity = f"User #{SERVER_UID}\nGroup #{SERVER_GID}" if AS_ROOT else f"# runs as {SERVER_USER}"
        (self.dir / conf).write_text(_CONF.format(
            dir=self.dir, port=self.port, modules="\n".join(loads + self._load), identity=identity,
            mpm=_MPM[self._mpm], log_level=self._log_level, body=body))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return ""


def php_handler(socket: Path, documents: Path) -> str:
    """Configuration that runs the .php files of `documents` in php-fpm."""
    return f"""\
DocumentRoot "{documents}"
<Directory "{documents}">
    Require all granted
</Directory>
<FilesMatch "\\.php$">
    SetHandler "proxy:unix:{socket}|fcgi://shop/"
</FilesMatch>
"""
