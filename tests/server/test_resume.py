# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A download begun on one server goes on at another: validators come from the object, never from a server's copy."""

import hashlib
import subprocess
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from servers.audioshop import AudioShop
from servers.ceph import Ceph
from servers.command import command_path
from servers.proxy import Proxy
from servers.waiting import wait_until
from support import BLOCK, some_bytes

SIZE = 23 * BLOCK + 77
DATA = some_bytes(SIZE, seed=17)


@pytest.fixture
def servers(make_shop: Callable[..., AudioShop]) -> tuple[AudioShop, AudioShop]:
    """www1 and www2: caches and listings of their own, the same bucket and database."""
    return make_shop(), make_shop()


def let_the_second_pass(ceph: Ceph, chunk: str) -> None:
    """A date of the present second tells no two editions apart, and is no validator."""
    modified = parsedate_to_datetime(ceph.client.head("books", f"prod/{chunk}")["last-modified"]).timestamp()
    wait_until(lambda: time.time() >= modified + 1, "the second of the upload to be over")


def begin(shop: AudioShop, chunk: str, session: str, size: int) -> tuple[bytes, dict[str, str]]:
    """The first bytes of a download that breaks, and its headers."""
    with shop.open(chunk, session) as response:
        received = b""
        while len(received) < size:
            received += response.read(size - len(received))
        return received, dict(response.headers.items())


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in-parts"])
def test_half_from_one_the_rest_from_the_other(servers: tuple[AudioShop, AudioShop], ceph: Ceph, session: str, book: str,
                                               in_parts: bool, validator: str) -> None:
    name = f"{book}/01.mp3"
    put = ceph.client.put_in_parts if in_parts else ceph.client.put
    tag = put("books", f"prod/{name}", DATA)
    assert ("-" in tag) == in_parts
    let_the_second_pass(ceph, name)
    for shop in servers:
        shop.list_chunk(name)
    for first, second in (servers, servers[::-1]):  # cold on the second, then cached on both
        half = SIZE // 2 + 12345
        received, headers = begin(first, name, session, half)
        rest = second.get(name, session, Range=f"bytes={half}-", If_Range=headers[validator])
        assert (rest.status, rest.headers["Content-Range"]) == (206, f"bytes {half}-{SIZE - 1}/{SIZE}")
        assert (rest.headers["ETag"], rest.headers["Last-Modified"]) == (headers["ETag"], headers["Last-Modified"])
        assert headers["ETag"] == tag
        assert hashlib.sha256(received + rest.body).digest() == hashlib.sha256(DATA).digest()


def test_validators_outlive_everything_that_happens_to_a_copy(make_shop: Callable[..., AudioShop], proxy: Proxy,
                                                              session: str, book: str) -> None:
    shop, name = make_shop(), f"{book}/01.mp3"
    shop.publish(name, DATA)
    received, headers = begin(shop, name, session, 3 * BLOCK + 5)

    def goes_on() -> None:
        rest = shop.get(name, session, Range=f"bytes={len(received)}-", If_Range=headers["ETag"])
        assert (rest.status, received + rest.body == DATA) == (206, True)
        same = shop.get(name, session, "HEAD", If_Range=headers["ETag"])
        assert [same.headers[name] for name in ("ETag", "Last-Modified")] == [headers["ETag"], headers["Last-Modified"]]

    goes_on()
    shop.apache.graceful()
    goes_on()
    subprocess.run([command_path(), "cache", "purge", "--dir", shop.cache, name], check=True, capture_output=True)
    before = len(proxy.exchanges(name))
    goes_on()
    assert len(proxy.exchanges(name)) > before, "it was not fetched again"
    shop.apache.restart()
    goes_on()


def test_a_new_edition_is_never_mixed_with_the_old(servers: tuple[AudioShop, AudioShop], ceph: Ceph, session: str,
                                                   book: str) -> None:
    """www1 has the old edition, www2 has been told of the new one."""
    name, edition = f"{book}/01.mp3", some_bytes(SIZE, seed=18)
    for shop in servers:
        shop.publish(name, DATA)
    old, headers = begin(servers[0], name, session, SIZE // 2)
    assert servers[1].get(name, session).body == DATA
    let_the_second_pass(ceph, name)
    servers[1].publish(name, edition)
    for validator in (headers["ETag"], headers["Last-Modified"]):
        rest = servers[1].get(name, session, Range=f"bytes={len(old)}-", If_Range=validator)
        assert (rest.status, rest.body == edition) == (200, True)
    assert servers[1].get(name, session, Range=f"bytes={len(old)}-", If_Match=headers["ETag"]).status == 412


def test_a_download_manager_takes_from_both_at_once(servers: tuple[AudioShop, AudioShop], session: str, book: str,
                                                    tmp_path: Path) -> None:
    name = f"{book}/01.mp3"
    servers[0].publish(name, DATA)
    servers[1].list_chunk(name)
    subprocess.run(["aria2c", "--quiet", "--no-conf", "--split=8", "--max-connection-per-server=4", "--min-split-size=1M",
                    "--allow-overwrite=true", f"--header=Cookie: PHPSESSID={session}", f"--dir={tmp_path}", "--out=book.mp3",
                    *(shop.address + shop.path(name) for shop in servers)], check=True, timeout=120)
    assert (tmp_path / "book.mp3").read_bytes() == DATA
    for shop in servers:
        assert any(line.status == 206 for line in shop.apache.access_log())
