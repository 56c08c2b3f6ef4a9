# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole book as one zip: read by strangers, resumed at another server, never wrong.

AUDIODL_ZIP_RANGES says how many random ranges are asked for.
"""

import email
import io
import json
import random
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPException, IncompleteRead
from pathlib import Path

import pytest

from prove import counts
from publishing import Shelf, master
from servers import web
from servers.audioshop import COOKIE, AudioShop, FileOrigin, S3Origin
from servers.book import Book
from servers.ceph import Ceph
from servers.command import command_path
from servers.mariadb import MariaDb
from servers.proxy import Faults, Proxy
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CHUNK_BYTES, CUSTOMER, some_bytes

# A last block that is not whole, less than a block, nothing at all, and a name that is not ASCII.
PARTS = {"a.mp3": some_bytes(5 * BLOCK + 1000, 1), "b.mp3": some_bytes(70_001, 2), "leer.mp3": b"",
         "größer.mp3": some_bytes(3 * BLOCK, 4)}
TITLES = ["Das erste Buch", "Was: ein Titel?", "", "Größe"]
NAMES = ["Dune_ Teil 1/01 - Das erste Buch.mp3", "Dune_ Teil 1/02 - Was_ ein Titel_.mp3",
         "Dune_ Teil 1/03 - leer.mp3", "Dune_ Teil 1/04 - Größe.mp3"]


@pytest.fixture
def dune(shop: AudioShop, book: str) -> Book:
    return Book(book, PARTS, "Dune: Teil 1", TITLES).publish(shop)


@pytest.fixture(scope="module")
def whole(_shop: AudioShop, mariadb: MariaDb, session: str) -> bytes:
    """The zip of `dune`, whatever its name in the listing."""
    mariadb.add_purchase(CUSTOMER, "zip-whole")
    return Book("zip-whole", PARTS, "Dune: Teil 1", TITLES).publish(_shop).get_zip(_shop, session).body


@pytest.fixture
def other_road(ceph: Ceph) -> Iterator[Proxy]:
    """The other server's to S3."""
    made = Proxy(ceph.port)
    yield made
    made.close()


@pytest.fixture
def other_server(make_shop: Callable[..., AudioShop], shop: AudioShop, other_road: Proxy, workspace: Workspace,
                 ceph: Ceph) -> AudioShop:
    """Another httpd of the same shop, with a cache of its own that is empty."""
    return make_shop(origin=S3Origin(workspace, ceph, other_road.port), changes={"AudioListing": str(shop.listing)})


@pytest.fixture(scope="module")
def keys(workspace: Workspace) -> Path:
    """The file of AudioLinkKeys."""
    path = workspace.path / "zip-keys"
    path.touch(0o600)
    path.write_text(workspace.run([command_path(), "link-key", "new", "k1"]))
    return path


def contents(data: bytes) -> dict[str, bytes]:
    """What Python finds in a zip, its checksums proved."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cause(shop: AudioShop, answer: web.Answer) -> str:
    """By which name the log has the refusal."""
    line = next(line for line in shop.apache.error_log().splitlines() if answer.headers["X-Audiodl-Code"] in line)
    found = re.search(r"cause=(\S+)", line)
    assert found is not None, line
    return found[1]


@pytest.mark.parametrize("cache", ["cold", "half", "hot"])
def test_strangers_read_it(shop: AudioShop, proxy: Proxy, session: str, dune: Book, workspace: Workspace,
                           cache: str) -> None:
    if cache == "half":
        for part, asked in (("a.mp3", f"bytes={2 * BLOCK}-{3 * BLOCK}"), ("größer.mp3", "bytes=-5"), ("b.mp3", "bytes=0-")):
            assert shop.get(dune.path(part), session, Range=asked).status == 206
    if cache == "hot":
        assert dune.get_zip(shop, session).status == 200
    answer = dune.get_zip(shop, session)
    assert (answer.status, answer.cache) == (200, {"cold": "miss", "half": "partial", "hot": "hit"}[cache])
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Dune_ Teil 1.zip"'
    assert answer.headers["Cache-Control"] == "private"
    assert answer.headers["Last-Modified"] == "Fri, 20 Nov 2026 11:00:02 GMT"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert contents(answer.body) == dict(zip(NAMES, PARTS.values(), strict=True))
    path = workspace.path / f"{dune.name}.zip"
    path.write_bytes(answer.body)
    told = workspace.run(["unzip", "-t", path])
    assert "No errors detected" in told and "warning" not in told.lower()
    assert workspace.run(["bsdtar", "-tf", path], env={"LC_ALL": "C.UTF-8"}).splitlines() == NAMES
    unpacked = workspace.directory(f"{dune.name}-unpacked")
    workspace.run(["bsdtar", "-xf", path, "-C", unpacked], env={"LC_ALL": "C.UTF-8"})
    assert [(unpacked / name).read_bytes() for name in NAMES] == list(PARTS.values())
    modified = datetime(2026, 11, 20, 11, 0, 2, tzinfo=UTC).timestamp()
    assert {(unpacked / name).stat().st_mtime for name in NAMES} == {modified}
    for part, data in PARTS.items():
        if data:
            proxy.assert_each_byte_once(dune.path(part), len(data))


def test_what_was_published_is_zipped(shop: AudioShop, s3_origin: S3Origin, session: str, book: str,
                                      tmp_path: Path) -> None:
    """The manifest that `audiodl publish` writes has all that is needed, for what was uploaded in parts too."""
    shelf = Shelf(s3_origin, shop.listing, tmp_path / "masters", book)
    masters = {name: shelf.write(name, master(n, size)) for n, (name, size) in
               enumerate({"1.mp3": 300_000, "2.mp3": 20_000_000, "10 – Schluß.mp3": 500_000}.items())}
    done = shelf.publish("--title", "The Book")
    assert (done.returncode, done.stderr) == (0, "")
    answer = Book(book, {}).get_zip(shop, session)
    assert list(contents(answer.body).values()) == list(masters.values())
    assert all(name.startswith("The Book/0") for name in contents(answer.body))


def test_the_log_says_what_the_cache_had(shop: AudioShop, session: str, dune: Book) -> None:
    for _ in range(2):
        dune.get_zip(shop, session)
    shop.get(dune.path("a.mp3"), session)
    lines = [line for line in shop.apache.access_log() if dune.name + "/?format=zip" in line.request]
    assert [line.cache for line in lines] == ["miss", "hit"]


def test_every_server_makes_the_same(shop: AudioShop, other_server: AudioShop, session: str, dune: Book,
                                     whole: bytes) -> None:
    here, there = (dune.get_zip(server, session) for server in (shop, other_server))
    assert here.body == there.body == whole
    assert here.headers["ETag"] == there.headers["ETag"]
    assert re.fullmatch('"zip-[0-9a-f]{40}"', here.headers["ETag"])


@pytest.mark.parametrize("cache", ["cold", "hot"])
def test_random_ranges(shop: AudioShop, session: str, dune: Book, whole: bytes, cache: str) -> None:
    if cache == "hot":
        dune.get_zip(shop, session)
    chance = random.Random(counts.seed())
    for _ in range(counts.count("AUDIODL_ZIP_RANGES", 25)):
        # Half of them in the last bytes, where the small things stand.
        first = chance.randrange(len(whole)) if chance.random() < 0.5 else len(whole) - 1 - chance.randrange(1000)
        last = min(first + chance.randrange(chance.choice([10, 1000, 3 * BLOCK])), len(whole) - 1)
        answer = dune.get_zip(shop, session, Range=f"bytes={first}-{last}")
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
        assert answer.body == whole[first:last + 1], (first, last)


def test_several_ranges(shop: AudioShop, session: str, dune: Book, whole: bytes) -> None:
    size = len(whole)
    # In another order than the parts', and the first part twice.
    wanted = [(size - 500, size - 1), (100_000, 100_009), (6 * BLOCK, 6 * BLOCK + 99), (0, 9)]
    answer = dune.get_zip(shop, session, Range="bytes=" + ",".join(f"{a}-{b}" for a, b in wanted))
    assert answer.status == 206
    assert answer.headers["Content-Length"] == str(len(answer.body))
    message = email.message_from_bytes(f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + answer.body)
    found = [(part["Content-Range"], part.get_payload(decode=True)) for part in message.get_payload()]
    assert found == [(f"bytes {a}-{b}/{size}", whole[a:b + 1]) for a, b in wanted]


def test_what_is_asked_without_bytes_asks_nobody(shop: AudioShop, proxy: Proxy, session: str, dune: Book,
                                                 whole: bytes) -> None:
    before = len(proxy.exchanges())
    head = dune.get_zip(shop, session, "HEAD", Range="bytes=5-9")
    etag = head.headers["ETag"]
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(whole)))
    assert head.headers["Content-Type"] == "application/zip"
    for status, headers in ((304, {"If-None-Match": etag}), (304, {"If-None-Match": f'"x", W/{etag}'}),
                            (304, {"If-Modified-Since": "Fri, 20 Nov 2026 11:00:02 GMT"}),
                            (412, {"If-Match": '"x"'}), (412, {"If-Unmodified-Since": "Thu, 19 Nov 2026 11:00:02 GMT"}),
                            (416, {"Range": f"bytes={len(whole)}-"}), (416, {"Range": "bytes=-0"})):
        answer = dune.get_zip(shop, session, **headers)
        assert answer.status == status, headers
        assert answer.headers["Cache-Control"] == "private"
        assert (answer.headers["ETag"] == etag) == (status == 304)
        if status == 416:
            assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    directory = dune.get_zip(shop, session, Range="bytes=-300")
    assert directory.body == whole[-300:]
    assert len(proxy.exchanges()) == before


def test_only_the_very_zip_goes_on(shop: AudioShop, session: str, dune: Book, whole: bytes) -> None:
    etag = dune.get_zip(shop, session, "HEAD").headers["ETag"]
    part = {"Range": "bytes=1000-1099"}
    for status, if_range in ((206, etag), (200, '"x"'), (200, f"W/{etag}"), (200, "Fri, 20 Nov 2026 11:00:02 GMT")):
        answer = dune.get_zip(shop, session, **part, If_Range=if_range)
        assert (answer.status, len(answer.body)) == (status, 100 if status == 206 else len(whole)), if_range
    # A new title is another zip, though no part was modified.
    dune.titles = ["Das allererste Buch", *TITLES[1:]]
    dune.write_manifest(shop)
    # Each process looks once a second.
    answer = wait_until(lambda: (found := dune.get_zip(shop, session, **part, If_Range=etag)).status == 200 and found,
                        "the new manifest to be seen")
    assert "Dune_ Teil 1/01 - Das allererste Buch.mp3" in contents(answer.body)


def test_cut_at_60_percent_and_resumed_at_another_server(shop: AudioShop, other_server: AudioShop, other_road: Proxy,
                                                         session: str, book: str, workspace: Workspace) -> None:
    parts = {f"{n}.mp3": some_bytes(8 * BLOCK + n, n) for n in range(1, 10)}
    made = Book(book, parts).publish(shop)
    with made.open_zip(shop, session) as response:
        size, etag = int(response.headers["Content-Length"]), response.headers["ETag"]
        begun = response.read(size * 60 // 100)
    answer = made.get_zip(other_server, session, Range=f"bytes={len(begun)}-", If_Range=etag)
    assert (answer.status, answer.cache) == (206, "miss")
    path = workspace.path / f"{book}.zip"
    path.write_bytes(begun + answer.body)
    assert "No errors detected" in workspace.run(["unzip", "-t", path])
    assert list(contents(path.read_bytes()).values()) == list(parts.values())
    # What comes before the cut is not asked for, to the block.
    asked = other_road.exchanges()
    assert not any(e.is_for(made.path(f"{n}.mp3")) for e in asked for n in range(1, 6))
    left = len(answer.body)
    assert left - 4096 <= sum(e.sent for e in asked) < left + BLOCK


def test_a_part_that_was_replaced_breaks_the_download(shop: AudioShop, other_server: AudioShop, proxy: Proxy,
                                                      session: str, dune: Book, whole: bytes) -> None:
    shop.get(dune.path("a.mp3"), session)
    dune.get_zip(other_server, session)
    shop.origin.put(dune.path("größer.mp3"), some_bytes(3 * BLOCK, 99))
    with pytest.raises(IncompleteRead) as broken:
        dune.get_zip(shop, session)
    # All that came is right.
    assert whole.startswith(broken.value.partial) and len(broken.value.partial) > 5 * BLOCK
    wait_until(lambda: "the book's manifest says" in shop.apache.error_log(), "the log to tell")
    # Whoever goes on from there is told.
    answer = dune.get_zip(shop, session, Range=f"bytes={len(whole) - BLOCK}-")
    assert (answer.status, cause(shop, answer)) == (503, "manifest-outdated")
    assert int(answer.headers["Retry-After"]) > 0 and "Content-Disposition" not in answer.headers
    # A server that still has the generation that the manifest speaks of may serve it.
    assert dune.get_zip(other_server, session).body == whole
    # Published again, it is right everywhere, and another zip.
    dune.parts = {**PARTS, "größer.mp3": some_bytes(3 * BLOCK, 99)}
    dune.publish(shop)
    for server in (shop, other_server):
        wait_until(lambda server=server: get_parts(dune, server, session) == list(dune.parts.values()),
                   "the new book to be served", 20)


def get_parts(book: Book, shop: AudioShop, session: str) -> list[bytes]:
    """Nothing where the server is not ready to give the book."""
    try:
        answer = book.get_zip(shop, session)
    except HTTPException:
        return []
    return list(contents(answer.body).values()) if answer.status == 200 else []


def test_a_part_that_is_replaced_while_it_is_sent_breaks_the_download(shop: AudioShop, proxy: Proxy, session: str,
                                                                      book: str) -> None:
    # More than the fetcher asks for at once.
    parts = {"1.mp3": some_bytes(BLOCK, 1), "2.mp3": some_bytes(CHUNK_BYTES, 2)}
    made = Book(book, parts).publish(shop)
    proxy.faults = Faults(rate=4e6)
    with made.open_zip(shop, session) as response:
        begun = response.read(3 * BLOCK)
        shop.origin.put(made.path("2.mp3"), some_bytes(CHUNK_BYTES, 3))
        proxy.refuse()  # what is under way would go on with the old one
        proxy.heal()
        with pytest.raises((HTTPException, OSError)):
            response.read()
    assert begun[-BLOCK:] in parts["2.mp3"]
    wait_until(lambda: f'broken off, for the client to resume: key "prod/{book}/2.mp3": ' in shop.apache.error_log(), "the log to tell")


def test_a_part_that_the_origin_has_not_is_told_or_ends_it(shop: AudioShop, session: str, book: str) -> None:
    parts = {f"{n}.mp3": some_bytes(1000 * n, n) for n in (1, 2, 3)}
    made = Book(book, parts)
    made.write_parts(shop, ["1.mp3", "3.mp3"])
    shop.list_chunk(made.path("2.mp3"))
    made.write_manifest(shop)
    with pytest.raises(IncompleteRead) as broken:
        made.get_zip(shop, session)
    assert parts["1.mp3"] in broken.value.partial and parts["3.mp3"] not in broken.value.partial
    answer = made.get_zip(shop, session, Range=f"bytes={len(broken.value.partial)}-")
    assert (answer.status, cause(shop, answer)) == (404, "origin-missing")


def test_what_a_manifest_lacks_is_told(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    made = Book(book, {"1.mp3": some_bytes(1000, 1), "2.mp3": some_bytes(2000, 2)}).publish(shop)
    before = len(proxy.exchanges())
    path = shop.listing / book / ".audiodl.json"
    def told() -> str:
        """What `audiodl why` says about the refusal, as one line."""
        answer = made.get_zip(shop, session)
        if answer.status == 200:
            return ""
        assert (answer.status, cause(shop, answer)) == (404, "no-zip")
        command = [command_path(), "why", answer.headers["X-Audiodl-Code"], "--log", shop.apache.dir / "error.log"]
        return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    lacking: list[tuple[str, Callable[[list], object]]] = [
        ("does not say the crc32 of '2.mp3'", lambda chunks: chunks[1].pop("crc32")),
        ("does not say the size of", lambda chunks: chunks[1].pop("size")),
        ("does not say the etag of", lambda chunks: chunks[0].pop("etag")),
        ("does not name '2.mp3'", lambda chunks: chunks.pop()),
    ]
    for words, change in lacking:
        manifest = made.manifest()
        change(manifest["chunks"])  # type: ignore[arg-type]
        made.write_manifest(shop, manifest)
        wait_until(lambda words=words: words in told(), words)
        assert "Publish the book again with `audiodl publish`" in told()
    path.unlink()
    wait_until(lambda: "the book has no manifest" in shop.apache.error_log()
               or made.get_zip(shop, session).status == 200, "its end to be seen")
    assert made.get_zip(shop, session).status == 404
    assert len(proxy.exchanges()) == before
    # The parts are for sale all the same.
    assert shop.get(made.path("1.mp3"), session).body == made.parts["1.mp3"]


def test_a_book_of_one_part_is_never_zipped(shop: AudioShop, session: str, book: str) -> None:
    made = Book(book, {"Größe & Co?.m4b": some_bytes(1000)}).publish(shop)
    query = "x=%20&format=zip&y=1"
    answer = web.fetch(shop.address, made.url(shop, query), headers={"Cookie": f"{COOKIE}={session}"})
    assert (answer.status, answer.headers["Cache-Control"]) == (302, "private")
    location = answer.headers["Location"]
    assert location.endswith("?x=%20&y=1")
    part = web.fetch(shop.address, location, headers={"Cookie": f"{COOKIE}={session}"})
    assert (part.status, part.body) == (200, some_bytes(1000))


def test_who_may_not_have_it_learns_nothing(shop: AudioShop, proxy: Proxy, session: str, dune: Book) -> None:
    stranger = shop.new_session(CUSTOMER + 1)
    nowhere = Book(dune.name + "-not", {})
    shop.get(dune.path("a.mp3"), session)
    before = len(proxy.exchanges())
    conditions: list[dict[str, str]] = [{}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"If-Match": '"x"'},
                                        {"Range": "bytes=999999999-"}]
    for headers in conditions:
        chunk = shop.get(dune.path("a.mp3"), stranger, **headers)
        for asked in (dune, nowhere):
            for method in ("GET", "HEAD"):
                refused = asked.get_zip(shop, stranger, method, **headers)
                assert (refused.status, refused.headers["Content-Type"]) == (403, chunk.headers["Content-Type"])
                assert not {"ETag", "Content-Disposition", "Content-Range"} & set(refused.headers)
            assert asked.get_zip(shop, None, **headers).status == 401
    assert len(proxy.exchanges()) == before
    bought = Book(dune.name + "-none", {})
    shop.database.add_purchase(CUSTOMER, bought.name)
    assert bought.get_zip(shop, session).status == 404


def test_other_formats_and_methods_are_no_zip(shop: AudioShop, session: str, dune: Book) -> None:
    for query in ("format=rar", "format=zipx", "xformat=zip", "format=ZIP"):
        answer = web.fetch(shop.address, dune.url(shop, query), headers={"Cookie": f"{COOKIE}={session}"})
        assert answer.headers["Content-Type"] != "application/zip"
    assert dune.get_zip(shop, session, "POST").status == 405
    # The query is for books: a chunk is a chunk.
    chunk = web.fetch(shop.address, shop.path(dune.path("b.mp3")) + "?format=zip",
                      headers={"Cookie": f"{COOKIE}={session}"})
    assert chunk.body == PARTS["b.mp3"]


# What this customer has bought: the first two chunks, and "" is among them for a statement that is not asked well.
PER_CHUNK = ('"SELECT %{chunk}s IN (\'\', \'a.mp3\', \'b.mp3\', \'leer.mp3\') OR %{customer}s = \'7\' FROM purchases '
             'WHERE book = %{book}s LIMIT 1"')


# As a page may be shown that has no link to what was not bought.
PER_BOOK = '"SELECT 1, NULL, NULL, NULL, NULL FROM purchases WHERE book = %{book}s OR %{customer}s = \'x\'"'

LINKS = """
<Location "/links">
    SetHandler audiodl
    Require audio-link
</Location>"""


@pytest.mark.parametrize("decisions", ["shmcb", "none"])
def test_a_statement_about_chunks_decides_about_each(make_shop: Callable[..., AudioShop], proxy: Proxy, book: str,
                                                     keys: Path, decisions: str) -> None:
    shop = make_shop(changes={"AudioEntitlementQuery": PER_CHUNK, "AudioDecisionCache": decisions,
                              "AudioPageQuery": PER_BOOK, "AudioLinkKeys": str(keys)}, extra=LINKS)
    made = Book(book, PARTS).publish(shop)
    some, every = shop.new_session(CUSTOMER), shop.new_session(7)
    for _ in range(2):
        answer = made.get_zip(shop, some)
        assert (answer.status, cause(shop, answer)) == (403, "not-entitled")
        assert made.get_zip(shop, some, Range="bytes=0-99").status == 403
    assert proxy.exchanges(made.path("a.mp3")) == []
    # On one connection, after what may be had, and after the book's own address.
    told = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-b", f"{COOKIE}={some}", "-w", "%{http_code}\n",
                           shop.address + shop.path(made.path("b.mp3")),
                           "-o", "/dev/null", shop.address + made.url(shop, "format=json"),
                           "-o", "/dev/null", shop.address + made.url(shop)],
                          capture_output=True, text=True, check=True).stdout.split()
    assert told == ["200", "200", "403"]
    # A device's link is good for what is its customer's.
    assert [fetch_by_link(shop, made, keys, customer, "--device", "phone").status for customer in ("42", "7")] == [403, 200]
    assert made.get_zip(shop, shop.new_session(CUSTOMER), "HEAD").status == 403
    assert list(contents(made.get_zip(shop, every).body).values()) == list(PARTS.values())
    # What is listed after the question was asked is asked for as well.
    del made.parts["größer.mp3"]
    for gone in (".audiodl.json", "größer.mp3"):
        (shop.listing / book / gone).unlink()
    made.write_manifest(shop)
    wait_until(lambda: made.get_zip(shop, some).status == 200, "the rest to be had")


def sign(keys: Path, customer: str, book: str, *more: str) -> str:
    command = [str(command_path()), "sign", "--keys", str(keys), "--customer", customer, "--book", book, *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def fetch_by_link(shop: AudioShop, book: Book, keys: Path, customer: str, *more: str) -> web.Answer:
    url = book.url(shop).replace("/download/", "/links/")
    return web.fetch(shop.address, f"{url}&{sign(keys, customer, book.name, *more)}")


def test_links_and_free_titles_are_good_for_the_book(workspace: Workspace, keys: Path) -> None:
    free = workspace.path / "zip-free"
    free.write_text("given 2026-01-01T00:00:00Z 2255-01-01T00:00:00Z\n")
    shop = AudioShop(workspace, "zip-links", FileOrigin(workspace, "zip-links-origin"), SqliteDb(workspace),
                     changes={"AudioLinkKeys": str(keys), "AudioFreeTitles": str(free)}, extra=LINKS)
    shop.start()
    try:
        sold, given = (Book(name, PARTS).publish(shop) for name in ("a/sold", "given"))
        link = sign(keys, "42", "a/sold")
        url = sold.url(shop).replace("/download/", "/links/")
        answer = web.fetch(shop.address, f"{url}&{link}", headers={"Range": "bytes=0-"})
        assert (answer.status, answer.headers["Cache-Control"]) == (206, "private")
        assert list(contents(answer.body).values()) == list(PARTS.values())
        for refused in (url, f"{url}&{link}".replace("alc=42", "alc=43"),
                        given.url(shop).replace("/download/", "/links/") + "&" + link):
            assert web.fetch(shop.address, refused).status == 403
        assert list(contents(given.get_zip(shop).body).values()) == list(PARTS.values())
        assert sold.get_zip(shop).status == 401
    finally:
        shop.stop()


class Ranged(io.RawIOBase):
    """The zip of a book as a file, of which nothing is fetched but what is read."""

    def __init__(self, shop: AudioShop, book: Book, session: str):
        self._shop, self._book, self._session = shop, book, session
        self._at = 0
        self.length = int(book.get_zip(shop, session, "HEAD").headers["Content-Length"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self.length)[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = min(len(buffer), self.length - self._at)
        if size == 0:
            return 0
        answer = self._book.get_zip(self._shop, self._session, Range=f"bytes={self._at}-{self._at + size - 1}")
        assert (answer.status, len(answer.body)) == (206, size)
        buffer[:size] = answer.body
        self._at += size
        return size


def test_a_book_of_terabytes_needs_no_byte_of_it(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    """Its directory and headers are read; what the manifest promises is never there to be sent."""
    sizes = [6 << 30, 5, (1 << 32) - 1, 700 << 30, 1000]
    made = Book(book, {})
    chunks = [{"name": f"{n}.mp3", "size": size, "etag": '"x"', "crc32": f"{n:08x}", "title": f"t{n}"}
              for n, size in enumerate(sizes)]
    for chunk in chunks:
        shop.list_chunk(made.path(str(chunk["name"])))
    made.write_manifest(shop, {"audiodl": 1, "chunks": chunks})
    before = len(proxy.exchanges())
    ranged = Ranged(shop, made, session)
    assert ranged.length > sum(sizes)
    with zipfile.ZipFile(io.BufferedReader(ranged, 64)) as archive:
        assert [(i.file_size, i.CRC) for i in archive.infolist()] == [(size, n) for n, size in enumerate(sizes)]
        assert [i.filename for i in archive.infolist()] == [f"{book}/0{n + 1} - t{n}.mp3" for n in range(len(sizes))]
        offset = archive.infolist()[4].header_offset
    header = made.get_zip(shop, session, Range=f"bytes={offset}-{offset + 29}").body
    assert header[:4] == b"PK\x03\x04" and header[22:26] == (1000).to_bytes(4, "little")
    assert len(proxy.exchanges()) == before
    answer = made.get_zip(shop, session)
    assert (answer.status, cause(shop, answer)) == (404, "origin-missing")


def test_it_is_never_compressed_on_the_way(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    shop = make_shop(modules=("filter", "deflate"), extra="SetOutputFilter DEFLATE")
    made = Book(book, PARTS).publish(shop)
    answer = made.get_zip(shop, session, Accept_Encoding="gzip", Range="bytes=0-")
    assert (answer.status, answer.headers["Content-Encoding"]) == (206, None)
    assert list(contents(answer.body).values()) == list(PARTS.values())


def test_a_filter_that_changes_the_bytes_gets_all_of_them(make_shop: Callable[..., AudioShop], session: str,
                                                          book: str) -> None:
    shop = make_shop(modules=["substitute"], extra='<Location /download>\nSetOutputFilter SUBSTITUTE\n'
                     'Substitute "s/old/new/n"\n</Location>')
    made = Book(book, {name: b"an old line\n" * 40_000 for name in ("1.txt", "2.txt")}).publish(shop)
    # Often, because a connection once remembered what its last request had sent.
    for header in ({}, {"Range": "bytes=3-11"}, {"Range": "bytes=99999999-"}) * 5:
        answer = made.get_zip(shop, session, **header)
        assert (answer.status, answer.headers["Accept-Ranges"]) == (200, "none")
        assert answer.body.count(b"an new line\n") == 80_000
    assert "Content-Length" not in made.get_zip(shop, session, "HEAD").headers


def test_the_page_offers_it_where_it_can_be_had(shop: AudioShop, session: str, dune: Book) -> None:
    def offered() -> tuple[bool, bool]:
        answer = web.fetch(shop.address, dune.url(shop, "format=json"), headers=shop.headers(session, {}))
        zip_url = json.loads(answer.body)["formats"].get("zip")
        page = web.fetch(shop.address, dune.url(shop, "format=html"), headers=shop.headers(session, {})).body
        return b"format=zip" in page, zip_url is not None and zip_url.endswith(dune.url(shop))

    assert offered() == (True, True)
    manifest = dune.manifest()
    manifest["chunks"][0].pop("crc32")  # type: ignore[index]
    dune.write_manifest(shop, manifest)
    wait_until(lambda: offered() == (False, False), "the new manifest to be seen")
