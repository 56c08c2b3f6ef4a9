# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The load drivers, C++ programs of this folder, as functions: each call is one run and returns what it printed."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

OBJECT_BYTES = 30_000_000

# What one run measured, by name.
Sample = dict[str, float]


class DriverError(RuntimeError):
    """A driver that did not run to its end; there is nothing to report."""


class Drivers:
    """`folder` is where make put them."""

    def __init__(self, folder: Path):
        self._folder = folder

    def path(self, name: str) -> Path:
        return self._folder / name

    def load(self, url: str, headers: Sequence[str], **options: object) -> Sample:
        """Keep-alive clients for a time. Adds bytes a second as "rate"."""
        sample = self._run("load", url, headers, object_bytes=OBJECT_BYTES, **options)
        return {**sample, "rate": sample["bytes"] / sample["seconds"]}

    def herd(self, url: str, headers: Sequence[str], compare: Path, **options: object) -> Sample:
        """All clients at once, every body compared. Adds how many failed as "failed"."""
        sample = self._run("herd", url, headers, compare=compare, **options)
        return {**sample, "failed": sample["clients"] - sample["ok"]}

    def slow(self, url: str, headers: Sequence[str], **options: object) -> Sample:
        """Slow clients, and a fast one beside them."""
        return self._run("slow", url, headers, **options)

    def _run(self, name: str, url: str, headers: Sequence[str], **options: object) -> Sample:
        argv = [str(self.path(name)), "--url", url]
        for header in headers:
            argv += ["--header", header]
        for option, value in options.items():
            argv += [f"--{option.replace('_', '-')}", str(value)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=300)
        try:
            sample: Sample = json.loads(done.stdout)
        except json.JSONDecodeError:
            raise DriverError(f"{name} {url}: exit {done.returncode} {done.stderr.strip()}") from None
        return sample
