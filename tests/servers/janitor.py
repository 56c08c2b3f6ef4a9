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


def kill_group(group: int) -> bool:
    """Kills a process group; false when there is none any more."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    directory = sys.argv[1]
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line[1:])
        (groups.add if line[0] == "+" else groups.discard)(number)
    # Killed children of a dead owner are reaped by init a moment later; then their group is gone.
    deadline = time.monotonic() + 5
    while any([kill_group(group) for group in groups]) and time.monotonic() < deadline:
        time.sleep(0.01)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
