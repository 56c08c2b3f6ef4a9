# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl hosts: the cluster's addresses over S3 into a hosts file, whoever writes, errs or is killed meanwhile."""

import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prove import counts
from servers.audioshop import AudioShop, FileOrigin, S3Origin
from servers.ceph import Ceph
from servers.command import command_path
from servers.mariadb import DATABASE, READER, READER_PASSWORD, MariaDb
from servers.namespace import PrivateEtc, can_unshare
from servers.tcp_proxy import TcpProxy
from servers.waiting import wait_until
from servers.workspace import AS_ROOT, SERVER_GID, SERVER_UID, Workspace
from support import CUSTOMER

BUCKET, PREFIX = "books", "prod"
FOREIGN = b"127.0.0.1\tlocalhost\n::1 ip6-localhost\n\n# \xff\x00 anything\r\n10.9.9.9 printer"
# 20 kills by default; the long form is at least 150.
KILLS = counts.count("AUDIODL_HOSTS_KILLS", 20)
_numbers = itertools.count(1)

namespaces = pytest.mark.skipif(not can_unshare(), reason="this user may not have a mount namespace")


def audiodl(*words: str | Path, inside: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*(inside or []), command_path(), *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=120)


def object_text(serial: int, *lines: str) -> bytes:
    """An object as `hosts put` writes it, made by other means."""
    covered = f"# audiodl hosts 1\n# serial {serial}\n# written 2026-11-27T10:00:00Z\n" + "".join(
        f"{line}\n" for line in lines)
    return (covered + f"# sha256 {hashlib.sha256(covered.encode()).hexdigest()}\n# end\n").encode()


def many(serial: int) -> bytes:
    """An object that takes more than one page of the file it goes into."""
    return object_text(serial, *(f"10.{serial % 256}.{n // 256}.{n % 256}\tserver{n}" for n in range(300)))


class Cluster:
    """One object, and the hosts file of one server that reads it."""

    def __init__(self, ceph: Ceph, s3_origin: S3Origin, file: Path):
        self._client = ceph.client
        self.key = f"hosts-{next(_numbers)}"
        self.file = file
        given = s3_origin.directives()
        self.options = ["--origin", str(given["AudioOrigin"]), "--credentials", str(given["AudioCredentials"]),
                        "--object", self.key]
        self.file.write_bytes(FOREIGN)

    def store(self, data: bytes) -> None:
        self._client.put(BUCKET, f"{PREFIX}/{self.key}", data)

    def stored(self) -> bytes:
        return self._client.get(BUCKET, f"{PREFIX}/{self.key}")

    def put(self, *words: str) -> subprocess.CompletedProcess[str]:
        return audiodl("hosts", "put", *self.options, *words)

    def apply(self, *words: str) -> subprocess.CompletedProcess[str]:
        return audiodl("hosts", "apply", *self.options, "--file", self.file, *words)

    def rollback(self, *words: str) -> subprocess.CompletedProcess[str]:
        return audiodl("hosts", "rollback", "--file", self.file, *words)

    def foreign_lines_are_whole(self) -> bool:
        return self.file.read_bytes().startswith(FOREIGN + b"\n# BEGIN audiodl hosts")


@pytest.fixture
def cluster(ceph: Ceph, s3_origin: S3Origin, proxy: object, tmp_path: Path) -> Cluster:
    return Cluster(ceph, s3_origin, tmp_path / "hosts")


def identity(path: Path) -> tuple[int, ...]:
    """What changes when a file is written or replaced, even by the same bytes."""
    info = path.stat()
    return info.st_ino, info.st_mtime_ns, info.st_ctime_ns, info.st_size


def addresses(path: Path) -> dict[str, str]:
    """What the resolver finds in that file."""
    found = {}
    for line in path.read_text(errors="replace").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        found.update({name: address for name in names})
    return found


def test_the_database_server_moves(cluster: Cluster) -> None:
    assert cluster.put("--name", "dbserver", "--address", "10.0.0.5").returncode == 0
    assert cluster.put("--name", "replserver", "--address", "10.0.0.6", "--address", "fd00::6").returncode == 0
    done = cluster.apply("--name", "dbserver", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"] == "applied"
    assert addresses(cluster.file) == {"localhost": "127.0.0.1", "ip6-localhost": "::1", "printer": "10.9.9.9",
                                       "dbserver": "10.0.0.5", "replserver": "fd00::6"}
    assert cluster.put("--name", "dbserver", "--address", "10.0.0.7").returncode == 0
    assert cluster.apply("--name", "dbserver").returncode == 0
    assert addresses(cluster.file)["dbserver"] == "10.0.0.7"
    assert addresses(cluster.file)["replserver"] == "fd00::6"
    assert cluster.foreign_lines_are_whole()


def test_settings_come_from_the_configuration(cluster: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "audiodl.conf"
    origin, credentials = cluster.options[1], cluster.options[3]
    config.write_text(f"AudioOrigin {origin}\nAudioCredentials {credentials}\n"
                      f"AudioHostsObject {cluster.key}\nAudioHostsNames dbserver replserver\n")
    assert audiodl("hosts", "put", "--config", config, "--address", "10.0.0.5").returncode == 0
    assert audiodl("hosts", "apply", "--config", config, "--file", cluster.file).returncode == 0
    assert addresses(cluster.file)["replserver"] == "10.0.0.5"


def test_nothing_new_is_not_written(cluster: Cluster) -> None:
    cluster.put("--name", "dbserver", "--address", "10.0.0.5")
    before = cluster.stored()
    again = cluster.put("--name", "dbserver", "--address", "10.0.0.5", "--json")
    assert json.loads(again.stdout)["result"] == "unchanged"
    assert cluster.stored() == before
    assert cluster.apply().returncode == 0
    written = identity(cluster.file), sorted(cluster.file.parent.iterdir())
    done = cluster.apply("--json")
    assert (done.returncode, json.loads(done.stdout)["result"]) == (0, "unchanged")
    assert (identity(cluster.file), sorted(cluster.file.parent.iterdir())) == written


def test_owner_and_mode_stay(cluster: Cluster) -> None:
    cluster.store(object_text(1, "10.0.0.5 dbserver"))
    cluster.file.chmod(0o640)
    if AS_ROOT:
        os.chown(cluster.file, SERVER_UID, SERVER_GID)
    before = cluster.file.stat()
    assert cluster.apply().returncode == 0
    after = cluster.file.stat()
    assert after.st_ino != before.st_ino, "it was not replaced"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


GOOD = object_text(1000, "10.0.0.5 dbserver")


@pytest.mark.parametrize("data, says", [
    (b"", "it is empty"),
    (b"<!DOCTYPE html><html><body>503</body></html>\n", "HTML"),
    (b"127.0.0.1 localhost\n", "first line"),
    (GOOD[:len(GOOD) // 2], "was cut"),
    (GOOD[:-1], "was cut"),
    (GOOD.replace(b"10.0.0.5", b"10.0.0.6"), "digest"),
    (GOOD + b"10.0.0.6 evil\n", "was cut"),
    (object_text(1000), "names no host"),
    (object_text(1000, "10.0.0.5"), "line 4"),
    (object_text(1000, "dbserver 10.0.0.5"), "is no IP address"),
    (object_text(1000, "10.0.0.5 localhost"), "every machine's own"),
    (object_text(1000, "127.0.0.1 dbserver"), "loopback"),
    (object_text(1000, "10.0.0.5 replserver"), "does not name dbserver"),
    (object_text(1000, "10.0.0.5 dbserver", "10.6.6.6 s3.eu-west-1.amazonaws.com"), "with a dot"),
    pytest.param(b"x" * 1_000_000, "64 KiB", id="huge"),
])
def test_what_is_no_whole_object_changes_nothing(cluster: Cluster, data: bytes, says: str) -> None:
    cluster.store(object_text(1, "10.0.0.1 dbserver"))
    assert cluster.apply("--name", "dbserver").returncode == 0
    before = identity(cluster.file)
    cluster.store(data)
    done = cluster.apply("--name", "dbserver")
    assert done.returncode == 3
    assert says in done.stderr and cluster.key in done.stderr
    assert identity(cluster.file) == before


def test_no_object_and_no_file_are_said(cluster: Cluster) -> None:
    done = cluster.apply()
    assert done.returncode == 3 and "hosts put" in done.stderr
    cluster.store(GOOD)
    cluster.file.unlink()
    done = cluster.apply()
    assert done.returncode == 3 and "No such file" in done.stderr
    assert not cluster.file.exists()


def test_an_older_one_is_refused(cluster: Cluster) -> None:
    cluster.store(object_text(5, "10.0.0.5 dbserver"))
    assert cluster.apply().returncode == 0
    before = identity(cluster.file)
    for older in (object_text(4, "10.0.0.4 dbserver"), object_text(5, "10.0.0.4 dbserver")):
        cluster.store(older)
        done = cluster.apply()
        assert done.returncode == 1 and "no newer than 5" in done.stderr
    assert identity(cluster.file) == before
    assert cluster.apply("--force").returncode == 0
    assert addresses(cluster.file)["dbserver"] == "10.0.0.4"


def test_back_and_not_forward_again(cluster: Cluster) -> None:
    assert cluster.rollback().returncode == 1  # nothing is kept yet
    for serial in (1, 2):
        cluster.store(object_text(serial, f"10.0.0.{serial} dbserver"))
        assert cluster.apply().returncode == 0
    with cluster.file.open("ab") as file:  # somebody adds a line of their own meanwhile
        file.write(b"10.8.8.8 scanner\n")
    done = cluster.rollback("--json")
    assert json.loads(done.stdout) == {"result": "rolled back", "serial": 1, "previous_serial": 2, "dry_run": False}
    assert addresses(cluster.file)["dbserver"] == "10.0.0.1"
    assert cluster.file.read_bytes().endswith(b"10.8.8.8 scanner\n") and cluster.foreign_lines_are_whole()
    before = identity(cluster.file)
    assert cluster.rollback().returncode == 0  # a second one changes nothing
    done = cluster.apply("--json")  # what cron does a minute later
    assert (done.returncode, json.loads(done.stdout)["result"]) == (0, "held")
    assert identity(cluster.file) == before
    cluster.store(object_text(3, "10.0.0.3 dbserver"))
    assert cluster.apply().returncode == 0
    assert addresses(cluster.file)["dbserver"] == "10.0.0.3"


def test_back_to_no_block_at_all(cluster: Cluster) -> None:
    cluster.store(GOOD)
    assert cluster.apply().returncode == 0
    assert cluster.rollback().returncode == 0
    assert "dbserver" not in addresses(cluster.file)
    assert json.loads(cluster.apply("--json").stdout)["result"] == "held"


def test_n_only_says(cluster: Cluster) -> None:
    assert "would be written" in cluster.put("-n", "--name", "dbserver", "--address", "10.0.0.5").stdout
    assert cluster.apply().returncode == 3  # nothing is there
    cluster.store(GOOD)
    before = identity(cluster.file), sorted(cluster.file.parent.iterdir())
    done = cluster.apply("-n")
    assert done.returncode == 0 and "would be applied" in done.stdout
    assert (identity(cluster.file), sorted(cluster.file.parent.iterdir())) == before


def test_a_name_that_somebody_else_gives_is_told(cluster: Cluster) -> None:
    cluster.file.write_bytes(b"127.0.0.1 localhost\n10.0.0.99 DBserver # emergency\n")
    cluster.store(GOOD)
    for result in ("applied", "unchanged"):  # not once only: cron mails it until it is mended
        done = cluster.apply("--json")
        assert done.returncode == 1 and "line 2 of" in done.stderr
        assert json.loads(done.stdout)["result"] == result
    assert b"10.0.0.5 dbserver" in cluster.file.read_bytes()


def test_a_block_without_its_end_is_left_alone(cluster: Cluster) -> None:
    cluster.store(GOOD)
    assert cluster.apply().returncode == 0
    damaged = cluster.file.read_bytes().replace(b"# END audiodl hosts\n", b"")
    cluster.file.write_bytes(damaged)
    cluster.store(object_text(2000, "10.0.0.6 dbserver"))
    done = cluster.apply()
    assert done.returncode == 3 and "does not end" in done.stderr
    assert cluster.file.read_bytes() == damaged


def test_put_asks_for_what_it_must_know(cluster: Cluster) -> None:
    # What the settings and the network do not tell is no mistake of the command line's.
    assert cluster.put("--address", "10.0.0.5").returncode == 3  # no name
    assert cluster.put("--name", "dbserver").returncode == 3  # the origin is reached over loopback
    assert cluster.put("--name", "dbserver", "--remove", "--address", "10.0.0.5").returncode == 2
    for bad in ("127.0.0.1", "0.0.0.0", "fe80::1", "dbserver"):
        assert cluster.put("--name", "dbserver", "--address", bad).returncode == 2, bad
    for bad in ("localhost", "db_server", "10.0.0.5"):
        assert cluster.put("--name", bad, "--address", "10.0.0.5").returncode == 2, bad
    cluster.store(b"something else\n")
    done = cluster.put("--name", "dbserver", "--address", "10.0.0.5")
    assert done.returncode == 3 and "--force" in done.stderr
    assert cluster.put("--name", "dbserver", "--address", "10.0.0.5", "--force").returncode == 0
    assert cluster.apply("--name", "dbserver").returncode == 0


def test_remove_takes_the_names_out_but_not_the_last(cluster: Cluster) -> None:
    cluster.put("--name", "dbserver", "--address", "10.0.0.5")
    cluster.put("--name", "replserver", "--address", "10.0.0.6")
    assert cluster.put("--remove", "--name", "replserver").returncode == 0
    assert b"replserver" not in cluster.stored()
    last = cluster.put("--remove", "--name", "dbserver")
    assert (last.returncode, last.stdout) == (1, "") and "no host any more" in last.stderr
    told = cluster.put("--remove", "--name", "dbserver", "--json", "-n")
    assert (told.returncode, json.loads(told.stdout)["result"]) == (1, "refused")
    assert b"dbserver" in cluster.stored()


def test_many_at_once_lose_nothing(cluster: Cluster) -> None:
    """Eight servers write their names while four read: nobody's name is lost, and every file is whole."""
    cluster.put("--name", "dbserver", "--address", "10.0.0.5")
    putting = [subprocess.Popen([command_path(), "hosts", "put", *cluster.options, "--name", f"server{n}",
                                 "--address", f"10.0.1.{n}"]) for n in range(8)]
    applying = [subprocess.Popen([command_path(), "hosts", "apply", *cluster.options, "--file", cluster.file])
                for _ in range(4)]
    assert [process.wait(120) for process in putting] == [0] * 8
    assert set(process.wait(120) for process in applying) <= {0, 1}  # 1: it read an older one than is there
    assert cluster.apply().returncode == 0
    found = addresses(cluster.file)
    assert {f"server{n}": f"10.0.1.{n}" for n in range(8)}.items() <= found.items()
    assert cluster.foreign_lines_are_whole()


# --- kills --------------------------------------------------------------------------------------

class Local:
    """A hosts file and an object in a folder, for runs that are over in milliseconds."""

    def __init__(self, workspace: Workspace, mounted: bool):
        self.etc = PrivateEtc(workspace, f"etc-{next(_numbers)}", "", mounted=mounted)
        self.folder = workspace.directory(f"object-{next(_numbers)}")
        self.state = workspace.directory(f"state-{next(_numbers)}") if mounted else self.etc.dir
        inside = self.etc.inside if mounted else []
        file = "/etc/hosts" if mounted else str(self.etc.hosts)
        self.command = [*inside, str(command_path()), "hosts", "apply", "--object", f"file://{self.folder}/hosts",
                        "--file", file, "--state", str(self.state)]
        self.etc.hosts.write_bytes(FOREIGN + b"\n")
        self.serial = 0

    def store_next(self) -> None:
        """Long and short ones by turns, so that the file grows and shrinks."""
        self.serial += 1
        data = many(self.serial) if self.serial % 2 else object_text(self.serial, f"10.0.0.{self.serial % 256} db")
        (self.folder / "hosts").write_bytes(data)

    def apply(self, *before: str) -> int:
        return subprocess.run([*before, *self.command], capture_output=True, check=False, timeout=60).returncode

    def text(self) -> bytes:
        return self.etc.hosts.read_bytes()

    def expected(self) -> bytes:
        """The whole file after the object was applied."""
        begin = b'# BEGIN audiodl hosts: replaced by "audiodl hosts apply"; what stands outside is left alone\n'
        return FOREIGN + b"\n" + begin + (self.folder / "hosts").read_bytes() + b"# END audiodl hosts\n"

    def leftovers(self) -> set[str]:
        return {path.name for path in self.state.iterdir() if path.name.startswith(".hosts")}


@pytest.fixture(params=[pytest.param(False, id="renamed"), pytest.param(True, id="mounted", marks=namespaces)])
def local(request: pytest.FixtureRequest, workspace: Workspace) -> Local:
    made = Local(workspace, request.param)
    made.store_next()
    assert made.apply() == 0
    assert made.text() == made.expected()
    return made


def test_killed_at_any_moment_it_is_the_old_file_or_the_new_one(local: Local) -> None:
    chance = random.Random(counts.seed())
    began = time.monotonic()
    assert local.apply() == 0
    usual = time.monotonic() - began
    outcomes = {"old": 0, "new": 0}
    for _ in range(KILLS):
        old = local.text()
        local.store_next()
        process = subprocess.Popen(local.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.random() * usual * 1.3)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        now = local.text()
        assert now in (old, local.expected()), "neither the old file nor the new one"
        outcomes["old" if now == old else "new"] += 1
        assert local.apply() == 0
        assert local.text() == local.expected()
    assert local.leftovers() == {".hosts.audiodl-previous"}
    counts.note(f"{KILLS} kills: {outcomes['old']} left the old file, {outcomes['new']} the new one")


# Every call that changes a file, and the step that it is.
CALLS = ["openat", "unlink", "write", "pwrite64", "fsync", "fchown", "fchmod", "fallocate", "ftruncate", "rename"]


def test_killed_before_each_call_that_changes_a_file(local: Local) -> None:
    kills = 0
    for call in CALLS:
        for nth in range(1, 1000):
            old = local.text()
            local.store_next()
            inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                      f"inject={call}:signal=SIGKILL:when={nth}"]
            code = local.apply(*inject)
            # In place, a call that is cut between pages may leave a mixture, for the next one to finish.
            assert local.text() in (old, local.expected()), f"{call} {nth}"
            assert local.apply() == 0
            assert local.text() == local.expected(), f"{call} {nth}"
            if code == 0:
                break
            kills += 1
    assert local.leftovers() == {".hosts.audiodl-previous"}
    assert kills > 30, "the calls were not the ones that it makes"


@namespaces
def test_a_file_that_is_a_mount_is_written_in_place(workspace: Workspace) -> None:
    local = Local(workspace, mounted=True)
    for _ in range(3):
        local.store_next()
        inode = local.etc.hosts.stat().st_ino
        assert local.apply() == 0
        assert local.text() == local.expected()
        assert local.etc.hosts.stat().st_ino == inode


@namespaces
def test_a_torn_write_in_place_is_finished_by_the_next_run(workspace: Workspace) -> None:
    local = Local(workspace, mounted=True)
    local.store_next()
    assert local.apply() == 0
    old = local.text()
    local.store_next()
    new = local.expected()
    torn = new[:len(FOREIGN) + 150] + old[len(FOREIGN) + 150:]
    local.etc.hosts.write_bytes(torn)
    (local.state / ".hosts.audiodl-inplace").write_bytes(str(len(old)).encode() + b"\n" + old + new)
    done = subprocess.run(local.command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "cut short" in done.stderr
    assert local.text() == new
    assert local.leftovers() == {".hosts.audiodl-previous"}


# --- a web server whose database moves ----------------------------------------------------------

class Named:
    """The shop's database under a name."""

    driver = "mysql"

    def __init__(self, database: MariaDb, host: str, port: int):
        self.dbd_params = (f"host={host},port={port},dbname={DATABASE},user={READER},pass={READER_PASSWORD},"
                           "reconnect=0")
        self.add_session = database.add_session
        self.add_purchase = database.add_purchase


@pytest.fixture
def roads(mariadb: MariaDb) -> Iterator[Callable[[str, int], TcpProxy]]:
    made: list[TcpProxy] = []

    def make(address: str, port: int = 0) -> TcpProxy:
        made.append(TcpProxy(mariadb.port, address, port))
        return made[-1]

    yield make
    for road in made:
        road.close()


@pytest.mark.skipif(not AS_ROOT, reason="httpd in a mount namespace wants root")
@pytest.mark.parametrize("mounted, end", [(False, "refuses"), (True, "is silent")])
def test_the_web_server_follows_a_database_that_moves(workspace: Workspace, mariadb: MariaDb, book: str,
                                                      roads: Callable[..., TcpProxy], mounted: bool, end: str
                                                      ) -> None:
    """dbserver changes its address: the very same processes serve again, without a restart."""
    etc = PrivateEtc(workspace, f"etc-{next(_numbers)}", "127.0.0.1 localhost\n", mounted=mounted)
    object_of = ["--object", f"file://{workspace.directory(f'object-{next(_numbers)}')}/hosts", "--allow-loopback"]

    def move(address: str) -> None:
        assert audiodl("hosts", "put", *object_of, "--name", "dbserver", "--address", address).returncode == 0
        done = audiodl("hosts", "apply", *object_of, "--name", "dbserver", inside=etc.inside)
        assert done.returncode == 0, done.stderr

    first = roads("127.0.0.2")
    move("127.0.0.2")
    name = f"shop-hosts-{next(_numbers)}"
    shop = AudioShop(workspace, name, FileOrigin(workspace, f"{name}-origin"),
                     Named(mariadb, "dbserver", first.port), inside=etc.inside, changes={"AudioDBTimeout": "1s"})
    shop.start()
    try:
        shop.publish(f"{book}/01.mp3", b"sound")
        status = lambda: shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)).status  # a new one: it must ask
        assert status() == 200
        workers = shop.apache.worker_pids()
        if end == "refuses":
            first.close()
        else:  # a machine that is switched off
            first.freeze()
            first.drop_syns()
        wait_until(lambda: status() == 503, "the database to be missed", 30)
        roads("127.0.0.3", first.port)
        assert status() == 503
        move("127.0.0.3")
        wait_until(lambda: status() == 200, "the module to find the database again", 30, interval=0.2)
        assert set(workers) <= set(shop.apache.worker_pids())
    finally:
        shop.stop()
