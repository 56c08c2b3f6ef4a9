# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A lane: one way to get the chunk that all scenarios download."""

from collections.abc import Sequence
from dataclasses import dataclass

CHUNK = "chunk.mp3"
WARM = "warm"  # the book whose chunk is in every cache


@dataclass(frozen=True)
class Lane:
    """`url` has {book} where the book goes; what has no caches needs none."""

    name: str
    url: str
    headers: Sequence[str] = ()
    server: int | None = None  # the root of the process tree that does the work

    def of(self, book: str) -> str:
        return self.url.format(book=book)

    def headers_for(self, book: str) -> Sequence[str]:
        """Whole header lines."""
        del book
        return self.headers
