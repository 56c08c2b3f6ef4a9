# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""S3 as it is: odd keys, outages, refusals, damage; and the embedded origin, a folder."""

import http.client
import time
import unicodedata
from collections.abc import Callable

import pytest

from servers.audioshop import AudioShop, FileOrigin, S3Origin, write_credentials
from servers.ceph import Ceph
from servers.mariadb import MariaDb
from servers.proxy import Faults, Proxy
from servers.sqlite import SqliteDb
from servers.workspace import Workspace
from support import BLOCK, CUSTOMER, sha256, some_bytes

NAMES = [
    "01 Introduction.mp3", "a+b.mp3", "100%.mp3", "a%20b.mp3", "a%2Fb.mp3", "a%252Fb.mp3", "O'Brien.mp3",
    'said "no".mp3', "Émile.mp3", unicodedata.normalize("NFD", "Émile.mp3"), "🎧 Hörbuch.mp3", "日本語.mp3",
    "a&b=c;d?e#f.mp3", "[x](y){z}.mp3", "~!*,$@:^|`<>.mp3", "a b  c .mp3", "-dash.mp3", "back\\slash.mp3",
]


@pytest.mark.parametrize("name", NAMES)
def test_keys_with_any_characters(shop: AudioShop, ceph: Ceph, session: str, book: str, name: str) -> None:
    data = some_bytes(500, seed=len(name))
    shop.publish(f"{book}/{name}", data)
    # What must not be taken for it: the same name decoded once more, or with + for a space.
    for expected in ("miss", "hit"):
        answer = shop.get(f"{book}/{name}", session)
        assert (answer.status, answer.cache, answer.body) == (200, expected, data)
    assert ceph.client.keys("books", f"prod/{book}/") == [f"prod/{book}/{name}"]


def test_the_book_may_have_odd_characters_too(shop: AudioShop, mariadb: MariaDb, session: str,
                                              book: str) -> None:
    odd = f"{book} + 50%/Zoë’s «Été»/CD 1"
    mariadb.add_purchase(CUSTOMER, odd)
    shop.publish(f"{odd}/01.mp3", b"data")
    assert shop.get(f"{odd}/01.mp3", session).body == b"data"


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_path_and_virtual_host_style(make_shop: Callable[..., AudioShop], workspace: Workspace, ceph: Ceph,
                                     proxy: Proxy, session: str, book: str, style: str) -> None:
    shop = make_shop(origin=S3Origin(workspace, ceph, proxy.port, f"{style}-books", "", style))
    chunk, data = f"{book}/a +%é.mp3", some_bytes(2 * BLOCK + 1)
    shop.origin.put(chunk, data)
    shop.list_chunk(chunk)
    assert shop.get(chunk, session).body == data
    seen = proxy.exchanges(chunk)[0]
    expected = ((f"127.0.0.1:{proxy.port}", f"/{style}-books/{chunk}") if style == "path" else
                (f"{style}-books.localhost:{proxy.port}", f"/{chunk}"))
    assert (seen.host, seen.path) == expected


def test_s3_down_is_503_and_recovers(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(3 * BLOCK)
    shop.publish(chunk, data)
    proxy.refuse()
    answer = shop.get(chunk, session)
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) >= 1
    proxy.listen()
    assert shop.get(chunk, session).body == data


def test_a_dead_gateway_is_503_and_recovers(shop: AudioShop, ceph: Ceph, session: str, book: str) -> None:
    cached, cold, data = f"{book}/01.mp3", f"{book}/02.mp3", some_bytes(3 * BLOCK)
    shop.publish(cached, data)
    shop.publish(cold, data)
    assert shop.get(cached, session).body == data
    ceph.stop_gateway()
    try:
        answer = shop.get(cold, session)
        assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
        hit = shop.get(cached, session)
        assert (hit.status, hit.cache, hit.body) == (200, "hit", data)
    finally:
        ceph.start_gateway()
    assert shop.get(cold, session).body == data


def test_listed_but_not_in_s3_is_404_until_it_is_there(shop: AudioShop, session: str, book: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.list_chunk(chunk)
    for method in ("GET", "HEAD", "GET"):
        assert shop.get(chunk, session, method).status == 404
    assert chunk in shop.apache.error_log(), "listed and missing is for the operator to know"
    shop.origin.put(chunk, b"here now")
    assert shop.get(chunk, session).body == b"here now"


def test_wrong_credentials_are_the_shops_fault(make_shop: Callable[..., AudioShop], workspace: Workspace,
                                               session: str, book: str) -> None:
    wrong = write_credentials(workspace, "credentials-wrong", secret="not-the-secret")
    shop = make_shop(changes={"AudioCredentials": f"{wrong} profile=web"})
    shop.publish(f"{book}/01.mp3", b"x")
    answer = shop.get(f"{book}/01.mp3", session)
    assert answer.status in (502, 503), "neither 403 nor 404: the customer did nothing wrong"
    assert "not-the-secret" not in shop.apache.error_log()


def test_answers_of_an_overloaded_s3_are_tried_again(shop: AudioShop, proxy: Proxy, session: str,
                                                     book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(3 * BLOCK)
    shop.publish(chunk, data)
    proxy.faults = Faults(answer=503, times=2)
    answer = shop.get(chunk, session)
    assert (answer.status, answer.body == data) == (200, True)


def test_a_cut_body_is_continued_at_the_last_byte(shop: AudioShop, proxy: Proxy, session: str,
                                                  book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(20 * BLOCK)
    shop.publish(chunk, data)
    proxy.faults = Faults(cut_after=300_000, times=3)
    answer = shop.get(chunk, session)
    assert (answer.status, answer.sha256) == (200, sha256(data))
    # What was under way when a connection broke may come twice: less than a block each time.
    assert proxy.body_bytes(chunk) <= len(data) + 3 * BLOCK


def test_an_s3_that_hangs_is_503_in_time(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str,
                                         book: str) -> None:
    shop = make_shop(changes={"AudioOriginTimeout": "2s"})
    chunk, data = f"{book}/01.mp3", some_bytes(3 * BLOCK)
    shop.publish(chunk, data)
    proxy.faults = Faults(hang=True)
    began = time.monotonic()
    answer = shop.get(chunk, session)
    assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
    assert time.monotonic() - began < 6
    proxy.heal()
    assert shop.get(chunk, session).body == data


def test_a_bit_turned_on_the_way_is_never_sold_as_whole(shop: AudioShop, proxy: Proxy, session: str,
                                                        book: str) -> None:
    chunk, data = f"{book}/01.mp3", some_bytes(9 * BLOCK)
    shop.publish(chunk, data)
    proxy.faults = Faults(flip_at=2 * BLOCK + 17, times=1)
    try:
        first = shop.get(chunk, session)
    except http.client.IncompleteRead:
        pass  # a clean break: the customer's download manager tries again
    else:
        assert first.status == 503 or first.body == data
    assert proxy.faults.times == 0, "no byte was damaged"
    again = shop.get(chunk, session)
    assert (again.status, again.body == data) == (200, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_allowed(shop: AudioShop, proxy: Proxy, ceph: Ceph, session: str, book: str,
                                 method: str) -> None:
    chunk = f"{book}/01.mp3"
    shop.publish(chunk, b"data")
    answer = shop.get(chunk, session, method)
    assert answer.status == 405
    allowed = {word.strip() for word in answer.headers["Allow"].split(",")}
    assert {"GET", "HEAD"} <= allowed <= {"GET", "HEAD", "OPTIONS", "TRACE"}
    assert proxy.exchanges(chunk) == []
    assert ceph.client.get("books", f"prod/{chunk}") == b"data"


def test_the_embedded_shop_needs_no_servers(make_shop: Callable[..., AudioShop], workspace: Workspace,
                                            proxy: Proxy) -> None:
    database = SqliteDb(workspace)
    shop = make_shop(origin=FileOrigin(workspace), database=database)
    chunk, data = "Moby-Dick/01 + 100% é.mp3", some_bytes(30 * BLOCK + 3)
    shop.publish(chunk, data)
    database.add_purchase(CUSTOMER, "Moby-Dick")
    session = shop.new_session(CUSTOMER)
    before = len(proxy.exchanges())
    ranged = shop.get(chunk, session, Range=f"bytes={BLOCK - 1}-{BLOCK}")
    assert (ranged.status, ranged.body) == (206, data[BLOCK - 1:BLOCK + 1])
    assert shop.get(chunk, session).sha256 == sha256(data)
    hit = shop.get(chunk, session)
    assert (hit.status, hit.cache, hit.sha256) == (200, "hit", sha256(data))
    assert shop.get(chunk).status == 401
    assert shop.get(chunk, shop.new_session(7)).status == 403
    assert shop.get("Moby-Dick/02.mp3", session).status == 404
    shop.list_chunk("Moby-Dick/03.mp3")
    assert shop.get("Moby-Dick/03.mp3", session).status == 404
    shop.publish("Moby-Dick/empty.mp3", b"")
    for _ in range(2):
        assert (shop.get("Moby-Dick/empty.mp3", session).status, len(proxy.exchanges())) == (200, before)
