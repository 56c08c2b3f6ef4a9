# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Private podcast feeds: of one book and of all that are a customer's, for one device each."""

import email.utils
import json
import re
import secrets
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import html5lib
import pytest

from books import EITHER, Revoke, audiodl, chunk_of, fetch, list_book, page, publish_book, write_keys, write_manifest
from servers.audioshop import AudioShop, FileOrigin, S3Origin
from servers.mariadb import MariaDb
from servers.proxy import Proxy
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import some_bytes

SCHEMA = Path(__file__).parent / "schemas/podcast.rng"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
HTML = "{http://www.w3.org/1999/xhtml}"
# Every two seconds the table is read: five are promised, of which a busy machine may add.
EFFECTIVE = 5.0


@pytest.fixture(scope="module")
def keys(workspace: Workspace) -> Path:
    return write_keys(workspace, "podcast-keys")


@pytest.fixture(scope="module")
def shop(workspace: Workspace, s3_origin: S3Origin, mariadb: MariaDb, keys: Path) -> Iterator[AudioShop]:
    made = AudioShop(workspace, "podcasts", s3_origin, mariadb, extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioRevocations": "On", "AudioDecisionTTL": "1s 1s",
        "AudioBooksQuery": '"SELECT book, 1790000000 + LENGTH(book) FROM purchases WHERE customer_id = %{customer}s '
                           'ORDER BY book"'})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def revoke(workspace: Workspace, mariadb: MariaDb) -> Revoke:
    return Revoke(workspace, mariadb)


@pytest.fixture
def customer() -> str:
    return f"c-{secrets.token_hex(4)}"


class Feed:
    """A feed as an app sees it: by its address alone."""

    def __init__(self, shop: AudioShop, address: str):
        self.shop = shop
        self.address = address
        answer = fetch(shop, address)
        assert answer.status == 200, answer.body
        self.headers = answer.headers
        self.body = answer.body
        self.channel = ElementTree.fromstring(answer.body).find("channel")
        self.items = self.channel.findall("item")

    def check(self) -> None:
        """By the schema."""
        done = subprocess.run(["xmllint", "--noout", "--relaxng", SCHEMA, "-"], input=self.body, capture_output=True,
                              check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()[:3000]

    def texts(self, name: str) -> list[str]:
        return [item.findtext(name) for item in self.items]

    def enclosures(self) -> list[str]:
        return [item.find("enclosure").get("url") for item in self.items]


def feed_address(shop: AudioShop, keys: Path, customer: str, device: str, book: str = "", *more: str) -> str:
    of_book = ["--book", book] if book else []
    return audiodl("sign", "--feed", "--keys", keys, "--customer", customer, "--device", device, *of_book,
                   "--url", f"{shop.address}/either", *more).strip()


def buy(shop: AudioShop, customer: str, book: str, parts: dict[str, bytes] | None = None, **about: object) -> str:
    publish_book(shop, book, parts or {"1.mp3": some_bytes(700, 1), "2.mp3": some_bytes(900, 2)}, **about)
    shop.database.add_purchase(customer, book)
    return book


def a_book() -> str:
    return f"pod/{secrets.token_hex(4)}"


# --- what apps want ------------------------------------------------------------------------------


def test_both_feeds_are_as_apps_want_them(shop: AudioShop, keys: Path, proxy: Proxy, customer: str) -> None:
    parts = {f"CD{disc}-{track} ü.mp3": some_bytes(1000 + disc * 20 + track, disc * 20 + track)
             for disc in (1, 2, 10) for track in (1, 2, 11)}
    book = buy(shop, customer, a_book(), parts, title="Dune & <Co>", author="Frank Herbert", language="en",
               description="Sand.", cover="/covers/dune.jpg", released="2026-11-20T06:00:00Z")
    list_book(shop, book, ["CD11-1.m4b"])  # what the manifest does not know is there too
    other = buy(shop, customer, a_book() + "-other")
    before = len(proxy.exchanges())
    of_book = Feed(shop, feed_address(shop, keys, customer, "phone", book))
    of_all = Feed(shop, feed_address(shop, keys, customer, "phone"))
    assert len(proxy.exchanges()) == before, "no question to S3"
    for feed in (of_book, of_all):
        feed.check()
        assert feed.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
        assert feed.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert feed.headers["Cache-Control"] == "private, no-cache"
        assert feed.channel.findtext(f"{ITUNES}block") == "Yes"
        assert feed.channel.find(f"{ATOM}link").get("href").split("?")[0] == feed.address.split("?")[0]
        assert fetch(shop, feed.channel.find(f"{ATOM}link").get("href")).body == feed.body
        # In the book's order, by time and by number.
        times = [email.utils.parsedate_to_datetime(text) for text in feed.texts("pubDate")]
        first = [item.findtext(f"{ITUNES}episode") for item in feed.items].index("1", 1) if feed is of_all else len(times)
        for of_one in (times[:first], times[first:]):
            assert of_one == sorted(set(of_one)), "one after the other"
        assert not times[first:] or max(times[:first]) < min(times[first:]) or max(times[first:]) < min(times[:first])
        assert len(set(feed.texts("guid"))) == len(feed.items)
    assert of_book.channel.findtext("title") == "Dune & <Co>"
    assert of_book.channel.find(f"{ITUNES}image").get("href") == f"{shop.address}/covers/dune.jpg"
    assert of_book.texts(f"{ITUNES}episode") == [str(number) for number in range(1, len(parts) + 2)]
    assert of_book.texts("title")[:-1] == [f"Part {number}" for number in range(1, len(parts) + 1)]
    assert of_book.texts("pubDate")[0] == "Fri, 20 Nov 2026 06:00:00 GMT"
    assert len(of_all.items) == len(parts) + 1 + 2
    assert {item.findtext(f"{PODCAST}season"): item.find(f"{PODCAST}season").get("name") for item in of_all.items} == (
        {"1": "Dune & <Co>", "2": other.rpartition("/")[2]} if book < other else {"2": "Dune & <Co>", "1": other.rpartition("/")[2]})
    # Sold then, and so new to the customer then.
    sold = [email.utils.parsedate_to_datetime(text).timestamp() for text in of_all.texts("pubDate")]
    assert min(sold) == 1790000000 + len(book)
    # The same episode has one identity in both.
    assert set(of_book.texts("guid")) < set(of_all.texts("guid"))

    for feed in (of_book, of_all):
        for item in feed.items:
            enclosure = item.find("enclosure")
            url, length = enclosure.get("url"), int(enclosure.get("length"))
            assert url.isascii() and re.search(r"\.(mp3|m4b)$", urllib.parse.urlsplit(url).path)
            name = urllib.parse.unquote(urllib.parse.urlsplit(url).path).rpartition("/")[2]
            if name == "CD11-1.m4b":
                assert length == 0
                continue
            head = fetch(shop, url, method="HEAD")
            assert (head.status, int(head.headers["Content-Length"]), head.body) == (200, length, b"")
            assert head.headers["Content-Type"] == enclosure.get("type") == "audio/mpeg"
            probe = fetch(shop, url, Range="bytes=0-1")
            assert (probe.status, probe.headers["Content-Range"]) == (206, f"bytes 0-1/{length}")
            if name in parts:
                assert probe.body == parts[name][:2]


def test_identities_are_the_same_for_every_device_and_key_and_after_a_new_upload(
        shop: AudioShop, keys: Path, customer: str) -> None:
    book = buy(shop, customer, a_book(), title="Dune")
    guids = Feed(shop, feed_address(shop, keys, customer, "phone", book)).texts("guid")
    publish_book(shop, book, {"1.mp3": b"other", "2.mp3": b"bytes"}, title="Dune, revised")
    address = feed_address(shop, keys, customer, "car", book, "--ttl", "1d")
    wait_until(lambda: Feed(shop, address).channel.findtext("title") == "Dune, revised", "the new manifest")
    assert Feed(shop, address).texts("guid") == guids


def test_chapters(shop: AudioShop, keys: Path, customer: str) -> None:
    book = buy(shop, customer, a_book(), {"all.mp3": b"x" * 100})
    write_manifest(shop, book, [chunk_of("all.mp3", b"x" * 100, chapters=[
        {"start_ms": 0, "title": "Erstes"}, {"start_ms": 61_250, "title": "Zweites"}])])
    address = feed_address(shop, keys, customer, "phone", book)
    wait_until(lambda: Feed(shop, address).items[0].find(f"{PODCAST}chapters") is not None, "the new manifest")
    feed = Feed(shop, address)
    feed.check()
    chapters = fetch(shop, feed.items[0].find(f"{PODCAST}chapters").get("url"))
    assert chapters.headers["Content-Type"] == "application/json+chapters"
    assert [(c["startTime"], c["title"]) for c in json.loads(chapters.body)["chapters"]] == [(0, "Erstes"), (61.25, "Zweites")]


def test_an_app_that_asks_again_is_told_that_nothing_has_changed(shop: AudioShop, keys: Path, customer: str) -> None:
    book = buy(shop, customer, a_book())
    of_book = Feed(shop, feed_address(shop, keys, customer, "phone", book))
    of_all = Feed(shop, feed_address(shop, keys, customer, "phone"))
    for feed in (of_book, of_all):
        again = fetch(shop, feed.address, If_None_Match=feed.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
    assert fetch(shop, of_book.address, If_Modified_Since=of_book.headers["Last-Modified"]).status == 304
    # What is in it is not a matter of dates: a refund is no newer file.
    assert "Last-Modified" not in of_all.headers
    buy(shop, customer, a_book())
    assert fetch(shop, of_all.address, If_None_Match=of_all.headers["ETag"]).status == 200
    assert fetch(shop, of_book.address, If_None_Match=of_book.headers["ETag"]).status == 304


def test_the_schema_can_say_no() -> None:
    good = f"""<rss version="2.0" xmlns:itunes="{ITUNES[1:-1]}"><channel><title>x</title></channel></rss>"""
    done = subprocess.run(["xmllint", "--noout", "--relaxng", SCHEMA, "-"], input=good.encode(), capture_output=True, check=False)
    assert done.returncode == 3, done.stderr


# --- exactly what is theirs ----------------------------------------------------------------------


def test_a_feed_holds_exactly_what_was_bought_and_is_for_sale(shop: AudioShop, keys: Path, mariadb: MariaDb, revoke: Revoke,
                                                             customer: str) -> None:
    address = feed_address(shop, keys, customer, "phone")

    def titles() -> set[str]:
        return {item.find(f"{PODCAST}season").get("name") for item in Feed(shop, address).items}

    assert titles() == set()
    Feed(shop, address).check()
    mine, refunded, withdrawn, revoked = (buy(shop, customer, a_book(), title=name)
                                          for name in ("mine", "refunded", "withdrawn", "revoked"))
    buy(shop, f"{customer}x", a_book(), title="another's")
    shop.database.add_purchase(customer, "no/such/book")
    shop.database.add_purchase(customer, "../etc")
    assert titles() == {"mine", "refunded", "withdrawn", "revoked"}
    enclosure = {name: next(url for url in Feed(shop, address).enclosures() if f"/{book}/" in url)
                 for name, book in (("mine", mine), ("refunded", refunded), ("withdrawn", withdrawn), ("revoked", revoked))}
    assert {fetch(shop, url).status for url in enclosure.values()} == {200}

    mariadb.sql(f"DELETE FROM purchases WHERE customer_id = '{customer}' AND book = '{refunded}'")
    for chunk in ("1.mp3", "2.mp3"):
        (shop.listing / withdrawn / chunk).unlink()
    revoke("--customer", customer, "--book", revoked)
    wait_until(lambda: titles() == {"mine"}, "the others to go", 60)
    # And the addresses that an app has kept open no more than the feed shows.
    for name, status in (("refunded", 403), ("withdrawn", 404), ("revoked", 403), ("mine", 200)):
        wait_until(lambda: fetch(shop, enclosure[name]).status == status, f"{name} to be {status}", 30)  # noqa: B023
        assert fetch(shop, enclosure[name], method="HEAD").status == status
    again = feed_address(shop, keys, customer, "phone", refunded)
    assert fetch(shop, again).status == 403


def test_a_device_is_let_in_by_one_question_a_minute(shop: AudioShop, workspace: Workspace, keys: Path, mariadb: MariaDb,
                                                     customer: str, make_shop: Callable[..., AudioShop]) -> None:
    slow = make_shop(origin=FileOrigin(workspace, "slow-origin"), extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioBooksQuery": shop.directives()["AudioBooksQuery"], "AudioRevocations": "On",
        "AudioDecisionTTL": "10m"})
    book = buy(slow, customer, a_book())
    address = feed_address(slow, keys, customer, "phone", book)
    with mariadb.statements() as asked:
        urls = Feed(slow, address).enclosures()
        for _ in range(20):
            assert {fetch(slow, url, Range="bytes=5-9").status for url in urls} == {206}
    assert len([line for line in asked if "audiodl_revocations" not in line]) == 1, asked
    # While the database is down, who was let in goes on.
    mariadb.pause()
    try:
        assert fetch(slow, urls[0]).status == 200
    finally:
        mariadb.resume()


# --- devices -------------------------------------------------------------------------------------


def test_one_device_is_revoked_and_no_other(shop: AudioShop, keys: Path, revoke: Revoke, customer: str) -> None:
    book = buy(shop, customer, a_book())
    feeds = {device: [Feed(shop, feed_address(shop, keys, customer, device, of)) for of in ("", book)]
             for device in ("phone", "car", "Phone")}
    addresses = {device: [feed.address for feed in two] + two[0].enclosures() + two[1].enclosures()
                 for device, two in feeds.items()}
    plain = audiodl("sign", "--keys", keys, "--customer", customer, "--book", book).strip()
    others = [*addresses["car"], *addresses["Phone"], f"/either/{book}/1.mp3?{plain}"]
    session = shop.new_session(customer)
    assert {fetch(shop, url).status for url in addresses["phone"] + others} == {200}

    began = time.monotonic()
    revoke("--customer", customer, "--device", "phone", "--reason", "stolen")
    wait_until(lambda: {fetch(shop, url).status for _ in range(4) for url in addresses["phone"]} == {403}, "the phone's end", 30)
    assert time.monotonic() - began < EFFECTIVE
    assert {fetch(shop, url).status for url in others} == {200}
    assert fetch(shop, page(shop, book), session).status == 200
    # A new address for the same name is as dead, and the page says so.
    assert fetch(shop, feed_address(shop, keys, customer, "phone", "", "--ttl", "2d")).status == 403
    html = fetch(shop, page(shop, book, "device=phone"), session).body.decode()
    assert "switched off" in html and "als=" not in html.partition('id="podcast"')[2]
    # Rights are lifted without devices.
    revoke("--lift", "--customer", customer, code=1)
    assert fetch(shop, addresses["phone"][0]).status == 403
    revoke("--lift", "--customer", customer, "--device", "phone")
    wait_until(lambda: {fetch(shop, url).status for url in addresses["phone"]} == {200}, "the phone's return", 30)


def test_the_page_makes_feeds_for_a_device(shop: AudioShop, customer: str, keys: Path) -> None:
    book = buy(shop, customer, a_book(), title="Dune")
    session = shop.new_session(customer)
    for where, found in ((book, 2), ("", 1)):
        tree = html5lib.HTMLParser(strict=True).parse(
            fetch(shop, page(shop, where, "device=Mum%27s+phone"), session).body, transport_encoding="utf-8")
        made = [field.get("value") for field in tree.iter(f"{HTML}input") if field.get("type") == "url"]
        assert len(made) == found
        for address in made:
            feed = Feed(shop, address)
            feed.check()
            assert len(feed.items) == 2 and all("ald=Mum%27s%20phone" in url for url in feed.enclosures())
            assert {fetch(shop, url).status for url in feed.enclosures()} == {200}
            end = int(urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["alx"][0])
            assert end % 86400 == 0 and 364 < (end - time.time()) / 86400 < 367
    # In the form's own words, as a browser sends it.
    form = next(tree.iter(f"{HTML}form"))
    assert (form.get("method"), form.get("action")) == ("get", "/either/#podcast")
    assert "too long" in fetch(shop, page(shop, book, "device=" + "x" * 65), session).body.decode()
    # A visitor, a stranger and a link make none.
    assert fetch(shop, page(shop, book, "device=x")).status == 401
    assert fetch(shop, page(shop, book, "device=x"), shop.new_session("somebody")).status == 403
    assert "als=" not in fetch(shop, page(shop, "", "device=x"), shop.new_session("somebody")).body.decode().partition(
        "feed-book")[2]


def test_a_feeds_link_opens_that_and_nothing_else(shop: AudioShop, keys: Path, customer: str) -> None:
    book, other = buy(shop, customer, a_book()), buy(shop, customer, a_book())
    of_all, of_book = (feed_address(shop, keys, customer, "phone", of).partition("?")[2].removeprefix("format=rss&")
                       for of in ("", book))
    for where, link, status in (("", of_all, 200), (book, of_book, 200), (book, of_all, 403), (other, of_book, 403),
                                ("", of_book, 403)):
        for form in ("rss", "html", "json"):
            assert fetch(shop, page(shop, where, f"format={form}&{link}")).status == status, (where, form)
    chunk = f"/either/{book}/1.mp3?"
    assert fetch(shop, chunk + of_all).status == 403
    assert fetch(shop, chunk + of_book).status == 200
    for altered in (of_book.replace("ald=phone", "ald=car"), of_book.replace("&ald=phone", ""), of_book + "&ald=phone",
                    of_book.replace("alc=c", "alc=d")):
        assert fetch(shop, chunk + altered).status == 403, altered
    # What is no page of the library's is none for a link either.
    for form in ("m3u8", "cue", "metalink", "chapters", "zap"):
        assert fetch(shop, page(shop, "", f"format={form}&{of_all}")).status == 404
    # Not without a link, and not with a session that may not.
    assert fetch(shop, page(shop, "", "format=rss")).status == 401
    # Everything in the log of a device bears its name.
    assert shop.apache.error_log().count("als=") == 0


def test_without_the_statement_there_is_no_library(workspace: Workspace, keys: Path, make_shop: Callable[..., AudioShop]) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "nolib-origin"), database=SqliteDb(workspace), extra=EITHER,
                     changes={"AudioLinkKeys": str(keys)})
    book = buy(shop, "7", "b")
    session = shop.new_session("7")
    assert fetch(shop, page(shop, ""), session).status == 403
    assert fetch(shop, feed_address(shop, keys, "7", "phone")).status == 403
    html = fetch(shop, page(shop, book, "device=phone"), session).body.decode()
    assert "feed-book" in html and "feed-library" not in html
    assert len(Feed(shop, feed_address(shop, keys, "7", "phone", book)).items) == 2


def test_other_rules_that_let_somebody_in_show_their_own_books_or_none(workspace: Workspace, keys: Path,
                                                                      make_shop: Callable[..., AudioShop]) -> None:
    """Require valid-user and Require all granted, beside which the library has no rule of ours."""
    rules = """
<Location "/user">
    SetHandler audiodl
    AuthType AudioSession
    Require valid-user
</Location>
<Location "/all">
    SetHandler audiodl
    Require all granted
</Location>
"""
    database = SqliteDb(workspace)
    query = {"AudioBooksQuery": '"SELECT book FROM purchases WHERE customer_id = %{customer}s"'}
    shops = [make_shop(origin=FileOrigin(workspace, "rules-origin"), database=database, extra=rules,
                       changes={"AudioLinkKeys": str(keys), **more}) for more in (query, {})]
    session = shops[0].new_session("7")
    for shop, status in zip(shops, (200, 404)):
        buy(shop, "7", "mine")
        publish_book(shop, "another's", {"1.mp3": b"x"})
        answer = fetch(shop, page(shop, "", "format=rss&links=signed&device=x", "user"), session)
        assert answer.status == status and b"another" not in answer.body
        assert b"als=" not in answer.body, "only our own rule makes links"
        assert fetch(shop, page(shop, "", "format=rss", "all"), session).status == 404
        assert fetch(shop, page(shop, "mine", "device=x", "all")).status == 200


def test_a_zip_by_a_devices_link_is_as_good_as_the_worst_of_its_parts(workspace: Workspace, keys: Path,
                                                                      make_shop: Callable[..., AudioShop]) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "each-origin"), database=SqliteDb(workspace), extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioEntitlementQuery":
            '"SELECT %{chunk}s <> \'2.mp3\' FROM purchases WHERE customer_id = %{customer}s AND book = %{book}s"'})
    book = buy(shop, "7", "b")
    link = audiodl("sign", "--keys", keys, "--customer", "7", "--book", book, "--device", "phone").strip()
    assert fetch(shop, page(shop, book, link)).status == 200
    assert [fetch(shop, f"/either/b/{chunk}?{link}").status for chunk in ("1.mp3", "2.mp3")] == [200, 403]
    assert fetch(shop, page(shop, book, f"format=zip&{link}")).status == 403
    (shop.listing / "b/2.mp3").unlink()
    assert fetch(shop, page(shop, book, f"format=zip&{link}")).status in (200, 302, 303, 307, 308)


def test_a_purchase_shows_at_once_with_sqlite_too(workspace: Workspace, keys: Path, make_shop: Callable[..., AudioShop]) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "lite-origin"), database=SqliteDb(workspace), extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioBooksQuery": '"SELECT book FROM purchases WHERE customer_id = %{customer}s"'})
    address = feed_address(shop, keys, "7", "phone")
    assert Feed(shop, address).items == []
    buy(shop, "7", "b")
    assert len(Feed(shop, address).items) == 2
