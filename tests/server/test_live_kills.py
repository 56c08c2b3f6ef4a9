# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The fetcher killed at random moments while customers keep asking for cold chunks: nobody notices.

AUDIODL_KILLS is 10 in `make check`; AUDIODL_SEED decides the moments, the chunks and the ranges.
"""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from prove import counts
from servers.audioshop import AudioShop
from servers.fault_origin import FaultOrigin
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CUSTOMER

CUSTOMERS = 8
BOOK = "kills"


class Traffic:
    """Customers in threads, each asking for one cold chunk after another, twice each."""

    def __init__(self, shop: AudioShop, session: str, seed: str):
        self._shop = shop
        self._session = session
        self._bytes = random.Random(seed).randbytes(12 * BLOCK)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.ends: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._threads = [threading.Thread(target=self._ask, args=(number, random.Random(f"{seed} {number}")))
                         for number in range(CUSTOMERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(120)

    def _ask(self, number: int, dice: random.Random) -> None:
        turn = 0
        while not self._stopping.is_set():
            turn += 1
            # Two customers share each chunk, so that there is somebody to join.
            chunk = f"{BOOK}/{number // 2}-{turn}.mp3"
            begin = random.Random(chunk).randrange(BLOCK)
            data = self._bytes[begin:begin + random.Random(chunk + "size").randrange(1, 10 * BLOCK)]
            self._shop.publish(chunk, data)
            first = dice.randrange(len(data))
            last = dice.randrange(first, len(data))
            wants = [{}, {"Range": f"bytes={first}-{last}"}]
            dice.shuffle(wants)
            for headers in wants:
                self._check(chunk, data[first:last + 1] if headers else data, headers)

    def _check(self, chunk: str, expected: bytes, headers: dict[str, str]) -> None:
        try:
            answer = self._shop.get(chunk, self._session, **headers)
            end = "right"
            if (answer.status, answer.body) != (206 if headers else 200, expected):
                end = f"WRONG {answer.status}" if answer.status in (200, 206) else str(answer.status)
        except (http.client.HTTPException, OSError) as error:
            end = f"broken: {type(error).__name__}"
        with self._lock:
            self.ends[end] += 1
            if end != "right":
                self.wrong.append(f"{chunk} {headers}: {end}")


@pytest.fixture
def served() -> Iterator[tuple[FaultOrigin, AudioShop, str]]:
    """The origin, a shop, and a session of CUSTOMER."""
    with Workspace() as workspace:
        origin = FaultOrigin(workspace)
        database = SqliteDb(workspace)
        database.add_purchase(CUSTOMER, BOOK)
        shop = AudioShop(workspace, "shop", origin, database)
        session = shop.new_session(CUSTOMER)  # before the start: SQLite locks out who reads meanwhile
        shop.start()
        yield origin, shop, session
        shop.stop()
        origin.close()


def temporary_files(shop: AudioShop) -> list[str]:
    return sorted(path.name for path in (shop.cache / "tmp").iterdir())


def test_kills_under_traffic(served: tuple[FaultOrigin, AudioShop, str]) -> None:
    origin, shop, session = served
    kills, seed = counts.count("AUDIODL_KILLS", 10), counts.seed()
    dice = random.Random(f"kills {seed}")
    origin.rate = 20e6
    traffic = Traffic(shop, session, seed)
    last_killed: list[int] = []
    try:
        for _ in range(kills):
            fetchers = wait_until(lambda: [pid for pid in shop.apache.helper_pids() if pid not in last_killed],
                                  "another fetcher", 30)
            time.sleep(dice.choice([dice.random() * 0.05, dice.random()]))
            assert len(fetchers) == 1, "one at a time"
            os.kill(fetchers[0], signal.SIGKILL)
            last_killed = fetchers
    finally:
        traffic.stop()
    where = f"seed {seed}: {dict(traffic.ends)} {traffic.wrong[:5]}"
    assert set(traffic.ends) == {"right"}, where
    assert traffic.ends["right"] > kills, where
    fetchers = wait_until(lambda: [pid for pid in shop.apache.helper_pids() if pid not in last_killed], "the last one")
    assert len(fetchers) == 1
    # Whoever was killed while it made a file left it; the next start clears up.
    wait_until(lambda: temporary_files(shop) == [], "the temporary files of the killed to go")
    counts.note(f"{kills} kills under {traffic.ends['right']} requests")


def test_a_file_that_the_killed_left_is_cleared_up(served: tuple[FaultOrigin, AudioShop, str]) -> None:
    _, shop, _ = served
    fetchers = wait_until(shop.apache.helper_pids, "the fetcher")
    wait_until((shop.cache / "tmp").exists, "the cache directory's own folders")
    orphan = shop.cache / "tmp" / ("ab" * 32 + ".1.1")
    orphan.write_bytes(b"half a file")
    os.chown(orphan, (shop.cache / "tmp").stat().st_uid, (shop.cache / "tmp").stat().st_gid)
    os.kill(fetchers[0], signal.SIGKILL)
    wait_until(lambda: temporary_files(shop) == [], "the orphan to go")
