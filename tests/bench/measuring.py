# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Measuring beside the drivers: CPU time of servers, other load on the machine, runs in turn.

Everything is taken from /proc; a server's CPU time is that of its whole process tree, so that a fetcher
or a cache manager counts as well.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from drivers import Sample

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Named(Protocol):
    @property
    def name(self) -> str: ...


L = TypeVar("L", bound=Named)

# What was measured, by lane, one sample a round.
Series = dict[str, list[Sample]]


def interleave(lanes: Sequence[L], rounds: int, measure: Callable[[L, int], Sample]) -> Series:
    """Measures every lane in every round, A B, B A, A B …: what drifts meets all of them alike."""
    series: Series = {lane.name: [] for lane in lanes}
    for number in range(rounds):
        for lane in lanes if number % 2 == 0 else lanes[::-1]:
            series[lane.name].append(measure(lane, number))
    return series


class Meter:
    """Measures while its block runs:

        with Meter(server_pid) as meter: ...
        meter.server_cpu, meter.others
    """

    def __init__(self, server: int | None):
        """`server` is the root of the process tree whose CPU time is wanted."""
        self._server = server
        self.server_cpu = 0.0  # seconds
        self.others = 0.0  # cores that processes which are none of the bench's kept busy

    def __enter__(self) -> "Meter":
        self._began = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        began, ended = self._began, self._read()
        wall, busy, own, self.server_cpu = (after - before for before, after in zip(began, ended))
        self.others = max(0.0, (busy - own) / wall)

    def _read(self) -> tuple[float, float, float, float]:
        server = tree_cpu_seconds(self._server) if self._server else 0.0
        return time.monotonic(), _machine_busy_seconds(), tree_cpu_seconds(os.getpid()), server


def tree_cpu_seconds(root: int) -> float:
    """CPU time of a process, its living descendants and those it has waited for."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name may contain anything, so fields are counted from its closing parenthesis.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        ticks[pid] = sum(int(field) for field in fields[11:15])
    return sum(ticks[pid] for pid in ticks if _descends(pid, root, parents)) / _TICKS_PER_SECOND


def bring_into_memory(paths: Iterable[Path]) -> None:
    """Reads files, or all files below folders, so that no disk is measured.

    What was just written is dropped from memory first: a file written at one go lies there in larger
    pieces than one that arrived bit by bit, and sendfile(2) is up to a quarter cheaper on it. Read back,
    all files lie alike.
    """
    for path in paths:
        for file in [path] if path.is_file() else path.rglob("*"):
            if not file.is_file():
                continue
            with open(file, "rb") as opened:
                os.fdatasync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                opened.read()


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


def _machine_busy_seconds() -> float:
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]  # and waiting for disks
    return (sum(fields) - idle) / _TICKS_PER_SECOND
