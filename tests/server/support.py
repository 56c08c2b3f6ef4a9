# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What several of the server tests need beside the servers."""

import hashlib
import random
from http.client import HTTPResponse

BLOCK = 256 * 1024
CHUNK_BYTES = 30_000_001  # a typical chunk, with a last block that is not whole
CUSTOMER = 42


def some_bytes(size: int, seed: int = 1) -> bytes:
    """Bytes that differ everywhere, so that a block in the wrong place shows."""
    return random.Random(seed).randbytes(size)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_sha256(response: HTTPResponse) -> str:
    """Reads a body to its end without keeping it. IncompleteRead if it is cut."""
    digest = hashlib.sha256()
    while data := response.read(BLOCK):
        digest.update(data)
    # http.client takes a body that was cut for a whole one when it is read in parts.
    assert response.length in (0, None), f"cut: {response.length} bytes are missing"
    return digest.hexdigest()
