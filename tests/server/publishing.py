# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What the tests of publishing share: the command with a shop's settings, and what a listing may claim."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from servers.audioshop import S3Origin
from servers.ceph import Ceph
from servers.command import command_path
from servers.mp3 import silence

BUCKET = "books"
PREFIX = "prod"


class Shelf:
    """A book's masters in a folder, and the command that publishes them to an S3 origin and a listing."""

    def __init__(self, origin: S3Origin, listing: Path, folder: Path, book: str):
        self.book = book
        self.listing = listing
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        given = origin.directives()
        self.config = folder.with_name(folder.name + ".conf")
        self.config.write_text("# the command's\n" + "".join(f"{name} {value}\n" for name, value in given.items())
                               + f'AudioListing "{listing}"\n')

    def write(self, name: str, data: bytes) -> bytes:
        (self.folder / name).write_bytes(data)
        return data

    def words(self, command: str, *more: str | Path) -> list[str | Path]:
        return [command_path(), *command.split(), "--config", self.config, *more]

    def run(self, command: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.words(command, *more), capture_output=True, text=True, check=False, timeout=300)

    def publish(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run("publish", *options, self.book, self.folder)

    def withdraw(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("withdraw", self.book, *words)

    def marker(self, name: str) -> Path:
        return self.listing / self.book / name

    def manifest(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.listing / self.book / ".audiodl.json").read_text())
        return loaded

    def listed(self) -> list[str]:
        folder = self.listing / self.book
        return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.exists() else []

    def key(self, name: str) -> str:
        return f"{PREFIX}/{self.book}/{name}"

    def stored(self, ceph: Ceph) -> list[str]:
        return sorted(key.rpartition("/")[2] for key in ceph.client.keys(BUCKET, self.key("")))


def master(number: int, size: int) -> bytes:
    """An mp3 of about that size, unlike that of any other number."""
    return silence(f"Part {number}", size)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
