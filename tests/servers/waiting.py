# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Waiting for something to become true, never for a time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(AssertionError):
    """What was waited for did not happen by its deadline."""


def wait_until(probe: Callable[[], T], what: str, seconds: float = 10, interval: float = 0.01) -> T:
    """Returns probe()'s first true value; raises TooLate naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TooLate(f"waited {seconds} s for: {what}")
        time.sleep(interval)
