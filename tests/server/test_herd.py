# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Two hundred clients of four processes on one cold chunk, and the fetcher killed in the middle of it.

AUDIODL_HERD_ROUNDS is 3 in `make check`; AUDIODL_SEED decides at which byte the fetcher dies.
"""

import os
import random
import signal
from collections.abc import Iterator

import pytest

from prove import counts
from prove.crowd import Crowd
from servers import apache
from servers.audioshop import COOKIE, AudioShop
from servers.fault_origin import FaultOrigin
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER

CLIENTS = 200
PROCESSES = 4
SIZE = 6_000_001
RATE = 15e6  # slow enough for all to come while it is being filled
FOUR_PROCESSES = (f"StartServers {PROCESSES}\nServerLimit {PROCESSES}\nThreadsPerChild 64\nThreadLimit 64\n"
                  f"MaxRequestWorkers {64 * PROCESSES}\nMinSpareThreads 64\nMaxSpareThreads {64 * PROCESSES}\n"
                  "AsyncRequestWorkerFactor 20")


class Herd:
    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.origin = FaultOrigin(workspace)
        database = SqliteDb(workspace)
        database.add_purchase(CUSTOMER, "herd")
        self.shop = AudioShop(workspace, "shop", self.origin, database)
        self.session = self.shop.new_session(CUSTOMER)  # before the start: SQLite locks out who reads meanwhile
        self.shop.start()

    def bytes_lost(self, chunk: str) -> int:
        """Right after a kill: what the origin had sent and the dead fetcher, if only for want of time, had not written."""
        cached = self.shop.cache / self.origin.cache_name(chunk)
        written = cached.stat().st_blocks * 512 if cached.exists() else 0
        return max(0, self.origin.body_bytes(chunk) - written)

    def round(self, number: int, dice: random.Random, kills: int) -> dict:
        """One cold chunk; what the clients and the origin saw of it."""
        chunk, data = f"herd/{number}.mp3", dice.randbytes(SIZE)
        file = self.workspace.path / "expected"
        file.write_bytes(data)
        self.origin.rate = RATE
        self.shop.publish(chunk, data)
        crowd = Crowd(self.shop.apache.port, self.shop.path(chunk), {"Cookie": f"{COOKIE}={self.session}"},
                      CLIENTS, file)
        crowd.start()
        in_flight = 0
        for _ in range(kills):
            at = dice.randrange(SIZE)
            wait_until(lambda: self.origin.body_bytes(chunk) > at, f"byte {at} of {chunk}", 60, 0.001)
            pids = wait_until(self.shop.apache.helper_pids, "a fetcher to kill")
            in_flight += self.origin.bytes_in_flight(chunk)
            os.kill(pids[0], signal.SIGKILL)
            in_flight += self.bytes_lost(chunk)
        seen = {**crowd.join(), "in_flight": in_flight, "origin": self.origin.body_bytes(chunk)}
        self.origin.forget(chunk)
        (self.shop.cache / self.origin.cache_name(chunk)).unlink(missing_ok=True)
        return seen


@pytest.fixture(scope="module")
def herd() -> Iterator[Herd]:
    with pytest.MonkeyPatch.context() as patch, Workspace() as workspace:
        patch.setitem(apache._MPM, "event", FOUR_PROCESSES)
        made = Herd(workspace)
        yield made
        made.shop.stop()
        made.origin.close()


def test_the_herd(herd: Herd) -> None:
    rounds = counts.count("AUDIODL_HERD_ROUNDS", 3)
    dice = random.Random(f"herd {counts.seed()}")
    killed = refused = 0
    for number in range(rounds):
        kills = 1 if number % 2 else 0
        seen = herd.round(number, dice, kills)
        where = f"round {number} of seed {counts.seed()}: {seen}"
        assert seen["ends"] == {"right": CLIENTS}, where
        assert SIZE <= seen["origin"] <= SIZE + seen["in_flight"], where
        if kills:
            killed += 1
            refused += seen["refused"]
        else:
            assert seen["refused"] == 0, where
        assert len(herd.shop.apache.worker_pids()) == PROCESSES
    counts.note(f"{rounds} rounds of {CLIENTS} clients over {PROCESSES} processes, the fetcher killed in {killed} of them; "
                f"{refused} requests were asked to come again")
