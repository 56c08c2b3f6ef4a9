# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The whole way once: a customer logs in at the shop's PHP and downloads a chunk from S3, then from the cache."""

import shutil
import signal
import ssl
import subprocess
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop
from servers.proxy import Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CHUNK_BYTES, CUSTOMER, read_sha256, sha256, some_bytes


def log_in(shop: AudioShop, customer: int, **form: str) -> str:
    """Logs in through Apache, php-fpm and PHP's own session code; the cookie's value."""
    query = urllib.parse.urlencode({"customer": customer, **form})
    answer = web.fetch(shop.address, f"/login.php?{query}")
    assert answer.status == 200, answer.body
    cookies: list[str] = answer.headers.get_all("Set-Cookie", [])
    # The last one counts: logging in gives the session a new id.
    name, _, value = cookies[-1].partition(";")[0].partition("=")
    assert name == COOKIE
    return value


def test_a_session_from_php_opens_a_download(shop: AudioShop, proxy: Proxy, book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(CHUNK_BYTES)
    shop.publish(chunk, data)
    session = log_in(shop, CUSTOMER)

    first = shop.get(chunk, session)
    assert (first.status, first.cache) == (200, "miss"), shop.apache.error_log()[-3000:]
    assert first.sha256 == sha256(data)
    assert first.headers["Content-Length"] == str(len(data))
    assert first.headers["Content-Type"] == "audio/mpeg"
    assert first.headers["Accept-Ranges"] == "bytes"
    proxy.assert_each_byte_once(chunk, len(data))

    asked = len(proxy.exchanges())
    second = shop.get(chunk, session)
    assert (second.status, second.cache) == (200, "hit")
    assert second.sha256 == sha256(data)
    assert len(proxy.exchanges()) == asked, "a hit asked S3 something"
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        assert second.headers[name] == first.headers[name]


def test_log_lines_name_the_cache_state_and_the_customer(shop: AudioShop, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, b"small")
    shop.get(chunk, session)
    shop.get(chunk, session)

    def lines() -> list[tuple[str, str]]:
        return [(line.cache, line.customer) for line in shop.apache.access_log() if chunk in line.request]

    wait_until(lambda: len(lines()) == 2, "both requests to be logged")
    assert lines() == [("miss", str(CUSTOMER)), ("hit", str(CUSTOMER))]


@pytest.mark.parametrize("size", [0, 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 1, 3 * BLOCK, 3 * BLOCK + 1])
def test_objects_of_every_awkward_size(shop: AudioShop, proxy: Proxy, session: str, book: str, size: int) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(size)
    shop.publish(chunk, data)
    for expected in ("miss", "hit"):
        answer = shop.get(chunk, session)
        assert (answer.status, answer.cache, answer.headers["Content-Length"]) == (200, expected, str(size))
        assert answer.body == data
    proxy.assert_each_byte_once(chunk, size)


def test_head_tells_the_size_and_starts_no_fill(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(4 * BLOCK)
    shop.publish(chunk, data)
    cold = shop.get(chunk, session, method="HEAD")
    assert (cold.status, cold.body, cold.headers["Content-Length"]) == (200, b"", str(len(data)))
    assert proxy.body_bytes(chunk) <= 1

    full = shop.get(chunk, session)
    assert full.body == data
    hot = shop.get(chunk, session, method="HEAD")
    assert (hot.status, hot.body) == (200, b"")
    for name in ("Content-Length", "ETag", "Last-Modified", "Content-Type", "Accept-Ranges"):
        assert cold.headers[name] == full.headers[name] == hot.headers[name], name


def test_conditional_requests(shop: AudioShop, session: str, book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(2 * BLOCK)
    shop.publish(chunk, data)
    etag = shop.get(chunk, session).headers["ETag"]
    assert etag.startswith('"'), "a strong entity tag, or no download could be resumed"
    assert shop.get(chunk, session, If_None_Match=etag).status == 304
    assert shop.get(chunk, session, If_Match='"another"').status == 412
    resumed = shop.get(chunk, session, Range="bytes=1000-", If_Range=etag)
    assert (resumed.status, resumed.body) == (206, data[1000:])
    changed = shop.get(chunk, session, Range="bytes=1000-", If_Range='"another"')
    assert (changed.status, changed.body) == (200, data)


def test_a_hit_is_sent_with_sendfile(shop: AudioShop, session: str, book: str, tmp_path: Path) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(8 * BLOCK)
    shop.publish(chunk, data)
    assert shop.get(chunk, session).body == data

    trace = tmp_path / "trace"
    pids = [word for pid in shop.apache.worker_pids() for word in ("-p", str(pid))]
    strace = subprocess.Popen(["strace", "-f", "-o", trace, "-e", "trace=sendfile", *pids],
                              stderr=subprocess.PIPE, text=True)
    assert strace.stderr is not None
    for line in strace.stderr:
        if "not permitted" in line:
            strace.wait()
            pytest.skip("ptrace is not permitted here")
        # Announced when a process's threads are all attached; the last process ends the waiting.
        if line.startswith(f"strace: Process {pids[-1]} attached"):
            break
    assert shop.get(chunk, session).cache == "hit"
    strace.send_signal(signal.SIGINT)
    strace.communicate(timeout=20)
    lines = [line for line in trace.read_text().splitlines() if "sendfile" in line]
    results = [line.rpartition("= ")[2].split()[0] for line in lines if "= " in line]
    assert sum(int(result) for result in results if result.isdecimal()) >= len(data), lines


@pytest.mark.parametrize("mpm", ["worker", "prefork"])
def test_the_other_mpms(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str,
                        mpm: str) -> None:
    shop = make_shop(mpm=mpm)
    chunk, data = f"{book}/01.mp3", some_bytes(20 * BLOCK + 5)
    shop.publish(chunk, data)
    for expected in ("miss", "hit"):
        answer = shop.get(chunk, session)
        assert (answer.status, answer.cache, answer.sha256) == (200, expected, sha256(data))
    answer = shop.get(chunk, session, Range=f"bytes={BLOCK - 10}-{3 * BLOCK}")
    assert (answer.status, answer.body) == (206, data[BLOCK - 10:3 * BLOCK + 1])
    proxy.assert_each_byte_once(chunk, len(data))


def test_over_tls(make_shop: Callable[..., AudioShop], workspace: Workspace, session: str, book: str) -> None:
    assert ssl.HAS_TLSv1_3 and shutil.which("openssl")
    key, certificate = workspace.path / "first-light.key", workspace.path / "first-light.pem"
    workspace.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                   "-keyout", key, "-out", certificate, "-days", "2"])
    shop = make_shop(modules=["ssl"], extra=f'SSLEngine on\nSSLCertificateFile "{certificate}"\n'
                                            f'SSLCertificateKeyFile "{key}"')
    shop.address = shop.address.replace("http:", "https:")
    chunk, data = f"{book}/01.mp3", some_bytes(CHUNK_BYTES)
    shop.publish(chunk, data)
    for expected in ("miss", "hit"):
        with shop.open(chunk, session) as response:
            assert (response.status, response.headers["X-Audiodl-Cache"]) == (200, expected)
            assert read_sha256(response) == sha256(data)


def test_debug_headers_are_off_by_default(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    shop = make_shop(changes={"AudioDebugHeaders": None})
    shop.publish(f"{book}/01.mp3", b"x")
    answer = shop.get(f"{book}/01.mp3", session)
    assert answer.status == 200
    assert not [name for name in answer.headers if name.lower().startswith(("x-audiodl", "x-amz", "x-rgw"))]
