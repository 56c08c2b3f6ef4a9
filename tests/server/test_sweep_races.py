# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Sweeps, purges, scrubs and warming against customers, in a cache that holds a tenth of what is sold.

All at once, for AUDIODL_RACE_SECONDS (8 in `make check`, minutes in `make prove`). No customer gets a
wrong byte or a 5xx, the cache never exceeds its limit, and nothing sound is set aside as damaged.

A purge breaks a download off that it met: it takes away what was being sent. So may an eviction, where it
takes a partial object between a worker's look at it and the fetcher's lock on it; what is broken off can
be had by the next request, and it is rare: one in a hundred would be another fault.

AUDIODL_SEED decides who asks for what; the order is the machine's.
"""

import http.client
import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from prove import counts
from servers.audioshop import AudioShop
from servers.command import command_path
from servers.fault_origin import FaultOrigin
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CUSTOMER

BOOK = "races"
CHUNKS = 60
CUSTOMERS = 8
RATE = 60e6  # of all origin bodies: slow enough that fills last, and sweeps meet them
_BYTES = random.Random(11).randbytes(12 * BLOCK)


def data_of(chunk: int) -> bytes:
    """From one block to ten, each beginning elsewhere."""
    dice = random.Random(f"size {chunk}")
    begin = dice.randrange(BLOCK)
    return _BYTES[begin:begin + dice.randrange(1, 10 * BLOCK)]


LIMIT = sum(len(data_of(chunk)) for chunk in range(CHUNKS)) // 10


class Purges:
    """Which chunks are being purged, and how often each was, so that a download can tell whether it met one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: Counter[int] = Counter()
        self._running: Counter[int] = Counter()

    def begin(self, chunks: list[int]) -> None:
        with self._lock:
            self._begun.update(chunks)
            self._running.update(chunks)

    def end(self, chunks: list[int]) -> None:
        with self._lock:
            self._running.subtract(chunks)

    def seen(self, chunk: int) -> tuple[int, bool]:
        with self._lock:
            return self._begun[chunk], self._running[chunk] > 0


class Races:
    """Threads that each do one thing again and again until they are told to stop."""

    def __init__(self, shop: AudioShop, session: str, seed: str):
        self._shop = shop
        self._session = session
        self._stopping = threading.Event()
        self._purges = Purges()
        self._lock = threading.Lock()
        self.counted: Counter[str] = Counter()
        self.trouble: list[str] = []
        self.largest = 0
        acts: list[Callable[[random.Random], None]] = [
            *[self.read] * CUSTOMERS, self.dawdle, self.sweep, self.sweep, self.purge, self.warm, self.scrub, self.watch]
        self._threads = [threading.Thread(target=self._repeat, args=(act, random.Random(f"{seed} {number}")))
                         for number, act in enumerate(acts)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _repeat(self, act: Callable[[random.Random], None], dice: random.Random) -> None:
        while not self._stopping.is_set():
            try:
                act(dice)
            except Exception as error:  # the thread's end would look like success
                self.complain(f"{act.__name__}: {error!r}")

    def complain(self, what: str) -> None:
        with self._lock:
            self.trouble.append(what)

    def count(self, what: str) -> None:
        with self._lock:
            self.counted[what] += 1

    # Customers.

    def read(self, dice: random.Random) -> None:
        # Some chunks are asked for often, most of them hardly ever.
        self.check(min(dice.randrange(CHUNKS), dice.randrange(CHUNKS)), dice, 0)

    def dawdle(self, dice: random.Random) -> None:
        self.check(dice.randrange(CHUNKS), dice, 8192)

    def check(self, number: int, dice: random.Random, receive_buffer: int) -> None:
        data = data_of(number)
        before, running = self._purges.seen(number)
        try:
            end = self.slowly(number, data, receive_buffer) if receive_buffer else self.at_once(number, data, dice)
        except (http.client.HTTPException, OSError) as error:
            after, _ = self._purges.seen(number)
            end = "broken by a purge" if running or after != before else "broken by a sweep"
            if not isinstance(error, http.client.IncompleteRead):
                end = f"BROKEN: {error!r}"
        self.count(end)
        if end not in ("right", "broken by a purge", "broken by a sweep"):
            self.complain(f"chunk {number}: {end}")

    def at_once(self, number: int, data: bytes, dice: random.Random) -> str:
        headers, expected, status = {}, data, 200
        if dice.random() < 0.4:
            first = dice.randrange(len(data))
            last = dice.randrange(first, len(data))
            headers, expected, status = {"Range": f"bytes={first}-{last}"}, data[first:last + 1], 206
        answer = self._shop.get(name(number), self._session, **headers)
        if answer.status != status:
            return f"STATUS {answer.status}"
        return "right" if answer.body == expected else "WRONG"

    def slowly(self, number: int, data: bytes, receive_buffer: int) -> str:
        with self._shop.open(name(number), self._session, receive_buffer=receive_buffer) as response:
            if response.status != 200:
                return f"STATUS {response.status}"
            body = b""
            while part := response.read(BLOCK):
                body += part
                time.sleep(0.05)
            if len(body) < len(data) and data.startswith(body):
                raise http.client.IncompleteRead(b"")
            return "right" if body == data else "WRONG"

    # The operator.

    def command(self, *words: str) -> None:
        """Each may say no (1): nothing was there, or the limits cannot be met because all is in use."""
        done = subprocess.run([command_path(), *words], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode not in (0, 1):
            self.complain(f"{' '.join(words)}: {done.returncode}: {done.stderr[-500:]}")
        self.count(words[0] if words[0] == "sweep" else words[1])

    def sweep(self, dice: random.Random) -> None:
        self.command("sweep", "--dir", str(self._shop.cache), "--max-size", str(dice.randrange(LIMIT)))
        time.sleep(dice.random() * 0.1)

    def purge(self, dice: random.Random) -> None:
        chunks = list(range(CHUNKS)) if dice.random() < 0.1 else [dice.randrange(CHUNKS)]
        words = ["--book", BOOK] if len(chunks) > 1 else [name(chunks[0])]
        self._purges.begin(chunks)
        try:
            self.command("cache", "purge", "--dir", str(self._shop.cache), *words)
        finally:
            self._purges.end(chunks)
        time.sleep(dice.random() * 0.2)

    def warm(self, dice: random.Random) -> None:
        self.command("cache", "warm", "--dir", str(self._shop.cache), name(dice.randrange(CHUNKS)))
        time.sleep(dice.random() * 0.2)

    def scrub(self, dice: random.Random) -> None:
        self.command("cache", "scrub", "--dir", str(self._shop.cache), "--rate", "0")
        time.sleep(dice.random() * 0.5)

    def watch(self, _: random.Random) -> None:
        """What two looks in a row both find was there between them, all at once."""
        first, second = self.files(), self.files()
        self.largest = max(self.largest, sum(size for file, size in second.items() if file in first))
        time.sleep(0.01)

    def files(self) -> dict[tuple[str, int], int]:
        """Bytes by name and inode."""
        found = {}
        for folder in os.scandir(self._shop.cache):
            if len(folder.name) != 2:
                continue
            for file in os.scandir(folder):
                try:
                    info = os.stat(file.path)
                except FileNotFoundError:
                    continue
                found[file.name, info.st_ino] = info.st_size
        return found


def name(chunk: int) -> str:
    return f"{BOOK}/{chunk:02}.mp3"


@pytest.fixture
def shop() -> Iterator[AudioShop]:
    with Workspace() as workspace:
        origin = FaultOrigin(workspace)
        database = SqliteDb(workspace)
        database.add_purchase(CUSTOMER, BOOK)
        made = AudioShop(workspace, "shop", origin, database,
                         changes={"AudioCacheMaxSize": str(LIMIT), "AudioCacheMinFree": "0"})
        for chunk in range(CHUNKS):
            made.publish(name(chunk), data_of(chunk))
        made.session = made.new_session(CUSTOMER)  # type: ignore[attr-defined]  # before the start: SQLite locks
        made.start()
        origin.rate = RATE
        yield made
        made.stop()
        origin.close()


def test_sweeps_purges_and_customers(shop: AudioShop) -> None:
    seconds, seed = counts.count("AUDIODL_RACE_SECONDS", 8), counts.seed()
    wait_until((shop.cache / ".audiodl-control").exists, "the fetcher's socket")
    races = Races(shop, shop.session, seed)  # type: ignore[attr-defined]
    try:
        time.sleep(seconds)
    finally:
        races.stop()
    what = ", ".join(f"{count} {end}" for end, count in sorted(races.counted.items()))
    where = f"seed {seed}: {what}: {races.trouble[:5]}"
    assert not races.trouble, where
    assert all(races.counted[act] > 0 for act in ("right", "sweep", "purge", "warm", "scrub")), where
    assert races.counted["broken by a sweep"] <= max(2, races.counted["right"] // 100), where
    assert LIMIT // 2 < races.largest <= LIMIT, where
    quarantine = shop.cache / "quarantine"
    assert not quarantine.exists() or not os.listdir(quarantine), where
    # Calm again: everything can be had, and nothing temporary is left.
    for chunk in range(CHUNKS):
        assert shop.get(name(chunk), shop.session).body == data_of(chunk)  # type: ignore[attr-defined]
    wait_until(lambda: not os.listdir(shop.cache / "tmp"), "the temporary files to go")
    counts.note(f"{seconds} s of a cache of a tenth: {what}; at most {races.largest} of {LIMIT} bytes")
