# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""publish, replace and withdraw killed at random moments, on Ceph: what is listed can be downloaded.

After each kill every marker's object is looked at, a customer downloads, and the same command is run again,
which may be killed as well, until it has come to its end. AUDIODL_PUBLISH_KILLS is 20 in `make check`.
AUDIODL_SEED decides the moments. Killed before every single step: tests/unit/publish/publish_kill_test.cc.
"""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from prove import counts
from publishing import BUCKET, Shelf, master, sha256
from servers.audioshop import AudioShop, S3Origin
from servers.ceph import Ceph
from servers.s3client import S3Error

NAMES = ["1.mp3", "2.mp3", "3.mp3"]
SIZES = [60_000, 17_500_000, 80_000]  # the second goes in three parts


class Book:
    """A shelf, what it held and holds, and what may therefore be for sale."""

    def __init__(self, shelf: Shelf, ceph: Ceph, shop: AudioShop, session: str):
        self.shelf = shelf
        self._ceph = ceph
        self._shop = shop
        self._session = session
        self._edition = 0
        self._hashes: dict[str, set[str]] = {name: set() for name in NAMES}
        self._tags: dict[str, str] = {}  # of objects whose bytes have been looked at: their hash

    def new_edition(self) -> None:
        self._edition += 1
        for number, (name, size) in enumerate(zip(NAMES, SIZES)):
            data = master(self._edition * 10 + number, size + self._edition % 7 * 417)
            self._hashes[name].add(sha256(self.shelf.write(name, data)))

    def assert_listed_is_there(self) -> int:
        """Every marker's object is whole, in one of its editions, and is delivered. How many there are."""
        listed = self.shelf.listed()
        for name in listed:
            try:
                tag = self._ceph.client.head(BUCKET, self.shelf.key(name))["etag"]
            except S3Error as error:
                raise AssertionError(f"{name} is listed and not at the origin") from error
            if tag not in self._tags:
                self._tags[tag] = sha256(self._ceph.client.get(BUCKET, self.shelf.key(name)))
            assert self._tags[tag] in self._hashes[name], f"{name} is listed, and its object is no edition of it"
        if "1.mp3" in listed:
            answer = self._shop.get(f"{self.shelf.book}/1.mp3", self._session)
            assert answer.status == 200 and sha256(answer.body) in self._hashes["1.mp3"]
        return len(listed)

    def assert_for_sale(self) -> None:
        """The newest edition, all of it, and nothing half-sent is left."""
        assert self.assert_listed_is_there() == len(NAMES)
        chunks = {chunk["name"]: chunk for chunk in self.shelf.manifest()["chunks"]}
        for name in NAMES:
            head = self._ceph.client.head(BUCKET, self.shelf.key(name))
            assert self._tags[head["etag"]] == sha256((self.shelf.folder / name).read_bytes())
            assert (chunks[name]["etag"], chunks[name]["sha256"]) == (head["etag"], self._tags[head["etag"]])
        uploads = self._ceph.client.request("GET", f"/{BUCKET}", {"uploads": "", "prefix": self.shelf.key("")})
        assert uploads.body.count(b"<UploadId>") == 0
        assert list(self.shelf.listing.rglob("*.part")) == []

    def assert_gone(self) -> None:
        assert (self.shelf.listed(), self.shelf.stored(self._ceph)) == ([], [])


@pytest.fixture
def kept_book(shop: AudioShop, s3_origin: S3Origin, ceph: Ceph, session: str, book: str, tmp_path: Path) -> Book:
    return Book(Shelf(s3_origin, shop.listing, tmp_path / "masters", book), ceph, shop, session)


def run_killed(words: list[str | Path], after: float) -> bool:
    """Whether it was killed before it had come to its end, which must be a good one."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, complaint = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    # A withdrawal that was killed at its very end has left nothing for the next.
    assert process.returncode == 0 or b"there is nothing of" in complaint, complaint
    return False


def test_killed_at_random(kept_book: Book) -> None:
    kills, dice = counts.count("AUDIODL_PUBLISH_KILLS", 20), random.Random(counts.seed())
    publish = kept_book.shelf.words("publish", kept_book.shelf.book, kept_book.shelf.folder)
    withdraw = kept_book.shelf.words("withdraw", "--delete-objects", kept_book.shelf.book)
    lasted = {"publish": 2.0, "withdraw": 0.5}  # seconds, as measured last
    killed = listed = partly = 0
    while killed < kills:
        for task, words in (("publish", publish), ("replace", publish), ("withdraw", withdraw)):
            if task != "withdraw":
                kept_book.new_edition()
            kind = str(words[1])
            chances = 3
            while True:
                begun = time.monotonic()
                was_killed = run_killed(words, dice.uniform(0, lasted[kind]) if chances else 300)
                chances = max(0, chances - 1)
                markers = kept_book.assert_listed_is_there()
                if not was_killed:
                    break
                killed += 1
                listed += markers > 0
                partly += 0 < markers < len(NAMES)
            if chances == 0:
                lasted[kind] = min(10.0, time.monotonic() - begun)
            if task == "withdraw":
                kept_book.assert_gone()
            else:
                kept_book.assert_for_sale()
    counts.note(f"{killed} kills, {listed} with chunks for sale, {partly} with some of the book's")
