# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Samples, podcasts and images from the drop folder to every web server, by unison with the profiles of conf/unison."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from servers.mp3 import silence
from servers.workspace import Workspace
from stock import Done, audiodl, good

CONF = Path(__file__).resolve().parents[2] / "conf" / "unison"
MEDIA = "/var/www/media"
FOLDERS = ("samples", "podcasts", "images")
FILES = {"samples/dune/teaser.mp3": silence("teaser", 20_000),
         "podcasts/show/feed.xml": b"<?xml version='1.0'?>\n<rss></rss>\n",
         "images/covers/dune.jpg": b"\xff\xd8\xff\xe0" + b"image" * 2000 + b"\xff\xd9"}

pytestmark = pytest.mark.skipif(shutil.which("unison") is None, reason="unison is not installed")

# Stands in for ssh: unison gives it a host and a command, and it runs the command as that host would.
SSH = """#!/bin/sh
host=
while [ "$1" != unison ]; do
    case $1 in audiodl) ;; master|www?) host=$1 ;; esac
    shift
done
UNISON={folder}/$host/memory exec "$@"
"""


class Machine:
    """A host: its tree, and what unison remembers there."""

    def __init__(self, folder: Path, name: str):
        self.name = name
        self.tree = folder / name / "media"
        self.memory = folder / name / "memory"
        self.memory.mkdir(parents=True)
        for made in FOLDERS:
            (self.tree / made).mkdir(parents=True)
        shutil.copy(CONF / "audiodl-media", self.memory)
        self._ssh = folder / "ssh"

    def write_profile(self, name: str, changes: dict[str, str]) -> None:
        text = (CONF / f"{name}.prf").read_text()
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        (self.memory / f"{name}.prf").write_text(f"{text}\nsshcmd = {self._ssh}\n")

    def replicate(self, *words: str) -> Done:
        return subprocess.run([CONF / "audiodl-replicate", *words], env={**os.environ, "UNISON": str(self.memory)},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
                              timeout=120)

    def files(self) -> dict[str, bytes]:
        return {str(path.relative_to(self.tree)): path.read_bytes() for path in self.tree.rglob("*") if path.is_file()}

    def times(self) -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in self.tree.rglob("*")}


class Cluster:
    """A master with a drop folder, one web server that comes for its files, and one to which the master takes them."""

    def __init__(self, folder: Path):
        self.drop = folder / "drop"
        for made in ("books", "failed", *FOLDERS):
            (self.drop / made).mkdir(parents=True)
        (folder / "ssh").write_text(SSH.replace("{folder}", str(folder)))
        (folder / "ssh").chmod(0o755)
        self.master, self.web1, self.web2 = (Machine(folder, name) for name in ("master", "www1", "www2"))
        self.web1.write_profile("audiodl-media-web", {
            f"root = {MEDIA}": f"root = {self.web1.tree}", f"ssh://audiodl@master/{MEDIA}":
            f"ssh://audiodl@master/{self.master.tree}"})
        self.master.write_profile("audiodl-media-master", {f"root = {MEDIA}": f"root = {self.master.tree}",
                                                           f"force = {MEDIA}": f"force = {self.master.tree}"})

    @property
    def webs(self) -> list[Machine]:
        return [self.web1, self.web2]

    def upload(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            path = self.drop / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        good(audiodl("ingest", "--quiet", "0", "--tree", self.master.tree, self.drop))

    def try_to_sync(self) -> list[Done]:
        return [self.web1.replicate("audiodl-media-web"),
                self.master.replicate("audiodl-media-master", "-root", f"ssh://audiodl@www2/{self.web2.tree}")]

    def sync(self) -> None:
        before = (self.master.files(), self.master.times())
        for done in self.try_to_sync():
            assert done.returncode == 0, done.stdout + done.stderr
        assert (self.master.files(), self.master.times()) == before, "the master was changed"


@pytest.fixture
def cluster(workspace: Workspace, request: pytest.FixtureRequest) -> Cluster:
    return Cluster(workspace.directory(f"media-{request.node.name}"))


def test_what_was_uploaded_is_on_every_web_server(cluster: Cluster) -> None:
    cluster.upload(FILES)
    assert cluster.master.files() == FILES
    cluster.sync()
    for web in cluster.webs:
        assert web.files() == FILES, web.name
        assert all(path.stat().st_mode & 0o444 == 0o444 for path in web.tree.rglob("*"))


def test_what_is_replaced_and_removed_on_the_master_is_so_everywhere(cluster: Cluster) -> None:
    name = "podcasts/show/feed.xml"
    cluster.upload({name: b"<rss>0</rss>", "images/old.jpg": FILES["images/covers/dune.jpg"]})
    cluster.sync()
    # Of one size, within a second or two: where a file gets the inode of the one before it, only their times tell
    # them apart, and times less than two seconds apart are the same to unison.
    for number in range(1, 5):
        before = (cluster.master.tree / name).stat().st_mtime_ns
        cluster.upload({name: b"<rss>%d</rss>" % number})
        assert (cluster.master.tree / name).stat().st_mtime_ns - before > 2e9
        cluster.sync()
        for web in cluster.webs:
            assert web.files()[name] == b"<rss>%d</rss>" % number, web.name
    (cluster.master.tree / "images/old.jpg").unlink()
    cluster.sync()
    for web in cluster.webs:
        assert set(web.files()) == {name}, web.name


def test_what_befalls_a_web_server_stays_there_until_it_is_mended(cluster: Cluster) -> None:
    cluster.upload(FILES)
    cluster.sync()
    for web in cluster.webs:
        (web.tree / "images/covers/dune.jpg").unlink()
        (web.tree / "podcasts/show/feed.xml").write_bytes(b"<rss>defaced</rss>")
        (web.tree / "images/shell.php").write_bytes(b"<?php")
        (web.tree / ".htaccess").write_text("# this server's\n")
    cluster.sync()
    for web in cluster.webs:
        assert web.files() == {**FILES, ".htaccess": b"# this server's\n"}, web.name
    assert cluster.master.files() == FILES
    # Its disk is lost, and with it what unison remembered there.
    shutil.rmtree(cluster.web1.tree)
    for path in cluster.web1.memory.glob("ar*"):
        path.unlink()
    for made in FOLDERS:
        (cluster.web1.tree / made).mkdir(parents=True)
    cluster.sync()
    assert cluster.web1.files() == FILES


@pytest.mark.parametrize("forgets", [False, True])
def test_a_disk_that_is_not_mounted_empties_nobody(cluster: Cluster, forgets: bool) -> None:
    cluster.upload(FILES)
    cluster.sync()
    cluster.master.tree.rename(cluster.master.tree.with_name("kept"))
    cluster.master.tree.mkdir()
    if forgets:
        for machine in (cluster.master, *cluster.webs):
            for path in machine.memory.glob("ar*"):
                path.unlink()
    for done in cluster.try_to_sync():
        assert done.returncode != 0
        assert "designated as a mountpoint" in done.stdout + done.stderr
    for web in cluster.webs:
        assert web.files() == FILES
    cluster.master.tree.rmdir()
    cluster.master.tree.with_name("kept").rename(cluster.master.tree)
    cluster.sync()
