# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Commands that are killed at a system call: before it is done, so that every step in between is met.

    killer = Killer(random.Random(seed()))
    while not killer.kill("pull", [tool, "listing", "pull"]):
        ...
"""

import random
import signal
import subprocess
from collections.abc import Mapping, Sequence
from os import PathLike

# What changes or asks for something, and how often a command may do it at first guess.
CALLS = {"openat": 60, "write": 8, "pwrite64": 4, "rename": 2, "renameat2": 4, "unlink": 8, "rmdir": 4, "mkdir": 4,
         "fsync": 8, "syncfs": 2, "ftruncate": 2, "utimensat": 10, "fchmod": 6, "flock": 4, "sendto": 6,
         "recvfrom": 8, "newfstatat": 60}


class Killer:
    """Chooses a call and at which time of it to kill, and learns how often each kind of command makes it."""

    def __init__(self, chance: random.Random):
        self._chance = chance
        self._most: dict[tuple[str, str], int] = {}
        self.killed = 0
        self.last = ""

    def kill(self, kind: str, words: Sequence[str | PathLike[str]], seconds: float = 300,
             env: Mapping[str, str] | None = None) -> bool:
        """Runs the command once. Whether it was killed; else it ended by itself. `last` says where."""
        call = self._chance.choice([name for name in CALLS if self._most.get((kind, name), 1) > 0])
        most = self._most.get((kind, call), CALLS[call])
        nth = self._chance.randint(1, most)
        self.last = f"{kind} killed at {call} {nth}"
        inject = f"inject={call}:signal=SIGKILL:when={nth}"
        done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *words],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds, env=env)
        killed = done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        # What a run did not do another may; so no call is given up for good but with some chance.
        if not killed:
            self._most[kind, call] = max(nth - 1, self._chance.choice((0, 1)))
        elif nth == most:
            self._most[kind, call] = most + 2
        self.killed += killed
        return killed
