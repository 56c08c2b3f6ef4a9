# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Root's hand and the units' user take turns at one listing, one tree, one drop folder: neither locks the other out."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from servers.command import command_path
from servers.mp3 import silence
from servers.workspace import AS_ROOT, SERVER_GID, SERVER_UID, Workspace
from stock import Done, audiodl, chunks, good

UPLOADER = 65534  # who owns the drop folder, and its group

pytestmark = pytest.mark.skipif(not AS_ROOT, reason="gives folders to other users")


class Place:
    """A shop in folders: an origin, a master's listing and a web server's, all of the units' user."""

    def __init__(self, workspace: Workspace, name: str):
        self.folder = workspace.directory(f"owners-{name}")
        # Where the working copy lies others may have no way to.
        self._tool = shutil.copy(command_path(), self.folder / "audiodl")
        self.origin, self.master, self.web, self.media = (
            workspace.directory(f"{self.folder.name}/{one}", for_server=True)
            for one in ("origin", "master", "web", "media"))
        self.books = workspace.directory(f"{self.folder.name}/books")
        self.etc = workspace.directory(f"{self.folder.name}/etc")
        os.chown(self.etc, 0, SERVER_GID)
        self.write(10_000)

    def write(self, size: int) -> None:
        for part in ("1.mp3", "2.mp3"):
            (self.books / part).write_bytes(silence(f"{part} {size}", size))

    def run(self, by_root: bool, command: str, *words: str | Path, groups: tuple[int, ...] = ()) -> Done:
        user = {} if by_root else {"user": SERVER_UID, "group": SERVER_GID, "extra_groups": groups}
        return subprocess.run([self._tool, *command.split(), "--origin", f"file://{self.origin}", *words],
                              capture_output=True, text=True, check=False, timeout=60, umask=0o022, **user)

    def on(self, listing: Path, by_root: bool, command: str, *words: str | Path) -> str:
        done = good(self.run(by_root, command, "--listing", listing, *words))
        for tree in (self.origin, listing):
            self.assert_all_belong(tree)
        return done

    def assert_all_belong(self, tree: Path) -> None:
        for path in (tree, *tree.rglob("*")):
            info = path.stat()
            assert (info.st_uid, info.st_gid) == (SERVER_UID, SERVER_GID), f"{path} belongs to {info.st_uid}"


@pytest.fixture
def place(workspace: Workspace, request: pytest.FixtureRequest) -> Place:
    return Place(workspace, request.node.name)


def test_one_listing_is_published_to_by_both(place: Place) -> None:
    for by_root in (True, False, True, False):  # root is the first, also at the lock
        place.write(20_000 if by_root else 30_000)
        place.on(place.master, by_root, "publish", "a/b", place.books)
        place.on(place.master, not by_root, "publish", "a/b", place.books)
        assert set(chunks(place.master)) == {"a/b/1.mp3", "a/b/2.mp3"}
        place.on(place.master, not by_root, "withdraw", "a/b", "1.mp3")
        assert set(chunks(place.master)) == {"a/b/2.mp3"}
        place.on(place.master, by_root, "withdraw", "--delete-objects", "a/b")
        assert chunks(place.master) == {}


def test_one_listing_is_pulled_into_by_both(place: Place) -> None:
    good(audiodl("listing", "new-key", place.etc / "listing.key"))
    for by_root in (True, False, True):
        place.write(20_000 if by_root else 30_000)
        place.on(place.master, by_root, "publish", "a/b", place.books)
        place.on(place.master, not by_root, "listing push", "--key", place.etc / "listing.key")
        place.on(place.web, by_root, "listing pull", "--keys", place.etc / "listing.pub")
        assert chunks(place.web) == chunks(place.master)
        place.on(place.master, not by_root, "withdraw", "a/b", "1.mp3")
        place.on(place.master, by_root, "listing push", "--key", place.etc / "listing.key")
        place.on(place.web, not by_root, "listing pull", "--keys", place.etc / "listing.pub")
        assert chunks(place.web) == chunks(place.master)


def test_the_units_user_reads_a_key_that_root_made_for_its_group(place: Place, tmp_path: Path) -> None:
    for folder, group, mode in ((place.etc, SERVER_GID, 0o640), (tmp_path, 0, 0o600)):
        good(audiodl("listing", "new-key", folder / "listing.key"))
        info = (folder / "listing.key").stat()
        assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (0, group, mode)
        assert stat.S_IMODE((folder / "listing.pub").stat().st_mode) == 0o644


def test_a_marker_is_never_written_through_a_link(place: Place) -> None:
    """Who may write the listing has no say in what root touches elsewhere."""
    precious = place.folder / "precious"
    precious.touch()
    os.utime(precious, (1000, 1000))
    (place.master / "a").mkdir()
    (place.master / "a" / "1.mp3").symlink_to(precious)
    done = place.run(True, "publish", "--listing", place.master, "a", place.books)
    assert done.returncode == 3 and "1.mp3" in done.stderr
    assert precious.stat().st_mtime == 1000 and precious.stat().st_uid == 0


def test_one_drop_folder_is_emptied_by_both(place: Place) -> None:
    drop = place.folder / "drop"

    def upload(name: str, data: bytes) -> None:
        for folder in [drop, *reversed((drop / name).relative_to(drop).parents)]:
            path = drop / folder
            if not path.exists():
                path.mkdir()
                os.chown(path, UPLOADER, UPLOADER)
                path.chmod(0o2775)
        (drop / name).write_bytes(data)
        os.chown(drop / name, UPLOADER, UPLOADER)
        (drop / name).chmod(0o664)

    for number, by_root in enumerate((True, False, True, False)):
        for name in ("books/good/1.mp3", f"samples/x/{number}.mp3"):
            upload(name, silence(f"{number}", 9_000))
        upload("books/good/done", b"")
        upload("books/broken/1.mp3", silence("x", 9_000)[:-50])
        upload("books/broken/done", b"")
        upload("images/shell.php", b"<?php")
        done = place.run(by_root, "ingest", "--listing", place.master, "--tree", place.media, "--quiet", "0", drop,
                         groups=(UPLOADER,))
        assert done.returncode == 1, done.stdout + done.stderr
        place.assert_all_belong(place.media)
        place.assert_all_belong(place.master)
        left = {str(path.relative_to(drop)) for top in ("books", "samples", "images", ".audiodl-ingest/books")
                for path in (drop / top).rglob("*") if path.is_file()}
        assert not left
        # The uploader takes it back, as the reason says.
        broken = drop / "failed/books/broken"
        subprocess.run(["rm", "-r", broken, f"{broken}.reason.txt", drop / "failed/images/shell.php"], check=True,
                       user=UPLOADER, group=UPLOADER, extra_groups=[])
    assert len(list((place.media / "samples/x").iterdir())) == 4
