# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Ceph's S3 gateway over a monitor and one in-memory OSD: a real S3 that verifies every signature.

Virtual-host style works through BUCKET.localhost, which libcurl resolves to loopback by itself.
"""

import signal
import uuid
from pathlib import Path

from . import s3client
from .ports import accepts, free_port
from .workspace import Daemon, Workspace

ACCESS_KEY = "AUDIODLTESTKEY"
SECRET_KEY = "cAnArY+Secret/Key0123456789abcdefghijkl"

# A proposal interval of 50 ms instead of 1 s is what makes it start in little more than a second.
_CONF = """\
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{mon_port}/0
ms bind ipv4 = true
public addr = 127.0.0.1
cluster addr = 127.0.0.1
keyring = {dir}/keyring
mon auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
run dir = {dir}/run
admin socket = {dir}/run/$name.asok
pid file = {dir}/run/$name.pid
log file = {dir}/log/$name.log
mon cluster log file = {dir}/log/cluster.log
crash dir = {dir}/run
[mon]
mon data = {dir}/mon
mon initial members = a
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.05
paxos min wait = 0.02
[mon.a]
keyring = {dir}/mon/keyring
[osd]
osd data = {dir}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd class load list = *
osd class default list = *
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {dir}/rgw
rgw dns name = localhost
rgw enable usage log = false
rgw enable ops log = false
rgw run sync thread = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw thread pool size = 64
rgw num rados handles = 1
rgw rados pool pg num min = 1
rgw init timeout = 60
"""


class Ceph:
    """The running gateway. `client` reads and writes beside whatever is under test."""

    def __init__(self, workspace: Workspace):
        self._workspace = workspace
        self._dir = workspace.directory("ceph")
        self.port = free_port()
        self._gateway: Daemon | None = None
        self._start_cluster()
        self.start_gateway()
        self._admin("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid=shop", "--display-name=shop",
                    f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
        self.client = s3client.S3Client(f"127.0.0.1:{self.port}", ACCESS_KEY, SECRET_KEY)

    def start_gateway(self) -> None:
        """Starts radosgw, the only part that speaks S3; what was stored is still there."""
        self._gateway = self._daemon("radosgw", "-n", "client.rgw")
        self._workspace.wait_ready(self._gateway, lambda: accepts(self.port), 60)

    def stop_gateway(self) -> None:
        """S3 is down: connections are refused. Killed, since it takes seconds to end politely."""
        if self._gateway is not None:
            self._gateway.stop(by=signal.SIGKILL)
            self._gateway = None

    def freeze_gateway(self, frozen: bool) -> None:
        """S3 hangs: the kernel accepts connections, nobody answers."""
        assert self._gateway is not None
        self._gateway.send(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _start_cluster(self) -> None:
        for name in ("mon", "osd", "run", "log", "rgw"):
            (self._dir / name).mkdir()
        fsid = str(uuid.uuid4())
        mon_port = free_port()
        self._conf.write_text(_CONF.format(dir=self._dir, fsid=fsid, mon_port=mon_port, port=self.port))
        keyring, monmap = self._dir / "keyring", self._dir / "monmap"
        run = self._workspace.run
        run(["monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", monmap])
        run(["ceph-authtool", "--create-keyring", keyring])
        for entity, caps in {
                "mon.": {"mon": "allow *"},
                "client.admin": {"mon": "allow *", "osd": "allow *"},
                "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
                "client.rgw": {"mon": "allow rw", "osd": "allow rwx"}}.items():
            grants = [word for kind, grant in caps.items() for word in ("--cap", kind, grant)]
            run(["ceph-authtool", keyring, "--gen-key", "-n", entity, *grants])
        self._admin("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(monmap), "--keyring", str(keyring))
        self._daemon("ceph-mon", "-i", "a")
        osd = str(uuid.uuid4())
        self._admin("ceph", "osd", "new", osd, "0")
        self._admin("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._daemon("ceph-osd", "-i", "0")

    @property
    def _conf(self) -> Path:
        return self._dir / "ceph.conf"

    def _admin(self, program: str, *arguments: str) -> str:
        return self._workspace.run([program, "-c", self._conf, *arguments])

    def _daemon(self, program: str, *arguments: str) -> Daemon:
        return self._workspace.spawn(program, [program, "-c", self._conf, *arguments, "-f"])
