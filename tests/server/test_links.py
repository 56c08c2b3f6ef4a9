# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Signed links: in without a session, for one customer and one book, until they end; made by three makers alike.

The shop is the embedded one, a SQLite file and a folder.
"""

import json
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop, Directives, FileOrigin
from servers.command import command_path
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

DATA = some_bytes(5000)
OTHER = CUSTOMER + 1
PHP = Path(__file__).resolve().parents[2] / "conf" / "audiodl-link.php"

# /either: a session or a link. /links: links alone, with no authentication configured at all.
SECTIONS = """
<Location "/either">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAny>
        Require audio-entitled
        Require audio-link
    </RequireAny>
</Location>
<Location "/links">
    SetHandler audiodl
    Require audio-link
</Location>
LogFormat "%u\\t%{audiodl-customer}n\\t%m\\t%U" links
CustomLog "logs.txt" links
"""


def audiodl(*words: str | Path) -> str:
    done = subprocess.run([command_path(), *words], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


class KeyFile:
    """The file of AudioLinkKeys, its newest key first."""

    def __init__(self, path: Path):
        self.path = path
        self.lines: list[str] = []

    def write(self, *lines: str) -> None:
        self.lines = list(lines)
        self.path.touch(0o600)
        self.path.chmod(0o600)
        self.path.write_text("# keys\n" + "".join(lines))

    def sign(self, book: str, customer: str | int = CUSTOMER, *options: str) -> str:
        """The query of a link."""
        return audiodl("sign", "--keys", self.path, "--customer", str(customer), "--book", book, *options).strip()


@pytest.fixture(scope="module")
def keys(workspace: Workspace) -> KeyFile:
    made = KeyFile(workspace.path / "link-keys")
    made.write(audiodl("link-key", "new", "k1"))
    return made


@pytest.fixture(scope="module")
def linked(workspace: Workspace, keys: KeyFile) -> Iterator[AudioShop]:
    changes: Directives = {"AudioLinkKeys": str(keys.path)}
    shop = AudioShop(workspace, "links", FileOrigin(workspace, "links-origin"), SqliteDb(workspace), changes=changes,
                     extra=SECTIONS.replace("logs.txt", str(workspace.path / "links.log")))
    shop.start()
    yield shop
    shop.stop()


@pytest.fixture
def chunk(linked: AudioShop, book_name: str) -> str:
    linked.publish(f"{book_name}/01.mp3", DATA)
    return f"{book_name}/01.mp3"


@pytest.fixture
def book_name(request: pytest.FixtureRequest) -> str:
    return "b-" + request.node.name.replace("[", "-").strip("]")


def fetch(shop: AudioShop, where: str, chunk: str, query: str = "", method: str = "GET", session: str | None = None,
          **headers: str) -> web.Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if session is not None:
        named["Cookie"] = f"{COOKIE}={session}"
    return web.fetch(shop.address, f"/{where}/{web.encode_path(chunk)}" + (f"?{query}" if query else ""), method, named)


@pytest.mark.parametrize("where", ["either", "links"])
def test_a_link_needs_no_session(linked: AudioShop, keys: KeyFile, workspace: Workspace, chunk: str, book_name: str,
                                 where: str) -> None:
    query = keys.sign(book_name)
    probe = fetch(linked, where, chunk, query, "HEAD")
    assert (probe.status, probe.headers["Content-Length"], probe.body) == (200, str(len(DATA)), b"")
    whole = fetch(linked, where, chunk, query)
    assert (whole.status, whole.body) == (200, DATA)
    assert whole.headers["Cache-Control"] == "private"
    assert fetch(linked, where, chunk, query, Range="bytes=10-19").body == DATA[10:20]
    # The customer of the link is the user, in %u as elsewhere.
    log = workspace.path / "links.log"
    wait_until(lambda: f"{CUSTOMER}\t{CUSTOMER}\tGET\t/{where}/{chunk}" in log.read_text(), "the request's log line")


def test_a_link_is_for_every_chunk_of_its_book_and_no_other(linked: AudioShop, keys: KeyFile, chunk: str,
                                                            book_name: str) -> None:
    query = keys.sign(book_name)
    linked.publish(f"{book_name}/02 ü.mp3", DATA)
    linked.publish(f"{book_name}/inner/01.mp3", DATA)
    linked.publish(f"{book_name}x/01.mp3", DATA)
    assert fetch(linked, "either", f"{book_name}/02 ü.mp3", query).body == DATA
    for other in (f"{book_name}/inner/01.mp3", f"{book_name}x/01.mp3"):
        for where in ("either", "links"):
            assert fetch(linked, where, other, query).status == 403


def test_links_of_odd_books_and_customers(linked: AudioShop, keys: KeyFile, book_name: str) -> None:
    for book, customer in ((f"{book_name}/Émile & Söhne/100%", "o'brien \"ü\" \\ %s"), (f"{book_name} + x?y#z", "a@b&c=d")):
        linked.publish(f"{book}/01.mp3", DATA)
        answer = fetch(linked, "links", f"{book}/01.mp3", keys.sign(book, customer))
        assert (answer.status, answer.body) == (200, DATA), book


def test_no_link_is_401_where_a_session_would_do_and_403_where_not(linked: AudioShop, chunk: str) -> None:
    assert fetch(linked, "either", chunk).status == 401
    assert fetch(linked, "either", chunk, "utm_source=x").status == 401
    assert fetch(linked, "links", chunk).status == 403


def test_any_altered_byte_is_403(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    query = keys.sign(book_name)
    assert fetch(linked, "links", chunk, query).status == 200
    for at in range(len(query)):
        for byte in {"A", "0", "_", "&", "=", query[at].swapcase()} - {query[at]}:
            answer = fetch(linked, "links", chunk, query[:at] + byte + query[at + 1:])
            assert answer.status == 403, (at, byte)
            assert DATA[:50] not in answer.body
    for altered in (query[:-1], query + "A", query + "=", query + "%00", query + "&alc=42", f"{query}&{query}",
                    query.replace("alc=42", "alc=%34%32"), query.replace("alc", "ALC")):
        assert fetch(linked, "links", chunk, altered).status == 403, altered
        assert fetch(linked, "either", chunk, altered).status == 403, altered


def test_a_bad_link_still_allows_the_session(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    linked.database.add_purchase(CUSTOMER, book_name)
    owner, stranger = linked.new_session(CUSTOMER), linked.new_session(OTHER)
    bad = keys.sign(book_name)[:-2] + "!!"
    assert fetch(linked, "either", chunk, bad, session=owner).body == DATA
    assert fetch(linked, "either", chunk, bad, session=stranger).status == 403
    assert fetch(linked, "either", chunk, bad, session="0" * 32).status == 403
    assert fetch(linked, "either", chunk, bad).status == 403
    # And a good link helps whoever has a session that is not entitled.
    assert fetch(linked, "either", chunk, keys.sign(book_name), session=stranger).body == DATA


def test_a_link_ends(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    query = keys.sign(book_name, CUSTOMER, "--ttl", "2s")
    end = int(urllib.parse.parse_qs(query)["alx"][0])
    wait_until(lambda: time.time() >= end, "the link's end", seconds=30)
    for where in ("either", "links"):
        assert fetch(linked, where, chunk, query).status == 403
    assert fetch(linked, "links", chunk, keys.sign(book_name, CUSTOMER, "--ttl", "1h")).status == 200


def test_a_refusal_says_nothing_about_what_exists(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    expired = keys.sign(book_name).replace("alx=", "alx=1")
    for method in ("GET", "HEAD"):
        there = fetch(linked, "links", chunk, expired, method)
        missing = fetch(linked, "links", f"{book_name}/99.mp3", expired, method)
        assert (there.status, len(there.body)) == (missing.status, len(missing.body)) == (403, len(there.body))
        assert sorted(there.headers) == sorted(missing.headers)
    assert fetch(linked, "links", f"{book_name}/99.mp3", keys.sign(book_name)).status == 404


def test_a_link_costs_no_sql(linked: AudioShop, keys: KeyFile, make_shop: Callable[..., AudioShop], mariadb: object,
                             chunk: str, book_name: str) -> None:
    """With MariaDB, whose statements can be counted; down it must not matter either."""
    shop = make_shop(changes={"AudioLinkKeys": str(keys.path)}, extra=SECTIONS.rpartition("LogFormat")[0])
    shop.publish(chunk, DATA)
    query = keys.sign(book_name)
    with mariadb.statements() as asked:  # type: ignore[attr-defined]
        assert fetch(shop, "either", chunk, query, session=shop.new_session(CUSTOMER)).status == 200
        assert fetch(shop, "either", chunk, query).status == 200
    assert asked == []
    with mariadb.statements() as asked:  # type: ignore[attr-defined]
        assert fetch(shop, "either", chunk, session=shop.new_session(CUSTOMER)).status == 403
    assert asked, "the counter of statements sees nothing"


def test_keys_rotate_without_breaking_links(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    old_line = keys.lines[0]
    old = keys.sign(book_name)
    new_line = audiodl("link-key", "new", "k2")
    try:
        # First everywhere known, then used, then the old one gone.
        keys.write(old_line, new_line)
        linked.apache.graceful()
        assert "alk=k1&" in keys.sign(book_name)
        keys.write(new_line, old_line)
        new = keys.sign(book_name)
        assert "alk=k2&" in new
        for query in (old, new):
            assert fetch(linked, "links", chunk, query).status == 200
        keys.write(new_line, old_line.strip() + " not-after=2020-01-01T00:00:00Z\n")
        linked.apache.graceful()
        # Children of before the reload may still answer for a moment.
        wait_until(lambda: fetch(linked, "links", chunk, old).status == 403, "the old key to be retired", seconds=30)
        assert fetch(linked, "links", chunk, new).status == 200
    finally:
        keys.write(old_line)
        linked.apache.graceful()
    wait_until(lambda: fetch(linked, "links", chunk, old).status == 200, "the first key to be back", seconds=30)


@pytest.mark.parametrize("customer, book, name", [
    ("42", "Moby-Dick", "01.mp3"), ("o'brien \"ü\" \\ %s", "fantasy/Émile & Söhne/100%", "a b+c.mp3"),
    ("日本", "x?y#z", "~!*'(),.mp3"), ("a@b.example", "[x](y){z}", "-_.~.mp3"),
])
def test_php_makes_the_same_link(keys: KeyFile, customer: str, book: str, name: str) -> None:
    base = "https://www.example.org/download"
    expires = "2030-01-01T00:00:00Z"
    made = audiodl("sign", "--keys", keys.path, "--customer", customer, "--book", book, "--chunk", name, "--url", base + "/",
                   "--expires", expires).strip()
    script = "require $argv[1]; echo audiodl_link(...array_slice($argv, 2, 5), ...[strtotime($argv[7])]);"
    done = subprocess.run(["php", "-n", "-d", "display_errors=stderr", "-r", script, "--", PHP, base, keys.lines[0],
                           customer, book, name, expires], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (made, "")


@pytest.mark.parametrize("book", ["", "Moby-Dick", "fantasy/Émile & Söhne/100%"])
@pytest.mark.parametrize("device", ["phone", "Mum's phone & car 50%"])
def test_php_makes_the_same_feed_and_the_same_links_for_a_device(keys: KeyFile, book: str, device: str) -> None:
    base, expires = "https://www.example.org/download", "2030-01-01T00:00:00Z"
    words = ["--keys", str(keys.path), "--customer", "o'brien", "--device", device, "--url", base, "--expires", expires]
    of_book = ["--book", book] if book else []
    feed = audiodl("sign", "--feed", *words, *of_book).strip()
    assert feed.startswith(f"{base}/{urllib.parse.quote(book + '/' if book else '')}?format=rss&alc=")
    script = ("require $argv[1]; [$key, $device, $book, $end] = [$argv[2], $argv[3], $argv[4], strtotime($argv[5])];"
              f"echo audiodl_feed('{base}', $key, \"o'brien\", $device, $end, $book), \"\\n\";"
              f"if ($book) echo audiodl_link('{base}', $key, \"o'brien\", $book, '01.mp3', $end, $device), \"\\n\";")
    done = subprocess.run(["php", "-n", "-d", "display_errors=stderr", "-r", script, "--", PHP, keys.lines[0], device,
                           book, expires], capture_output=True, text=True, check=True)
    made = [feed] + ([audiodl("sign", *words, *of_book, "--chunk", "01.mp3").strip()] if book else [])
    assert (done.stdout.splitlines(), done.stderr) == (made, "")


def test_the_links_of_a_whole_book(linked: AudioShop, keys: KeyFile, book_name: str) -> None:
    for name in ("02.mp3", "01.mp3", "10 ü.mp3"):
        linked.publish(f"{book_name}/{name}", DATA)
    (linked.listing / book_name / ".audiodl.json").write_text("{}")
    (linked.listing / book_name / "not-empty.mp3").write_text("x")
    (linked.listing / book_name / "inner").mkdir()
    words = ["sign", "--keys", keys.path, "--customer", "7", "--book", book_name, "--listing", linked.listing,
             "--url", f"{linked.address}/links"]
    links = audiodl(*words).splitlines()
    assert [urllib.parse.unquote(urllib.parse.urlsplit(link).path).rsplit("/", 1)[1] for link in links] == [
        "01.mp3", "02.mp3", "10 ü.mp3"]
    for link in links:
        done = subprocess.run(["curl", "-sfI", link], capture_output=True, text=True, check=True)
        assert f"content-length: {len(DATA)}" in done.stdout.lower()
    rows = [json.loads(line) for line in audiodl(*words, "--json").splitlines()]
    assert [row["chunk"] for row in rows] == ["01.mp3", "02.mp3", "10 ü.mp3"]
    assert {(row["customer"], row["book"]) for row in rows} == {("7", book_name)}


@pytest.mark.parametrize("words, code, says", [
    (["--customer", "1"], 2, "--book"),
    (["--book", "b"], 2, "--customer"),
    (["--customer", "", "--book", "b"], 2, "customer"),
    (["--customer", "1", "--book", "../b"], 2, "dot"),
    (["--customer", "1", "--book", "b", "--ttl", "soon"], 2, "--ttl"),
    (["--customer", "1", "--book", "b", "--ttl", "0s"], 2, "--ttl"),
    (["--customer", "1", "--book", "b", "--expires", "2020-01-01T00:00:00Z"], 2, "over"),
    (["--customer", "1", "--book", "b", "--expires", "2099-01-01T00:00:00Z", "--ttl", "1d"], 2, "--ttl"),
    (["--customer", "1", "--book", "b", "--url", "www.example.org"], 2, "https://"),
    (["--customer", "1", "--book", "b", "--chunk", "a/b"], 2, "--chunk"),
    (["--customer", "1", "--book", "b", "--chunk", ".x"], 2, "--chunk"),
    (["--customer", "1", "--book", "b", "--chunk", "a", "--listing", "/x"], 2, "--listing"),
    (["--customer", "1", "--book", "", "--device", "phone"], 2, "--book"),
    (["--customer", "1", "--book", "b", "--device", "x" * 65], 2, "--device"),
    (["--customer", "1", "--book", "b", "--device", ""], 2, "--device"),
    (["--customer", "1", "--feed"], 2, "--device"),
    (["--customer", "1", "--feed", "--device", "phone", "--chunk", "01.mp3"], 2, "--chunk"),
    (["--customer", "1", "--book", "b", "--listing", "/does/not/exist"], 3, "/does/not/exist"),
    (["--customer", "1", "--book", "b", "--keys", "/does/not/exist"], 3, "/does/not/exist"),
])
def test_what_cannot_be_signed_is_explained(keys: KeyFile, words: list[str], code: int, says: str) -> None:
    given = words if "--keys" in words else ["--keys", str(keys.path), *words]
    done = subprocess.run([command_path(), "sign", *given], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_a_key_file_that_others_can_read_stops_the_start(linked: AudioShop, workspace: Workspace) -> None:
    path = workspace.path / "open-keys"
    path.write_text("k1 " + "A" * 43 + "=\n")
    path.chmod(0o644)
    for said, expected in ((str(path), "chmod 0600"), ("/does/not/exist", "No such file"), ("keys", "absolute path")):
        code, output = linked.apache.configtest(linked.config({"AudioLinkKeys": said}))
        assert code != 0 and "AudioLinkKeys" in output and said in output and expected in output, output


def test_without_keys_links_open_nothing(linked: AudioShop, make_shop: Callable[..., AudioShop], workspace: Workspace,
                                         keys: KeyFile, chunk: str, book_name: str) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "nokeys-origin"), database=SqliteDb(workspace),
                     extra=SECTIONS.rpartition("LogFormat")[0])
    shop.publish(chunk, DATA)
    assert fetch(shop, "links", chunk, keys.sign(book_name)).status == 403
    shop.database.add_purchase(CUSTOMER, book_name)
    assert fetch(shop, "either", chunk, keys.sign(book_name), session=shop.new_session(CUSTOMER)).status == 200


def test_our_log_lines_hold_no_signature(linked: AudioShop, keys: KeyFile, chunk: str, book_name: str) -> None:
    good, bad = keys.sign(book_name), keys.sign(book_name, OTHER)
    signature = urllib.parse.parse_qs(bad)["als"][0]
    assert fetch(linked, "either", chunk, good).status == 200
    assert fetch(linked, "either", chunk, bad.replace(f"alc={OTHER}", f"alc={CUSTOMER}")).status == 403
    log = linked.apache.error_log()
    assert "audiodl:" in log
    assert signature not in log and urllib.parse.parse_qs(good)["als"][0] not in log
