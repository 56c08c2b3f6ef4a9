# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`make demo` works, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from servers.waiting import wait_until

DEMO = Path(__file__).resolve().parents[1] / "demo" / "demo.py"


def processes_with(text: str) -> list[str]:
    """The command lines of all processes that mention a path."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@pytest.mark.parametrize("s3", ["0", "1"])
def test_the_demo_shows_miss_then_hit(s3: str) -> None:
    done = subprocess.run([sys.executable, DEMO, "--once"], capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, "S3": s3})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.index("X-Audiodl-Cache: miss") < done.stdout.index("X-Audiodl-Cache: hit")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["INT", "TERM", "KILL"])
def test_the_demo_leaves_nothing_behind(number: signal.Signals) -> None:
    demo = subprocess.Popen([sys.executable, DEMO], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "S3": "0"})
    assert demo.stdout is not None
    told = ""
    for line in demo.stdout:
        told += line
        if "Ctrl-C" in line:
            break
    cache = [line.split()[1] for line in told.splitlines() if line.startswith("cache ")]
    assert len(cache) == 1, told
    home = Path(cache[0]).parent
    assert home.exists() and processes_with(str(home))
    demo.send_signal(number)
    assert demo.wait(30) == (-number if number == signal.SIGKILL else 0)
    wait_until(lambda: not home.exists() and not processes_with(str(home)), "the demo to be gone")
