# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A real name server, BIND 9, primary for one zone that may be updated with a key."""

import shutil
import subprocess
from pathlib import Path

from .ports import free_port
from .workspace import Daemon, Workspace

ZONE = "example.test"
KEY = "audiodl-web"
CONF = Path(__file__).resolve().parents[2] / "conf" / "bind"

_CONF = """\
options {{
    directory "{dir}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file "{dir}/named.pid";
    session-keyfile "{dir}/session.key";
    managed-keys-directory "{dir}";
    dnssec-validation no;
    // What the operator is told to write.
{options}
}};
controls {{ }};
include "{key}";
{zones}
"""


class Bind:
    """The running server, with the zone and the policy of conf/bind. `server` is what DnsServer says."""

    def __init__(self, workspace: Workspace, name: str = "bind"):
        self._workspace = workspace
        self.dir = workspace.directory(name)
        self.port = free_port()
        self.server = f"127.0.0.1 port={self.port}"
        self.key = self.new_key(KEY)
        shutil.copyfile(CONF / "db.example.org", self.dir / "zone")
        _rename(self.dir / "zone")
        # A copy has no profile of AppArmor's, which would keep it out of the workspace.
        self._named = self.dir / "named"
        shutil.copy2(shutil.which("named", path="/usr/sbin:/usr/bin") or "named", self._named)
        options, zones = _operators_settings()
        (self.dir / "named.conf").write_text(_CONF.format(
            dir=self.dir, port=self.port, key=self.key, options=options,
            zones=zones.replace('"/var/lib/bind/db.example.org"', f'"{self.dir}/zone"')))
        self._daemon: Daemon | None = None
        self.start()

    def start(self) -> None:
        self._daemon = self._workspace.spawn("named", [self._named, "-g", "-n", "1", "-c", self.dir / "named.conf"])
        self._workspace.wait_ready(self._daemon, lambda: "ns1" in self.dig("NS", ZONE), 30)

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None

    def new_key(self, name: str) -> Path:
        """A key as an operator makes one; the server knows only the first."""
        path = self.dir / f"{name}-{len(list(self.dir.glob('*.key')))}.key"
        path.write_text(self._workspace.run(["tsig-keygen", "-a", "hmac-sha256", name]))
        path.chmod(0o600)
        return path

    def dig(self, kind: str, name: str) -> list[str]:
        """What the server answers, in its order."""
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(self.port), "+short", "+time=5", "+tries=1", name, kind],
                              capture_output=True, text=True, check=False, timeout=30)
        return [line.removesuffix(f".{ZONE}.") for line in done.stdout.split()]

    def ttl(self, kind: str, name: str) -> int:
        done = subprocess.run(["dig", "@127.0.0.1", "-p", str(self.port), "+noall", "+answer", name, kind],
                              capture_output=True, text=True, check=True, timeout=30)
        return int(done.stdout.split()[1])


def _rename(zone: Path) -> None:
    zone.write_text(zone.read_text().replace("example.org", ZONE))


def _operators_settings() -> tuple[str, str]:
    """What conf/bind/named.conf has within options, and its zones, for this zone's name."""
    text = (CONF / "named.conf").read_text().replace("example.org", ZONE)
    options = text.partition("options {")[2].partition("\n};")[0]
    zones = text[text.index(f'zone "{ZONE}"'):]
    return options, zones.replace(f"db.{ZONE}", "db.example.org")
