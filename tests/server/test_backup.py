# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`audiodl backup`: the database goes to S3 every hour, and comes back."""

import gzip
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from prove import counts
from servers.audioshop import AudioShop, S3Origin
from servers.ceph import Ceph
from servers.command import command_path
from servers.mariadb import DATABASE, READER, READER_PASSWORD, WRITER, WRITER_PASSWORD, Detour, MariaDb
from servers.tcp_proxy import TcpProxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

README = Path(__file__).resolve().parents[2] / "README.md"
BUCKET = "backups"
SCRATCH = "audiodl_verify"


class Backups:
    """The command with its configuration, as conf/audiodl-command.conf shows it for MariaDB."""

    def __init__(self, workspace: Workspace, ceph: Ceph, origin: S3Origin, mariadb: MariaDb):
        self.prefix = f"shop{secrets.token_hex(3)}"
        self.ceph = ceph
        with suppress(RuntimeError):
            ceph.client.create_bucket(BUCKET)
        client = f"--no-defaults --socket={mariadb.socket} -uroot"
        dump = f"mariadb-dump {client} --single-transaction --order-by-primary --skip-dump-date"
        self.lines = {
            **origin.directives(),
            "AudioBackupTo": f"s3://{BUCKET}/{self.prefix}",
            "AudioBackupDump": f"{dump} {DATABASE}",
            "AudioBackupVerifyPrepare":
                f'mariadb {client} -e "DROP DATABASE IF EXISTS {SCRATCH}; CREATE DATABASE {SCRATCH}"',
            "AudioBackupVerifyRestore": f"mariadb {client} {SCRATCH}",
            "AudioBackupVerifyDump": f"{dump} {SCRATCH}",
            "AudioBackupVerifyCleanup": f'mariadb {client} -e "DROP DATABASE {SCRATCH}"',
        }
        self.path = workspace.path / f"{self.prefix}.conf"

    def __call__(self, *words: str, code: int = 0, **changes: str | None) -> subprocess.CompletedProcess[str]:
        lines = {**self.lines, **changes}
        self.path.write_text("".join(f"{name} {value}\n" for name, value in lines.items() if value is not None))
        done = subprocess.run([command_path(), "backup", *words, "--config", self.path], capture_output=True, text=True,
                              errors="surrogateescape", check=False, timeout=120)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    def names(self) -> list[str]:
        return [line.split()[1] for line in self("ls").stdout.splitlines()]

    def put(self, when: datetime, data: bytes) -> str:
        """A backup as of that time, made elsewhere."""
        name = f"{self.prefix}-{when:%Y%m%dT%H%M%SZ}.gz"
        self.ceph.client.put(BUCKET, name, data)
        return name


@pytest.fixture
def backups(workspace: Workspace, ceph: Ceph, s3_origin: S3Origin, mariadb: MariaDb) -> Backups:
    return Backups(workspace, ceph, s3_origin, mariadb)


def now() -> datetime:
    return datetime.now(timezone.utc)


def test_a_backup_is_whole_and_restores(backups: Backups, mariadb: MariaDb):
    mariadb.add_session("f" * 32, bytes(range(256)) * 40, 4_000_000_000)
    assert "there is no backup" in backups("verify", code=1).stderr
    done = json.loads(backups("run", "--json").stdout)
    assert backups.names() == [done["stored"]]
    stored = backups.ceph.client.get(BUCKET, done["stored"])
    assert len(stored) == done["bytes"] and len(gzip.decompress(stored)) == done["dumped"]
    assert backups("restore").stdout.encode(errors="surrogateescape") == gzip.decompress(stored)
    verdict = json.loads(backups("verify", "--json").stdout)
    assert verdict["good"] and verdict["lines"] == done["lines"] > 10
    assert mariadb.sql(f"SHOW DATABASES LIKE '{SCRATCH}'", database="") == [], "the scratch database stayed"


def test_what_was_not_restored_is_told(backups: Backups):
    backups("run")
    spoiled = backups.lines["AudioBackupVerifyDump"].replace("--single", "--ignore-table=audiodl_verify.purchases --single")
    verdict = json.loads(backups("verify", "--json", code=1, AudioBackupVerifyDump=spoiled).stdout)
    assert not verdict["good"] and "differs, which begins" in verdict["difference"]


def test_a_dump_that_fails_stores_nothing_and_lets_nothing_go(backups: Backups, tmp_path: Path):
    backups.put(now() - timedelta(days=400), gzip.compress(b"SELECT 1;\n"))
    kept = backups.put(now() - timedelta(days=300), gzip.compress(b"SELECT 1;\n"))
    before = backups.names()
    script = tmp_path / "dump"
    script.write_text("#!/bin/sh\nyes 'INSERT 1;' | head -c 40000000\nexit 2\n")
    script.chmod(0o755)
    done = backups("run", code=3, AudioBackupDump=str(script))
    assert "dump ended with exit code 2" in done.stderr
    assert "the dump is empty" in backups("run", code=3, AudioBackupDump="true").stderr
    assert "No such file" in backups("run", code=3, AudioBackupDump="/no/such/program").stderr
    assert backups.names() == before and before[0] == kept


def test_old_ones_go(backups: Backups):
    young = backups.put(now() - timedelta(hours=40), gzip.compress(b"SELECT 1;\n"))
    # Two of one day: the later one stays for a month.
    day = (now() - timedelta(days=5)).replace(hour=3)
    early, late = (backups.put(day + timedelta(hours=h), gzip.compress(b"SELECT 1;\n")) for h in (0, 2))
    ancient = backups.put(now() - timedelta(days=40), gzip.compress(b"SELECT 1;\n"))
    backups.ceph.client.put(BUCKET, f"{backups.prefix}-notes.gz", b"not ours")
    assert "would run mariadb-dump" in backups("run", "-n").stdout
    assert set(backups.names()) == {young, early, late, ancient}
    assert json.loads(backups("run", "--json").stdout)["removed"] == 2
    assert backups.names()[1:] == [young, late]
    assert backups.ceph.client.get(BUCKET, f"{backups.prefix}-notes.gz") == b"not ours"


def test_one_of_an_earlier_time(backups: Backups):
    old = now() - timedelta(hours=3)
    backups.put(old, gzip.compress(b"SELECT 'old';\n"))
    backups.put(now() - timedelta(hours=1), gzip.compress(b"SELECT 'new';\n"))
    at = f"{now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    assert backups("restore", "--at", at).stdout == "SELECT 'old';\n"
    assert backups("restore").stdout == "SELECT 'new';\n"
    assert "no backup of that time" in backups("restore", "--at", "2020-01-01T00:00:00Z", code=1).stderr


@pytest.mark.parametrize("spoil", [lambda data: data[:-5], lambda data: data[:100] + b"x" + data[101:], lambda data: b""])
def test_a_damaged_one_is_never_good(backups: Backups, spoil: Callable[[bytes], bytes]):
    backups.put(now(), spoil(gzip.compress(b"CREATE TABLE a (b INT);\n" + secrets.token_hex(4000).encode())))
    assert backups.prefix in backups("verify", code=3).stderr
    backups("restore", code=3)


def test_one_that_is_too_old_is_told(backups: Backups, mariadb: MariaDb):
    name = json.loads(backups("run", "--json").stdout)["stored"]
    data = backups.ceph.client.get(BUCKET, name)
    backups.ceph.client.delete(BUCKET, name)
    backups.put(now() - timedelta(hours=3), data)
    assert "is the timer running?" in backups("verify", code=1).stdout
    backups("verify", AudioBackupMaxAge="4h")


@pytest.mark.parametrize(("change", "says"), [
    ({"AudioBackupTo": None}, "AudioBackupTo is not set"),
    ({"AudioBackupTo": "s3://backups"}, "names no object"),
    ({"AudioBackupDump": None}, "AudioBackupDump is needed"),
    ({"AudioBackupDump": 'mariadb-dump "shop'}, "AudioBackupDump: "),
    ({"AudioBackupKeep": "48h 30d 1y"}, "AudioBackupKeep"),
    ({"AudioBackupKeep": "soon"}, "AudioBackupKeep: "),
])
def test_settings(backups: Backups, change: dict[str, str | None], says: str):
    assert says in backups("run", code=3, **change).stderr


@pytest.fixture
def another(workspace: Workspace) -> Iterator[MariaDb]:
    made = MariaDb(workspace, f"mariadb-{secrets.token_hex(3)}")
    yield made
    made.stop()


def recovery() -> str:
    """README's own lines for a new database server, with this shop's passwords."""
    section = README.read_text().partition("## When the database is lost\n")[2].partition("\n## ")[0]
    lines = section.partition("```\n")[2].partition("```")[0]
    for user, password in ((WRITER, WRITER_PASSWORD), (READER, READER_PASSWORD)):
        unnamed = f"TO '{user}'@'%' IDENTIFIED BY '…'"
        assert unnamed in lines
        lines = lines.replace(unnamed, unnamed.replace("…", password))
    assert "audiodl backup restore" in lines and "…" not in lines
    return lines


def run_recovery(fresh: MariaDb, backups: Backups, folder: Path) -> None:
    """As an administrator types it; the machine's own files say which server and which settings."""
    for name, words in (("mariadb", f"{shutil.which('mariadb')} --no-defaults --socket='{fresh.socket}' -uroot \"$@\""),
                        ("audiodl", f"'{command_path()}' \"$@\" --config '{backups.path}'")):
        (folder / name).write_text(f"#!/bin/sh\nexec {words}\n")
        (folder / name).chmod(0o755)
    subprocess.run(["bash", "-e", "-c", recovery()], check=True, timeout=240,
                   env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})


def test_five_minutes_to_another_database(workspace: Workspace, ceph: Ceph, s3_origin: S3Origin, another: MariaDb,
                                          make_shop: Callable[..., AudioShop], tmp_path: Path):
    """The database server is lost; README's recovery, timed: customers who were logged in at the last backup go on."""
    road = TcpProxy(another.port)
    shop = make_shop(database=Detour(another, road.port))
    shop.publish("recovery/01.mp3", some_bytes(100_000))
    another.add_purchase(CUSTOMER, "recovery")
    session = shop.new_session(CUSTOMER)
    backups = Backups(workspace, ceph, s3_origin, another)
    backups("run")
    another.stop()
    assert shop.get("recovery/01.mp3", session).status == 503

    began = time.monotonic()
    fresh = MariaDb(workspace, f"mariadb-{secrets.token_hex(3)}")
    try:
        # As a new server is.
        fresh.sql(f"DROP DATABASE {DATABASE}; DROP USER '{READER}'@'127.0.0.1', '{WRITER}'@'localhost'", database="")
        run_recovery(fresh, backups, tmp_path)
        # Its address changes; how web servers learn that is audiodl hosts' part.
        road.lead_to(fresh.port)
        wait_until(lambda: shop.get("recovery/01.mp3", session).status == 200, "downloads to go on", 60)
        grants = "\n".join(row[0] for row in fresh.sql(f"SHOW GRANTS FOR '{READER}'@'%'"))
        assert "GRANT SELECT ON `shop`.*" in grants
        assert "INSERT, UPDATE, DELETE ON `shop`.`audiodl_open_parts`" in grants
        took = time.monotonic() - began
        assert took < 300
        counts.note(f"a lost database was replaced and restored in {took:.1f} s")
        subprocess.run(["mariadb", "--no-defaults", "--host=127.0.0.1", f"--port={fresh.port}", f"--user={WRITER}",
                        f"--password={WRITER_PASSWORD}", DATABASE, "-e", "DELETE FROM sessions"], check=True, timeout=60)
    finally:
        fresh.stop()
        road.close()
