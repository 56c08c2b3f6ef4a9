# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Commands that are killed at a system call: before it is done, so that every step in between is met.

    if run_killed([tool, "listing", "pull"], "unlink", 3):   # at its third unlink()
        ...
"""

import random
import signal
import subprocess
from collections.abc import Mapping, Sequence
from os import PathLike

# What changes or asks for something, and how often a short command may do it.
CALLS = {"openat": 120, "write": 12, "pwrite64": 6, "rename": 3, "renameat2": 6, "unlink": 12, "rmdir": 6, "mkdir": 6,
         "fsync": 10, "syncfs": 3, "ftruncate": 2, "utimensat": 15, "fchmod": 6, "flock": 6, "sendto": 10,
         "recvfrom": 12, "newfstatat": 120}


def any_call(chance: random.Random) -> tuple[str, int]:
    """A call, and at which time of it to kill."""
    name = chance.choice(sorted(CALLS))
    return name, chance.randint(1, CALLS[name])


def run_killed(words: Sequence[str | PathLike[str]], call: str, nth: int, seconds: float = 120,
               env: Mapping[str, str] | None = None) -> bool:
    """Runs a command, killed before the nth such call of one of its processes. Whether it came to that."""
    inject = f"inject={call}:signal=SIGKILL:when={nth}"
    done = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, *words],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=seconds, env=env)
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
