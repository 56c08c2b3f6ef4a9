# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Who may download: 401 without a session, 403 without the right, and nothing learnt from either."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop, new_session
from servers.mariadb import MariaDb
from servers.proxy import Proxy
from servers.waiting import wait_until
from support import CUSTOMER, some_bytes
from test_first_light import log_in

DATA = some_bytes(1000)


@pytest.fixture
def chunk(shop: AudioShop, book: str) -> str:
    shop.publish(f"{book}/01.mp3", DATA)
    return f"{book}/01.mp3"


def test_no_cookie_is_401(shop: AudioShop, proxy: Proxy, chunk: str) -> None:
    assert shop.get(chunk).status == 401
    assert proxy.exchanges(chunk) == []


def test_an_unknown_session_is_401(shop: AudioShop, chunk: str) -> None:
    assert shop.get(chunk, "0123456789abcdef0123456789abcdef").status == 401


def test_an_expired_session_is_401_though_its_row_is_still_there(shop: AudioShop, chunk: str) -> None:
    assert shop.get(chunk, shop.new_session(CUSTOMER, lifetime=-5)).status == 401


def test_another_customer_is_403(shop: AudioShop, proxy: Proxy, chunk: str) -> None:
    assert shop.get(chunk, shop.new_session(CUSTOMER + 1)).status == 403
    assert proxy.exchanges(chunk) == []


def test_a_session_of_nobody_is_401(shop: AudioShop, mariadb: MariaDb, chunk: str) -> None:
    for data in (b"", b"basket|a:0:{}", b"customer_id|N;", b"customer_id|b:0;"):
        mariadb.add_session("anonymous0000000000000", data, 2_000_000_000)
        assert shop.get(chunk, "anonymous0000000000000").status == 401, data


def test_a_malformed_session_opens_nothing(shop: AudioShop, mariadb: MariaDb, chunk: str) -> None:
    for data in (b"customer_id|i:42", b"customer_id|i:42;x|s:9:\"short\";", b"customer_id|a:1:{i:0;i:42;}",
                 b"garbage", b"customer_id|d:42;", b"\xff\xfe" * 50):
        mariadb.add_session("malformed000000000000", data, 2_000_000_000)
        assert shop.get(chunk, "malformed000000000000").status in (401, 403), data


def test_unlisted_is_404_for_its_owner_only(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    shop.origin.put(f"{book}/unlisted.mp3", DATA)
    unlisted = f"{book}/unlisted.mp3"
    assert shop.get(unlisted, session).status == 404
    assert shop.get(unlisted, shop.new_session(CUSTOMER + 1)).status == 403
    assert shop.get(unlisted).status == 401
    assert proxy.exchanges(unlisted) == []
    shop.list_chunk(unlisted)
    assert shop.get(unlisted, session).body == DATA


def test_a_warm_cache_lets_nobody_in(shop: AudioShop, session: str, chunk: str) -> None:
    shop.get(chunk, session)
    known = shop.get(chunk, session)
    assert known.cache == "hit"
    stranger = shop.new_session(CUSTOMER + 1)
    questions: list[dict[str, str]] = [{}, {"Range": "bytes=0-0"}, {"Range": "bytes=999999-"}, {"If_None_Match": known.headers["ETag"]},
                 {"If_Match": '"x"'}]
    for headers in questions:
        for method in ("GET", "HEAD"):
            for who, expected in ((None, 401), (stranger, 403)):
                answer = shop.get(chunk, who, method, **headers)
                assert answer.status == expected, (headers, method)
                assert answer.cache is None and "ETag" not in answer.headers
                assert DATA[:20] not in answer.body


def test_logging_out_ends_everything_but_what_has_begun(shop: AudioShop, chunk: str, book: str) -> None:
    session = log_in(shop, CUSTOMER)
    shop.publish(f"{book}/more/01.mp3", DATA)
    shop.database.add_purchase(CUSTOMER, f"{book}/more")
    assert shop.get(chunk, session).status == 200
    assert web.fetch(shop.address, "/logout.php", headers={"Cookie": f"{COOKIE}={session}"}).status == 200
    assert shop.get(f"{book}/more/01.mp3", session).status == 401
    assert shop.get(chunk, session).status == 200


def test_logging_out_ends_downloads_where_nothing_is_remembered(make_shop: Callable[..., AudioShop], shop: AudioShop,
                                                                book: str) -> None:
    other = make_shop(changes={"AudioDecisionCache": "none"})
    other.publish(f"{book}/01.mp3", DATA)
    session = log_in(shop, CUSTOMER)
    assert other.get(f"{book}/01.mp3", session).status == 200
    assert web.fetch(shop.address, "/logout.php", headers={"Cookie": f"{COOKIE}={session}"}).status == 200
    assert other.get(f"{book}/01.mp3", session).status == 401


def test_a_note_that_looks_like_a_customer_is_only_a_note(shop: AudioShop, chunk: str) -> None:
    # What the customer typed stands in the session before customer_id, and looks like it.
    note = f'x";customer_id|i:{CUSTOMER};y|s:1:"'
    assert shop.get(chunk, log_in(shop, CUSTOMER + 1, note=note)).status == 403
    assert shop.get(chunk, log_in(shop, CUSTOMER, note=note)).status == 200


@pytest.mark.parametrize("form", ["php_binary", "php_serialize"])
def test_the_other_formats_of_php(make_shop: Callable[..., AudioShop], shop: AudioShop, book: str,
                                  form: str) -> None:
    other = make_shop(changes={"AudioSessionFormat": form})
    other.publish(f"{book}/01.mp3", DATA)
    assert other.get(f"{book}/01.mp3", log_in(shop, CUSTOMER, format=form)).status == 200
    assert other.get(f"{book}/01.mp3", log_in(shop, CUSTOMER + 1, format=form)).status == 403
    assert other.get(f"{book}/01.mp3", log_in(shop, CUSTOMER, format="php")).status == 401


def test_customers_with_names(shop: AudioShop, mariadb: MariaDb, book: str) -> None:
    shop.publish(f"{book}/01.mp3", DATA)
    name = "o'brien \"ü\" \\ -- %s"
    session = shop.new_session(name)
    assert shop.get(f"{book}/01.mp3", session).status == 403
    mariadb.add_purchase(name, book)
    other = f"{book}/02.mp3"
    shop.publish(other, DATA)
    assert shop.get(other, new_session(mariadb, name)).status == 200


def test_a_book_in_folders_and_with_quotes(shop: AudioShop, mariadb: MariaDb, session: str, book: str) -> None:
    inner = f"{book}/Emma's \"Tagebuch\"; DROP TABLE purchases; --/ä %s"
    shop.publish(f"{inner}/01.mp3", DATA)
    # The book is all but the last segment: owning the folder above is not owning this one.
    assert shop.get(f"{inner}/01.mp3", session).status == 403
    mariadb.add_purchase(CUSTOMER, inner)
    shop.publish(f"{inner}/02.mp3", DATA)
    # Another session, because the refusal is remembered for this one.
    assert shop.get(f"{inner}/02.mp3", shop.new_session(CUSTOMER)).status == 200


def test_a_restarted_database_is_noticed_by_nobody(shop: AudioShop, mariadb: MariaDb, session: str,
                                                   chunk: str) -> None:
    # Many at once, so that every process has several connections, which are all stale afterwards.
    with ThreadPoolExecutor(24) as pool:
        before = list(pool.map(lambda _: shop.get(chunk, session).status, range(96)))
        mariadb.stop()
        mariadb.start()
        after = list(pool.map(lambda _: shop.get(chunk, session).status, range(96)))
    assert set(before) == {200}
    assert set(after) == {200}


def test_a_database_that_is_down_is_503_and_recovers(shop: AudioShop, mariadb: MariaDb, session: str,
                                                     chunk: str) -> None:
    mariadb.stop()
    try:
        answer = shop.get(chunk, session)
        assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
        assert shop.get(chunk).status == 401, "who has no cookie is told so without any database"
    finally:
        mariadb.start()
    # A circuit breaker may hold requests off for a moment, but not for long.
    wait_until(lambda: shop.get(chunk, session).status == 200, "downloads to go on", seconds=15, interval=0.2)


GARBAGE = [
    "", "=", ";;;", COOKIE, f"{COOKIE}=", f"{COOKIE}=short", f"{COOKIE}=../../../../etc/passwd",
    f"{COOKIE}=' OR 1=1 -- aaaaaaaaaaaaaaaa", f'{COOKIE}="0123456789abcdef0123456789abcdef"',
    f"{COOKIE}[]=0123456789abcdef0123456789abcdef", f"X{COOKIE}=0123456789abcdef0123456789abcdef",
    f"{COOKIE}={'a' * 257}", f"{COOKIE}={'a' * 7000}", f"{COOKIE}=0123456789abcdef%00123456789abcdef",
    f"{COOKIE}=0123456789abcdef\xe9", f"{COOKIE.lower()}=0123456789abcdef0123456789abcdef",
    f"other={'0' * 32}; {COOKIE}=bad!; {COOKIE}=0123456789abcdef0123456789abcdef",
]


def test_garbage_cookies_cost_no_sql(shop: AudioShop, mariadb: MariaDb, chunk: str) -> None:
    with mariadb.statements() as asked:
        for cookie in GARBAGE:
            answer = web.fetch(shop.address, shop.path(chunk), headers={"Cookie": cookie})
            assert answer.status == 401, cookie
    assert asked == []


def test_a_request_costs_two_statements_at_most(shop: AudioShop, mariadb: MariaDb, session: str,
                                                chunk: str) -> None:
    with mariadb.statements() as asked:
        assert shop.get(chunk, session).status == 200
    # The general log shows a prepared statement's text, not what was bound to it.
    assert asked and "FROM sessions" in asked[0], "the counter of statements sees nothing"
    assert len(asked) <= 2, asked
