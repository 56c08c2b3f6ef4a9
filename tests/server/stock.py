# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A bucket of its own, a master's listing and web servers' listings, worked on with `audiodl` as an operator does."""

import http.client
import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

from servers.audioshop import write_credentials
from servers.ceph import ACCESS_KEY, SECRET_KEY, Ceph
from servers.command import command_path
from servers.s3client import S3Client, quote
from servers.workspace import Workspace

_numbers = itertools.count(1)
MANIFEST = ".audiodl.json"
Done = subprocess.CompletedProcess[str]


def audiodl(*words: str | Path, seconds: float = 120) -> Done:
    return subprocess.run([command_path(), *words], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=seconds, encoding="utf-8", errors="surrogateescape")


def good(done: Done) -> str:
    """What a command that must succeed said."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def chunks(listing: Path) -> dict[str, int]:
    """The markers as the module would find them: paths, and their times in nanoseconds."""
    found = {}
    for folder, folders, files in os.walk(listing):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if name.startswith(".") or folder == str(listing):
                continue
            try:
                info = path.stat()
            except FileNotFoundError:  # a server withdraws it just now
                continue
            assert info.st_size == 0, f"{path} is not empty"
            found[str(path.relative_to(listing))] = info.st_mtime_ns
    return found


def manifests(listing: Path) -> dict[str, str]:
    return {str(path.relative_to(listing).parent): path.read_text() for path in listing.rglob(MANIFEST)}


class MasterTree:
    """A master's listing, changed by hand as publishing and withdrawing change it, with the times that those give."""

    def __init__(self, path: Path):
        self.path = path
        self._list = path / ".audiodl-withdrawn"

    def publish(self, chunk: str) -> None:
        marker = self.path / chunk
        moment = self._moment(marker)
        self._note(chunk, False)
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
        os.utime(marker, (moment,) * 2)

    def withdraw(self, chunk: str) -> None:
        self._note(chunk, True)
        marker = self.path / chunk
        marker.unlink(missing_ok=True)
        if marker.parent.exists() and not any(path for path in marker.parent.iterdir() if path.name != MANIFEST):
            marker.with_name(MANIFEST).unlink(missing_ok=True)
            marker.parent.rmdir()

    def write_manifest(self, book: str, title: str) -> None:
        path = self.path / book / MANIFEST
        self._write(path, json.dumps({"audiodl": 1, "title": title}), self._moment(path))

    def _note(self, chunk: str, withdrawn: bool) -> None:
        lines = self._list.read_text().splitlines() if self._list.exists() else []
        kept = [line for line in lines if line.partition(" ")[2] != chunk]
        if withdrawn:
            kept.append(f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} {chunk}")
        if kept != lines:
            going = [self.path / chunk, (self.path / chunk).with_name(MANIFEST)] if withdrawn else []
            self._write(self._list, "".join(f"{line}\n" for line in kept), self._moment(self._list, *going))

    def _moment(self, *paths: Path) -> float:
        """A time that unison takes for another than theirs, or than that of all that is gone."""
        times = [path.stat().st_mtime for path in paths if path.exists()]
        if not times and self._list.exists():
            times = [self._list.stat().st_mtime]
        return max([time.time(), *(before + 4 for before in times)])

    @staticmethod
    def _write(path: Path, text: str, moment: float) -> None:
        new = path.with_name(f"{path.name}.new")
        new.write_text(text)
        os.utime(new, (moment,) * 2)
        new.rename(path)


class Stock:
    """Publishes and withdraws by hand: an object and an empty file, and no more. Objects of withdrawn chunks stay
    until nobody lists them (`forget_withdrawn`)."""

    def __init__(self, workspace: Workspace, ceph: Ceph, port: int | None = None):
        """`port`: a fault proxy's."""
        self.client: S3Client = ceph.client
        self.bucket = f"stock{next(_numbers)}"
        self.client.create_bucket(self.bucket)
        self.folder = workspace.directory(f"{self.bucket}-trees")
        self.master = self.tree("master")
        self._tree = MasterTree(self.master)
        self.credentials = write_credentials(workspace, f"{self.bucket}-credentials")
        self.key, self.keys = self.folder / "listing.key", self.folder / "listing.pub"
        good(audiodl("listing", "new-key", self.key))
        self._port = port or ceph.port
        self._direct = ceph.port
        self._withdrawn: set[str] = set()

    def tree(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path

    def options(self, listing: Path) -> list[str | Path]:
        origin = f"s3://{self.bucket}/prod region=us-east-1 endpoint=http://127.0.0.1:{self._port} style=path"
        return ["--origin", origin, "--credentials", f"{self.credentials} profile=web", "--listing", listing]

    def settings(self, listing: Path) -> list[str | Path]:
        """As options(), but from a file of settings, which names the key, too."""
        _, origin, _, credentials, _, _ = self.options(listing)
        path = self.folder / f"{listing.name}.conf"
        path.write_text(f"AudioOrigin {origin}\nAudioCredentials {credentials}\nAudioListing {listing}\n"
                        f"AudioListingKey {self.key}\n")
        return ["--config", path]

    def words(self, command: str, *more: str | Path) -> list[str | Path]:
        """Of push or pull; of pull with the listing first."""
        if command == "push":
            return [command_path(), "listing", "push", *self.options(self.master), "--key", self.key, *more]
        assert command == "pull" and isinstance(more[0], Path)
        return [command_path(), "listing", "pull", *self.options(more[0]), "--keys", self.keys, *more[1:]]

    def push(self, *more: str) -> Done:
        return audiodl(*self.words("push", *more)[1:])

    def pull(self, listing: Path, *more: str) -> Done:
        return audiodl(*self.words("pull", listing, *more)[1:])

    def publish(self, chunk: str, data: bytes = b"audio") -> None:
        """Puts it for sale, or another generation in its place."""
        self.client.put(self.bucket, f"prod/{chunk}", data)
        self._withdrawn.discard(chunk)
        self._tree.publish(chunk)

    def withdraw(self, chunk: str) -> None:
        self._tree.withdraw(chunk)
        self._withdrawn.add(chunk)

    def withdrawn(self) -> set[str]:
        """What the master notes as withdrawn."""
        note = self.master / ".audiodl-withdrawn"
        return {line.partition(" ")[2] for line in note.read_text().splitlines()} if note.exists() else set()

    def forget_withdrawn(self) -> None:
        for chunk in self._withdrawn:
            self.client.delete(self.bucket, f"prod/{chunk}")
        self._withdrawn.clear()

    def objects(self) -> set[str]:
        keys = self.client.keys(self.bucket, "prod/")
        return {key.removeprefix("prod/") for key in keys if not key.startswith("prod/.")}

    def put_many(self, paths: Iterable[str], data: bytes = b"x") -> None:
        """Objects, many and fast, over connections that are kept."""
        todo = list(paths)
        workers = 6
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._put_some, todo[n::workers], data) for n in range(workers)]:
                done.result()

    def _put_some(self, paths: Sequence[str], data: bytes) -> None:
        signer = S3Client(f"127.0.0.1:{self._direct}", ACCESS_KEY, SECRET_KEY)
        connection = http.client.HTTPConnection("127.0.0.1", self._direct, timeout=60)
        for path in paths:
            target = f"/{self.bucket}/{quote(f'prod/{path}')}"
            connection.request("PUT", target, body=data, headers=signer.signed_headers("PUT", target, body=data))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
        connection.close()
