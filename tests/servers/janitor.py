# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""janitor.py DIRECTORY: cleans up after the process at the other end of stdin, however that one ends.

Each line "+N" names a process group that was started, "-N" one that has ended. At the end of stdin (the
owner closed it, or was killed) whatever is left is killed, and DIRECTORY is removed. One mechanism for
a normal end, Ctrl-C and kill -9; it sits in a session of its own, so a terminal's signals miss it.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path


def alive(groups: set[int]) -> bool:
    """Whether any process of the groups still runs; who is dead but not yet reaped does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) in groups and state != "Z":
            return True
    return False


def kill(groups: set[int]) -> None:
    """Kills all, and waits for the kernel to have done it: the dying could still write files."""
    deadline = time.monotonic() + 5
    while groups and alive(groups) and time.monotonic() < deadline:
        for group in groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


def main() -> None:
    directory = sys.argv[1]
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(number)
    kill(groups)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
