# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Long work shows on a terminal how far it is, and is silent where standard error is none."""

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from servers import mp3
from servers.command import command_path

Words = list[str | Path]


def on_terminal(words: Words) -> tuple[int, str, str]:
    """Exit code, standard output, and what came to the terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([command_path(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
                          text=True) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: the last one that had it open has ended
                break
            if not piece:
                break
            shown += piece
        out, _ = process.communicate(timeout=120)
    os.close(ours)
    return process.returncode, out, shown.decode()


def put(tmp_path: Path) -> Words:
    (tmp_path / "large").write_bytes(os.urandom(3 << 20))
    return ["put", tmp_path / "large", f"file://{tmp_path}/object"]


def publish(tmp_path: Path) -> Words:
    for folder in ("origin", "listing", "masters"):
        (tmp_path / folder).mkdir()
    (tmp_path / "masters" / "01.mp3").write_bytes(mp3.silence("One", 3 << 20))
    return ["publish", "--origin", f"file://{tmp_path}/origin", "--listing", tmp_path / "listing", "buch",
            tmp_path / "masters"]


def ingest(tmp_path: Path) -> Words:
    for folder in ("origin", "listing", "drop/books/buch"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "drop/books/buch/01.mp3").write_bytes(mp3.silence("One", 3 << 20))
    return ["ingest", "--origin", f"file://{tmp_path}/origin", "--listing", tmp_path / "listing", "--quiet", "0",
            tmp_path / "drop"]


def split(tmp_path: Path) -> Words:
    (tmp_path / "long.mp3").write_bytes(mp3.silence("One", 3 << 20))
    return ["split", "--target", "500K", "--out", tmp_path / "out", tmp_path / "long.mp3"]


@pytest.mark.parametrize("make, labels", [
    (put, ["large"]),
    (publish, ["reading 01.mp3", "sending 01.mp3", "comparing 01.mp3"]),
    (ingest, ["reading 01.mp3", "sending 01.mp3", "comparing 01.mp3"]),
    (split, ["reading", "looking for pauses", "writing", "comparing"]),
], ids=["put", "publish", "ingest", "split"])
def test_progress_is_for_terminals(make: Callable[[Path], Words], labels: list[str], tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    code, said, shown = on_terminal(make(tmp_path / "seen"))
    assert code == 0 and said, shown
    for label in labels:
        assert re.search(rf"{label}  +\d+%  [\d.]+ \w+ of 3\.0 MB", shown), (label, shown)
    assert "\n" not in shown
    # The last of it is wiped away.
    assert re.search(r"\r +\r$", shown), shown[-200:]
    (tmp_path / "unseen").mkdir()
    done = subprocess.run([command_path(), *make(tmp_path / "unseen")], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == said.replace("/seen/", "/unseen/")


def test_ingest_counts_what_it_looks_at(tmp_path: Path) -> None:
    words = ingest(tmp_path)
    code, said, shown = on_terminal(words)
    assert (code, said) == (0, "published  books/buch\n")
    assert "1 files looked at, now books/buch/01.mp3" in shown


def test_backups_say_how_far_they_have_come(tmp_path: Path) -> None:
    # What is restored fits into a pipe that nobody reads yet.
    (tmp_path / "dump").write_text(os.urandom(20_000).hex() + "\n")
    config = tmp_path / "audiodl.conf"
    config.write_text(f"AudioOrigin file://{tmp_path}\nAudioBackupTo file://{tmp_path}/shop\n"
                      f"AudioBackupDump cat {tmp_path}/dump\n"
                      f"AudioBackupVerifyRestore dd status=none of={tmp_path}/restored\n"
                      f"AudioBackupVerifyDump cat {tmp_path}/restored\n")
    for command, label in (("run", r"shop-\w+\.gz"), ("verify", r"shop-\w+\.gz  +\d+%"),
                           ("verify", r"comparing  +\d+%"), ("restore", r"shop-\w+\.gz  +\d+%")):
        words = ["backup", command, "--config", config]
        code, said, shown = on_terminal(words)
        assert code == 0 and said, shown
        assert re.search(label, shown), (command, shown)
        done = subprocess.run([command_path(), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=120)
        assert done.returncode == 0 and "%" not in done.stderr and "\r" not in done.stderr
