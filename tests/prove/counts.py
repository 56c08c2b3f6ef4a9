# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""How often a random test is to try, with which seed, and what it did in the end.

The environment decides, so that the same test is short in `make check` and long in `make prove`:
AUDIODL_SEED (any text; a new one each time without it) and one variable for each count. What was done is
printed and appended to the file AUDIODL_PROOF_NOTES, from which prove.py takes it.
"""

import os
import random


def seed() -> str:
    """Chosen once per process."""
    return os.environ.setdefault("AUDIODL_SEED", str(random.SystemRandom().randrange(1_000_000)))


def count(name: str, short: int) -> int:
    return int(os.environ.get(name) or short)


def note(text: str) -> None:
    print(f"{text}, seed {seed()}")
    if path := os.environ.get("AUDIODL_PROOF_NOTES"):
        with open(path, "a", encoding="utf-8") as notes:
            notes.write(text + "\n")
