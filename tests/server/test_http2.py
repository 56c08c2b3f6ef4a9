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
from test_following import busy_workers, connections

PARTS = {f"{n}.mp3": some_bytes(3_000_000, n) + b"\n" for n in range(1, 4)}
MANY_PARTS = {f"{n:02}.mp3": some_bytes(30_001, n) for n in range(150)}
# Not for a range, which would be of what the filter makes.
SUBSTITUTE = ('<Location /download>\n<If "-z req(\'Range\')">\nSetOutputFilter SUBSTITUTE\n'
              'Substitute "s/old/new/n"\n</If>\n</Location>')
STREAM_WAS_RESET = 92  # curl's CURLE_HTTP2_STREAM


@pytest.mark.parametrize("what", ["chunk", "zip", "zip through a filter", "zip of many parts through a filter"])
def test_a_lost_origin_resets_the_stream(make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,
                                         workspace: Workspace, what: str) -> None:
    extra = "Protocols h2 http/1.1\n" + (SUBSTITUTE if what.endswith("filter") else "")
    shop = make_tls_shop(extra=extra, modules=("http2", "substitute"), changes={"AudioOriginTimeout": "2s"})
    made = Book(book, MANY_PARTS if "many" in what else PARTS, "Reset").publish(shop)
    first, second = list(made.parts)[:2]
    hot, cold = (shop.path(made.path(name)) for name in (first, second))
    assert shop.get(made.path(first), session).status == 200
    saved = [workspace.path / f"{book}-{n}" for n in range(2)]
    proxy.faults = Faults(rate=300e3)
    command = ["curl", "-sk", "--http2", "--max-time", "20", "-b", f"{COOKIE}={session}",
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
    assert saved[0].stat().st_size < sum(map(len, made.parts.values()))
    assert saved[1].read_bytes() == made.parts[first]


@pytest.mark.parametrize("what", ["chunk", "zip", "chunk through a filter", "zip through a filter"])
def test_nobody_waits_for_the_origin_when_the_client_has_gone(
        make_tls_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str, workspace: Workspace,
        what: str) -> None:
    extra = "Protocols h2 http/1.1\n" + (SUBSTITUTE if what.endswith("filter") else "")
    shop = make_tls_shop(extra=extra, modules=("http2", "substitute"), changes={"AudioOriginTimeout": "120s"})
    made = Book(book, {"1.mp3": some_bytes(12_000_000), "2.mp3": b"x"}).publish(shop)
    stuck = made.path("1.mp3")
    url = made.url(shop) if what.startswith("zip") else shop.path(stuck)
    assert shop.get(stuck, session, Range="bytes=0-99").status == 206
    proxy.faults = Faults(hang=True)
    saved = workspace.path / book
    curl = subprocess.Popen(["curl", "-sk", "--http2", "-b", f"{COOKIE}={session}", "-o", str(saved),
                             shop.address + url])
    try:
        # Farther than what that range had read ahead.
        wait_until(lambda: any(first_of(e.asked_range) > 6_000_000 for e in proxy.exchanges(stuck)),
                   "the rest to hang", 30)
        assert curl.poll() is None
    finally:
        curl.kill()
        curl.wait()
    wait_until(lambda: connections(shop) == 0, "it to be seen that the client has gone", 30)
    # mod_http2 holds a worker until all of the connection's streams have ended.
    wait_until(lambda: busy_workers(shop) == 0, "the streams to end", 30)


def first_of(asked_range: str) -> int:
    return int(asked_range.removeprefix("bytes=").partition("-")[0] or 0)
