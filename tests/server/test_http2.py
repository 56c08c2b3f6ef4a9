# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""One connection, many downloads: what breaks off one of them ends its stream at once, and no other."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.audioshop import COOKIE, AudioShop
from servers.book import Book
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import some_bytes

PARTS = {f"{n}.mp3": some_bytes(3_000_000, n) + b"\n" for n in range(1, 4)}
SUBSTITUTE = '<Location /download>\nSetOutputFilter SUBSTITUTE\nSubstitute "s/old/new/n"\n</Location>'
STREAM_WAS_RESET = 92  # curl's CURLE_HTTP2_STREAM


@pytest.mark.parametrize("what", ["chunk", "zip", "zip through a filter"])
def test_a_lost_origin_resets_the_stream(make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,
                                         workspace: Workspace, what: str) -> None:
    extra = "Protocols h2 http/1.1\n" + (SUBSTITUTE if what == "zip through a filter" else "")
    shop = make_tls_shop(extra=extra, modules=("http2", "substitute"), changes={"AudioOriginTimeout": "2s"})
    made = Book(book, PARTS, "Reset").publish(shop)
    hot, cold = (shop.path(made.path(name)) for name in ("1.mp3", "2.mp3"))
    assert shop.get(made.path("1.mp3"), session).status == 200
    saved = [workspace.path / f"{book}-{n}" for n in range(2)]
    proxy.faults = Faults(rate=300e3)
    command = ["curl", "-sk", "--http2", "--max-time", "60", "-b", f"{COOKIE}={session}",
               "-w", "%{exitcode} %{http_code} %{http_version} %{num_connects}\n"]
    for path, url in zip(saved, (cold if what == "chunk" else made.url(shop), hot), strict=True):
        command += ["-o", str(path), shop.address + url]
    curl = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: saved[0].exists(), "the download to begin", 30)
        proxy.refuse()
        told = curl.communicate(timeout=90)[0].splitlines()
    finally:
        curl.kill()
        curl.wait()
    # The stream was reset; the connection serves the next.
    assert told == [f"{STREAM_WAS_RESET} 200 2 1", "0 200 2 0"]
    assert saved[0].stat().st_size < sum(map(len, PARTS.values()))
    assert saved[1].read_bytes() == PARTS["1.mp3"]
