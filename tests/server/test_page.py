# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The page of a book, and its other forms, as browsers, players, download managers and the shop's PHP read them."""

import hashlib
import html as html_module
import io
import json
import re
import secrets
import subprocess
import time
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import html5lib
import jsonschema
import pytest

from books import BOOKS_QUERY, EITHER, audiodl, chunk_of, fetch, list_book, page, publish_book, write_keys, write_manifest
from servers.audioshop import AudioShop, FileOrigin, S3Origin
from servers.mariadb import MariaDb
from servers.proxy import Proxy
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

OTHER = CUSTOMER + 1
ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "conf/audiodl-page.schema.json").read_text())
HTML = "{http://www.w3.org/1999/xhtml}"
FORMATS = ["html", "fragment", "json", "m3u8", "xspf", "cue", "metalink", "rss", "chapters&part=01.mp3"]

# The shop's own record of downloads.
PAGE_QUERY = ('"SELECT 1, NULL, NULL, d.chunk, d.completed_at FROM purchases p LEFT JOIN downloads d ON '
              'd.customer_id = p.customer_id AND d.book = p.book '
              'WHERE p.customer_id = %{customer}s AND p.book = %{book}s"')
HOSTILE = '<script>alert(1)</script>"\' onload=x &amp; </title></style>'


@pytest.fixture(scope="module")
def keys(workspace: Workspace) -> Path:
    return write_keys(workspace)


@pytest.fixture(scope="module")
def shop(workspace: Workspace, s3_origin: S3Origin, mariadb: MariaDb, keys: Path) -> Iterator[AudioShop]:
    """MariaDB, and S3 through the proxy."""
    mariadb.sql("CREATE TABLE IF NOT EXISTS downloads (customer_id VARCHAR(64), book VARCHAR(255), chunk VARCHAR(255), "
                "completed_at BIGINT) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    made = AudioShop(workspace, "pages", s3_origin, mariadb, extra=EITHER,
                     changes={"AudioLinkKeys": str(keys), "AudioBooksQuery": BOOKS_QUERY, "AudioPageQuery": PAGE_QUERY})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def new_book(mariadb: MariaDb) -> str:
    """The name of a book that CUSTOMER has bought."""
    name = f"shelf/book-{secrets.token_hex(4)}"
    mariadb.add_purchase(CUSTOMER, name)
    return name


@pytest.fixture
def visitor(shop: AudioShop) -> str:
    """A session of CUSTOMER that nothing is remembered of."""
    return shop.new_session(CUSTOMER)


def tree_of(answer) -> "html5lib.treebuilders.etree":
    """Strictly: a parse error is an exception."""
    return html5lib.HTMLParser(strict=True).parse(answer.body, transport_encoding="utf-8")


def text_in(node) -> str:
    return "".join(node.itertext())


def link_of(keys: Path, book: str, *options: str) -> str:
    return audiodl("sign", "--keys", keys, "--customer", str(CUSTOMER), "--book", book, *options).strip()


# --- what it costs -------------------------------------------------------------------------------


def test_a_book_of_200_parts_costs_no_question_to_s3_and_two_to_the_database(
        shop: AudioShop, mariadb: MariaDb, proxy: Proxy, new_book: str, visitor: str) -> None:
    names = [f"CD{disc}-{track}.mp3" for disc in range(1, 11) for track in range(1, 21)]
    list_book(shop, new_book, sorted(names))
    mariadb.sql(f"INSERT INTO downloads VALUES ('{CUSTOMER}', '{new_book}', 'CD3-7.mp3', 1790000000)")
    before = len(proxy.exchanges())
    with mariadb.statements() as asked:
        answer = fetch(shop, page(shop, new_book), visitor)
    assert answer.status == 200
    tree = tree_of(answer)
    links = [a.get("href").rsplit("/", 1)[1] for a in tree.iter(f"{HTML}a") if a.get("class") == "get"]
    assert links == names, "natural order: 2 before 10, CD2 before CD10"
    assert text_in(tree).count("Downloaded on 21 Sep 2026") == 1
    assert len(proxy.exchanges()) == before
    assert 1 <= len([line for line in asked if "audiodl_revocations" not in line]) <= 2, asked
    # What is remembered of the right is not asked again.
    with mariadb.statements() as asked:
        assert fetch(shop, page(shop, new_book), visitor).body == answer.body
    assert len([line for line in asked if "audiodl_revocations" not in line]) == 1, asked


def test_one_statement_for_session_and_right_leaves_one_for_downloads(
        workspace: Workspace, mariadb: MariaDb, make_shop: Callable[..., AudioShop]) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "both-origin"), changes={
        "AudioPageQuery": PAGE_QUERY, "AudioEntitlementQuery": None, "AudioSessionQuery": None,
        "AudioSessionEntitlementQuery":
            '"SELECT s.data, p.book IS NOT NULL FROM sessions s LEFT JOIN purchases p ON '
            'p.customer_id = \'42\' AND p.book = %{book}s WHERE s.id = %{session}s"'})
    book = f"both-{secrets.token_hex(3)}"
    mariadb.add_purchase(CUSTOMER, book)
    list_book(shop, book, ["01.mp3"])
    session = shop.new_session(CUSTOMER)
    with mariadb.statements() as asked:
        assert fetch(shop, page(shop, book, where="download"), session).status == 200
    assert len(asked) == 2, asked


# --- who may see it ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_may_not_hear_a_book_learns_nothing_of_it(shop: AudioShop, new_book: str, form: str, method: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"x" * 1000}, title="Secret")
    stranger = shop.new_session(OTHER)
    for session, status in ((stranger, 403), (None, 401), ("0" * 32, 401)):
        there = fetch(shop, page(shop, new_book, f"format={form}"), session, method)
        missing = fetch(shop, page(shop, "shelf/no-such-book", f"format={form}"), session, method)
        assert (there.status, missing.status) == (status, status)
        unlike = {"Date", "X-Audiodl-Code"}
        assert {k: v for k, v in there.headers.items() if k not in unlike} == {
            k: v for k, v in missing.headers.items() if k not in unlike}
        code = re.compile(rb"[0-9A-Z]{10}")
        assert code.sub(b"", there.body) == code.sub(b"", missing.body)
        assert b"Secret" not in there.body


def test_a_book_that_is_not_for_sale_is_not_found_by_its_owner(shop: AudioShop, new_book: str, visitor: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"x"})
    assert fetch(shop, page(shop, new_book), visitor).status == 200
    (shop.listing / new_book / "01.mp3").unlink()
    for query in ("", "format=json", "format=rss"):
        answer = fetch(shop, page(shop, new_book, query), visitor)
        assert (answer.status, answer.headers["Cache-Control"]) == (404, "private, no-store")
    assert fetch(shop, page(shop, new_book, "format=zap"), visitor).status == 404
    assert fetch(shop, page(shop, "shelf"), visitor).status == 403


def test_other_methods_are_refused(shop: AudioShop, new_book: str, visitor: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"x"})
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert fetch(shop, page(shop, new_book), visitor, method).status == 405
    assert fetch(shop, page(shop, new_book), visitor).status == 200


def test_a_signed_link_opens_the_page_and_stays_in_its_addresses(shop: AudioShop, keys: Path, new_book: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"one", "02.mp3": b"two"})
    link = link_of(keys, new_book)
    answer = fetch(shop, page(shop, new_book, link))
    assert answer.status == 200
    tree = tree_of(answer)
    found = [a.get("href") for a in tree.iter(f"{HTML}a")]
    assert len(found) >= 7
    for href in found:
        assert link in href
        assert fetch(shop, href.partition("#")[0]).status == 200, href
    # Who came by a link makes no others: neither by the form, nor by asking.
    assert not list(tree.iter(f"{HTML}form"))
    asked = fetch(shop, page(shop, new_book, f"format=m3u8&links=signed&device=thief&{link}")).body.decode()
    assert "ald=" not in asked and link in asked
    assert "thief" not in fetch(shop, page(shop, new_book, f"device=thief&{link}")).body.decode()


def test_a_download_that_merely_goes_on_makes_no_link(shop: AudioShop, mariadb: MariaDb, new_book: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"one"})
    session = shop.new_session(CUSTOMER)
    query = "format=m3u8&links=signed"
    assert b"als=" in fetch(shop, page(shop, new_book, query), session).body
    assert b"<form" in fetch(shop, page(shop, new_book), session).body
    other = make_quick(shop, "AudioDecisionTTL", "1s 1s")
    try:
        assert b"<form" in fetch(shop, page(shop, new_book), session).body
        mariadb.sql(f"DELETE FROM sessions WHERE id = '{session}'")
        wait_until(lambda: b"<form" not in fetch(shop, page(shop, new_book), session).body, "the session's end", 30)
        # The grant holds, and what it shows is the book's page all the same.
        answer = fetch(shop, page(shop, new_book, query), session)
        assert (answer.status, b"als=" in answer.body) == (200, False)
        assert fetch(shop, page(shop, "", "device=phone"), session).status == 401
    finally:
        other()


def make_quick(shop: AudioShop, directive: str, value: str) -> Callable[[], None]:
    """The shop with another setting, until what is returned is called."""
    shop.apache.graceful(shop.config({directive: value}))
    return lambda: shop.apache.graceful(shop.config())


def test_a_free_title_shows_its_page_to_everybody(workspace: Workspace, make_shop: Callable[..., AudioShop],
                                                  keys: Path) -> None:
    free = workspace.path / f"free-{secrets.token_hex(3)}"
    free.write_text('"gift" 2020-01-01T00:00:00Z 2099-01-01T00:00:00Z\n')
    shop = make_shop(origin=FileOrigin(workspace, "free-origin"), database=SqliteDb(workspace), extra=EITHER, changes={
        "AudioFreeTitles": str(free), "AudioLinkKeys": str(keys), "AudioBooksQuery": BOOKS_QUERY})
    publish_book(shop, "gift", {"01.mp3": b"x"})
    answer = fetch(shop, page(shop, "gift"))
    assert answer.status == 200 and b"<form" not in answer.body
    assert b"als=" not in fetch(shop, page(shop, "gift", "format=m3u8&links=signed")).body
    assert fetch(shop, page(shop, "")).status == 401


# --- as a page -----------------------------------------------------------------------------------


def test_the_page_is_valid_and_its_structure_can_be_heard(shop: AudioShop, new_book: str, visitor: str) -> None:
    names = [f"{number:02}.mp3" for number in range(1, 4)]
    write_manifest(shop, new_book, [
        {"name": name, "title": f"Teil {name}", "size": 30_000_000, "duration_ms": 1_888_400,
         "chapters": [{"start_ms": 0, "title": "Anfang"}, {"start_ms": 62_500, "title": "Ende"}]} for name in names],
        title="Der Wüstenplanet", author="Frank Herbert", narrator="Wer", language="de", cover="/cover.jpg",
        description="Eins.\n\nZwei.")
    list_book(shop, new_book, names)
    for where, query in ((new_book, ""), (new_book, "play=02.mp3&t=62"), (new_book, "device=Mum's+phone"), ("", "")):
        tree = tree_of(fetch(shop, page(shop, where, query), visitor))
        everything = list(tree.iter())
        tags = [node.tag.removeprefix(HTML) for node in everything if isinstance(node.tag, str)]
        assert tree.get("lang") == "en"
        assert tags.count("h1") == tags.count("main") == tags.count("title") == 1
        assert not {"script", "iframe", "table", "font"} & set(tags)
        assert not [name for node in everything for name in node.keys() if name.startswith("on") or name == "style"]
        levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:]))
        ids = [node.get("id") for node in everything if node.get("id")]
        assert len(ids) == len(set(ids))
        for node in everything:
            for name in ("aria-labelledby", "aria-describedby", "for"):
                assert node.get(name) is None or node.get(name) in ids, (name, node.get(name))
        labelled = {node.get("for") for node in tree.iter(f"{HTML}label")}
        assert all(field.get("id") in labelled for field in tree.iter(f"{HTML}input"))
        assert all(text_in(a).strip() for a in tree.iter(f"{HTML}a"))
        assert all(text_in(button).strip() for button in tree.iter(f"{HTML}button"))
        assert all(image.get("alt") is not None for image in tree.iter(f"{HTML}img"))
        for kind in ("ol", "ul"):
            for listed in tree.iter(f"{HTML}{kind}"):
                assert {child.tag for child in listed} == {f"{HTML}li"}
        assert all(section.get("aria-labelledby") for section in tree.iter(f"{HTML}section"))
        # Names of links say where they lead, each of them another place; of books there may be two of one title.
        spoken: dict[str, str] = {}
        for a in tree.iter(f"{HTML}a") if where else ():
            name = " ".join(text_in(a).split())
            assert spoken.setdefault(name, a.get("href")) == a.get("href"), name
    assert [h1.get("lang") for h1 in tree_of(fetch(shop, page(shop, new_book), visitor)).iter(f"{HTML}h1")] == ["de"]


def luminance(color: str) -> float:
    color = color if len(color) == 7 else "#" + "".join(c * 2 for c in color[1:])
    parts = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_enough_in_light_and_dark(shop: AudioShop, new_book: str, visitor: str) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for a field's border."""
    list_book(shop, new_book, ["01.mp3"])
    css = fetch(shop, page(shop, new_book), visitor).body.decode().partition("<style>")[2].partition("</style>")[0]
    schemes = re.findall(r":root\{(.*?)\}", css, re.S)
    assert len(schemes) == 2
    for scheme in schemes:
        color = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", scheme))
        for text in ("ink", "soft", "link", "done", "bad"):
            assert contrast(color[text], color["paper"]) >= 4.5, (text, scheme)
        assert contrast(color["ink"], color["field"]) >= 4.5
        assert contrast(color["on-button"], color["link"]) >= 4.5
        assert contrast(color["soft"], color["field"]) >= 3
    # No color but these.
    assert not re.search(r"#[0-9a-f]{3,6}\b", re.sub(r":root\{.*?\}", "", css, flags=re.S))


def test_no_title_becomes_markup(shop: AudioShop, new_book: str, visitor: str) -> None:
    names = ["01.mp3", "a <b>&\"'.mp3", "#?%41;.mp3"]
    list_book(shop, new_book, names)
    write_manifest(shop, new_book, [{"name": names[0], "title": HOSTILE, "chapters": [{"start_ms": 0, "title": HOSTILE}]}],
                   title=HOSTILE, author=HOSTILE, narrator=HOSTILE, description=HOSTILE, language='de" x="', cover="javascript:x")
    device = urllib.parse.quote(HOSTILE[:40])
    for query in ("", f"play=01.mp3&device={device}"):
        tree = tree_of(fetch(shop, page(shop, new_book, query), visitor))
        assert not list(tree.iter(f"{HTML}script")) and not list(tree.iter(f"{HTML}img"))
        assert text_in(next(tree.iter(f"{HTML}h1"))) == HOSTILE
        links = [a for a in tree.iter(f"{HTML}a") if a.get("class") == "get"]
        assert [text_in(a) for a in links] == [HOSTILE, '#?%41;', "a <b>&\"'"]
        assert [urllib.parse.unquote(a.get("href")).rpartition("/")[2] for a in links] == [names[0], names[2], names[1]]
        assert all(urllib.parse.urlsplit(a.get("href")).path.startswith("/either/") for a in tree.iter(f"{HTML}a"))
    for form in FORMATS:
        answer = fetch(shop, page(shop, new_book, f"format={form}"), visitor)
        assert answer.status == 200, form
        assert not [value for value in answer.headers.values() if "\n" in value or "<script" in value]


def test_headers_keep_a_page_private_and_to_itself(shop: AudioShop, new_book: str, visitor: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"x"}, cover="https://img.example.org/dune.jpg")
    for form in FORMATS:
        headers = fetch(shop, page(shop, new_book, f"format={form}"), visitor).headers
        assert headers["Cache-Control"] == "private, no-cache", form
        assert headers["X-Robots-Tag"] == "noindex, nofollow" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers and "Expires" not in headers
    policy = fetch(shop, page(shop, new_book), visitor).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "img-src https://img.example.org;" in policy and "unsafe" not in policy and "script-src" not in policy
    assert fetch(shop, page(shop, new_book, "device=phone"), visitor).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("form", FORMATS)
def test_head_and_conditions(shop: AudioShop, new_book: str, visitor: str, form: str) -> None:
    publish_book(shop, new_book, {"01.mp3": b"x", "02.mp3": b"y"})
    path = page(shop, new_book, f"format={form}")
    whole = fetch(shop, path, visitor)
    head = fetch(shop, path, visitor, "HEAD")
    ignored = {"Date"}
    assert (head.status, head.body) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k not in ignored} == {
        k: v for k, v in whole.headers.items() if k not in ignored}
    assert int(whole.headers["Content-Length"]) == len(whole.body)
    etag = whole.headers["ETag"]
    same = fetch(shop, path, visitor, If_None_Match=etag)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
    assert same.headers["Cache-Control"] == "private, no-cache"
    assert fetch(shop, path, visitor, If_None_Match='"other"').status == 200
    assert fetch(shop, path, visitor, If_Match='"other"').status == 412
    dated = form not in ("html", "fragment", "json")
    assert ("Last-Modified" in whole.headers) == dated
    if dated:
        assert fetch(shop, path, visitor, If_Modified_Since=whole.headers["Last-Modified"]).status == 304
    # A part that comes or goes is another content.
    list_book(shop, new_book, ["03.mp3"])
    if not form.startswith("chapters"):
        assert fetch(shop, path, visitor, If_None_Match=etag).status == 200


def test_accept_chooses_between_html_and_json(shop: AudioShop, new_book: str, visitor: str) -> None:
    list_book(shop, new_book, ["01.mp3"])
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, kind in ((browser, "text/html; charset=utf-8"), ("application/json", "application/json"),
                         ("*/*", "text/html; charset=utf-8"), ("application/json;q=0.5, text/html", "text/html; charset=utf-8")):
        answer = fetch(shop, page(shop, new_book), visitor, Accept=accept)
        assert (answer.headers["Content-Type"], answer.headers["Vary"]) == (kind, "Accept")
    assert "Vary" not in fetch(shop, page(shop, new_book, "format=html"), visitor, Accept="application/json").headers


def test_the_shops_own_style(shop: AudioShop, make_shop: Callable[..., AudioShop], workspace: Workspace) -> None:
    styled = make_shop(origin=FileOrigin(workspace, "css-origin"), database=SqliteDb(workspace), extra=EITHER,
                       changes={"AudioPageCSS": "https://www.example.org/shop.css?v=1&x"})
    styled.database.add_purchase(CUSTOMER, "b")
    list_book(styled, "b", ["01.mp3"])
    answer = fetch(styled, page(styled, "b"), styled.new_session(CUSTOMER))
    tree = tree_of(answer)
    assert [link.get("href") for link in tree.iter(f"{HTML}link") if link.get("rel") == "stylesheet"] == [
        "https://www.example.org/shop.css?v=1&x"]
    assert not list(tree.iter(f"{HTML}style"))
    assert "style-src https://www.example.org;" in answer.headers["Content-Security-Policy"]


def zip_links(answer) -> list[str]:
    return [a.get("href") for a in tree_of(answer).iter(f"{HTML}a") if a.get("class") == "button"]


def test_a_zip_is_offered_where_it_can_be_had(shop: AudioShop, new_book: str, visitor: str) -> None:
    parts = {"1.mp3": some_bytes(1000, 1), "2.mp3": some_bytes(2000, 2)}
    publish_book(shop, new_book, parts, title="Dune")
    links = zip_links(fetch(shop, page(shop, new_book), visitor))
    assert links == [page(shop, new_book, "format=zip")]
    made = fetch(shop, links[0], visitor)
    with zipfile.ZipFile(io.BytesIO(made.body)) as opened:
        assert [opened.read(entry) for entry in opened.infolist()] == list(parts.values())
    assert json.loads(fetch(shop, page(shop, new_book, "format=json"), visitor).body)["formats"]["zip"] == shop.address + links[0]
    # A part that the manifest does not know cannot be in one; and one part alone is none.
    list_book(shop, new_book, ["3.mp3"])
    assert zip_links(fetch(shop, page(shop, new_book), visitor)) == []
    for name in ("2.mp3", "3.mp3"):
        (shop.listing / new_book / name).unlink()
    assert zip_links(fetch(shop, page(shop, new_book), visitor)) == []
    assert "zip" not in json.loads(fetch(shop, page(shop, new_book, "format=json"), visitor).body)["formats"]


# --- looked at -----------------------------------------------------------------------------------


WIDTHS = (320, 390, 1280)


def look_at(workspace: Workspace, name: str, html: str) -> tuple[Path, list[dict]]:
    """A picture of the page in frames of those widths, and what the browser measured in each."""
    folder = workspace.directory(f"pictures-{name}")
    text = html.replace("&", "&amp;").replace('"', "&quot;")
    # A frame's document has the wrapper's origin, so that it can be measured; a window of Chromium cannot be narrow.
    frames = "".join(f'<iframe style="border:0;width:{width}px;height:2600px" srcdoc="{text}"></iframe>' for width in WIDTHS)
    wrapper = folder / "wrapper.html"
    wrapper.write_text(f"""<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;white-space:nowrap">{frames}
<script>
onload = () => document.body.dataset.measured = JSON.stringify([...document.querySelectorAll("iframe")].map(frame => {{
  const inside = frame.contentDocument, root = inside.documentElement;
  const all = selector => [...inside.querySelectorAll(selector)];
  const told = elements => elements.map(e => e.outerHTML.slice(0, 200));
  return {{width: root.clientWidth, scroll: root.scrollWidth,
    wide: told(all("body *:not(.unseen)").filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5)),
    small: told(all(".get, .play, button, .button, input").filter(e => e.getBoundingClientRect().height < 24)),
    font: parseFloat(getComputedStyle(inside.body).fontSize), links: all(".get").length}};
}}));
</script>""")
    common = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
              f"--user-data-dir={folder}/profile", "--window-size=2020,2600"]
    picture = folder / "page.png"
    subprocess.run([*common, f"--screenshot={picture}", wrapper.as_uri()], check=True, capture_output=True, timeout=120)
    dom = subprocess.run([*common, "--dump-dom", wrapper.as_uri()], check=True, capture_output=True, text=True, timeout=120)
    measured = re.search(r'data-measured="([^"]*)"', dom.stdout)
    assert measured, dom.stdout[-2000:]
    return picture, json.loads(html_module.unescape(measured[1]))


def test_it_fits_a_phone_and_a_wide_screen(shop: AudioShop, workspace: Workspace, mariadb: MariaDb, new_book: str,
                                           visitor: str) -> None:
    """AUDIODL_KEEP=1 keeps the pictures."""
    names = [f"{number:02}.mp3" for number in range(1, 13)]
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    chunks = [{"name": name, "title": f"Chapter {number}: the desert", "size": 28_400_000 + number * 100_000,
               "duration_ms": 1_888_400, "chapters": [{"start_ms": 0, "title": "One"}, {"start_ms": 61_000, "title": long}]}
              for number, name in enumerate(names, 1)]
    chunks[4]["title"] = long
    write_manifest(shop, new_book, chunks, title="Dune", author="Frank Herbert", narrator="Simon Vance",
                   description="A boy, a desert, and what lies under it. " * 6, language="en")
    list_book(shop, new_book, names)
    mariadb.sql("INSERT INTO downloads VALUES " + ", ".join(
        f"('{CUSTOMER}', '{new_book}', '{name}', 1793692800)" for name in names[:3]))
    for name, where, query in (("book", new_book, "device=phone&play=02.mp3"), ("library", "", "")):
        picture, frames = look_at(workspace, name, fetch(shop, page(shop, where, query), visitor).body.decode())
        assert picture.stat().st_size > 10_000
        assert [measured["width"] for measured in frames] == list(WIDTHS)
        for measured in frames:
            assert measured["scroll"] <= measured["width"] and not measured["wide"], measured
            assert not measured["small"] and measured["font"] >= 16, measured
            assert measured["links"] == (len(names) if where else 0)


# --- for programs --------------------------------------------------------------------------------


def test_json_is_as_its_schema_says(shop: AudioShop, mariadb: MariaDb, new_book: str, visitor: str) -> None:
    publish_book(shop, new_book, {"02.mp3": b"two", "01.mp3": b"first"}, title="Dune", author="Frank Herbert",
                 cover="/covers/dune.jpg", language="en")
    list_book(shop, new_book, ["extra.mp3"])
    mariadb.sql(f"INSERT INTO downloads VALUES ('{CUSTOMER}', '{new_book}', '01.mp3', 1793692800)")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    book = json.loads(fetch(shop, page(shop, new_book, "format=json"), visitor).body)
    jsonschema.validate(book, SCHEMA, jsonschema.Draft202012Validator)
    assert (book["title"], book["cover"]) == ("Dune", f"{shop.address}/covers/dune.jpg")
    assert "size" not in book  # of one part it is not known
    first, second, third = book["parts"]
    assert (first["name"], first["size"], first["downloaded"]) == ("02.mp3", 3, False)
    assert first["sha256"] == hashlib.sha256(b"two").hexdigest()
    assert (second["downloaded"], second["downloaded_at"]) == (True, "2026-11-03T08:00:00Z")
    assert third == {"name": "extra.mp3", "title": "extra", "type": "audio/mpeg", "downloaded": False,
                     "url": f"{shop.address}/either/{new_book}/extra.mp3"}
    for part, data in ((first, b"two"), (second, b"first")):
        assert fetch(shop, part["url"], visitor).body == data
    for address in book["formats"].values():
        assert fetch(shop, address, visitor).status == 200
    library = json.loads(fetch(shop, page(shop, "", "format=json"), visitor).body)
    jsonschema.validate(library, SCHEMA, jsonschema.Draft202012Validator)
    assert [entry["parts"] for entry in library["books"] if entry["book"] == new_book] == [3]
    broken = {**book, "parts": [{**first, "size": "3"}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA, jsonschema.Draft202012Validator)


def test_aria2_fetches_all_parts_and_checks_them(shop: AudioShop, workspace: Workspace, new_book: str, visitor: str) -> None:
    parts = {f"{number}.mp3": some_bytes(300_000 + number, seed=number) for number in (1, 2, 10)}
    publish_book(shop, new_book, parts, title="Dune: Ün")
    folder = workspace.directory(f"aria-{secrets.token_hex(3)}")

    def aria2(metalink: bytes, into: str) -> subprocess.CompletedProcess:
        (folder / f"{into}.meta4").write_bytes(metalink)
        return subprocess.run(["aria2c", "--no-conf", "--dir", str(folder / into), "--metalink-file",
                               str(folder / f"{into}.meta4"), "--max-tries=1", "--console-log-level=error",
                               "--allow-overwrite=true", "--metalink-base-uri=", "--min-split-size=1M"],
                              capture_output=True, text=True, check=False, timeout=120)

    answer = fetch(shop, page(shop, new_book, "format=metalink&links=signed"), visitor)
    assert answer.headers["Content-Type"] == "application/metalink4+xml"
    assert 'filename="Dune_ Un.meta4"' in answer.headers["Content-Disposition"]
    done = aria2(answer.body, "good")
    assert done.returncode == 0, done.stdout + done.stderr
    saved = {path.name: path.read_bytes() for path in (folder / "good" / "Dune_ Ün").iterdir()}
    assert saved == {f"Dune_ Ün - {at:02} - Part {at}.mp3": data for at, data in enumerate(parts.values(), 1)}
    # Without the signed links nobody is let in; with a wrong digest nothing is believed.
    assert aria2(fetch(shop, page(shop, new_book, "format=metalink"), visitor).body, "cookie").returncode != 0
    digest = hashlib.sha256(parts["2.mp3"]).hexdigest().encode()
    assert digest in answer.body
    assert aria2(answer.body.replace(digest, b"0" * 64), "wrong").returncode != 0


def test_a_metalink_names_the_mirrors(shop: AudioShop, workspace: Workspace, keys: Path,
                                      make_shop: Callable[..., AudioShop]) -> None:
    """Two servers with one listing and one key; the one that made the links is gone."""
    origin, database = FileOrigin(workspace, "mirror-origin"), SqliteDb(workspace)
    mirror = make_shop(origin=origin, database=database, extra=EITHER, changes={"AudioLinkKeys": str(keys)})
    made = make_shop(origin=origin, database=database, extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioMirrors": f"{mirror.address}/either/"})
    data = some_bytes(100_000)
    for shop_of_two in (mirror, made):
        publish_book(shop_of_two, "b c", {"01.mp3": data})
    database.add_purchase(CUSTOMER, "b c")
    metalink = fetch(made, page(made, "b c", "format=metalink&links=signed"), made.new_session(CUSTOMER)).body
    made.stop()
    folder = workspace.directory(f"mirror-{secrets.token_hex(3)}")
    (folder / "b.meta4").write_bytes(metalink)
    subprocess.run(["aria2c", "--no-conf", "-q", "--dir", str(folder), "-M", str(folder / "b.meta4"), "--connect-timeout=5"],
                   check=True, timeout=120)
    assert [path.read_bytes() for path in folder.glob("b c/*.mp3")] == [data]


def test_players_play_the_playlists_without_a_cookie(shop: AudioShop, new_book: str, visitor: str) -> None:
    parts = {"1.mp3": some_bytes(1000, 1), "2.mp3": some_bytes(2000, 2), "10 ü.mp3": some_bytes(3000, 3)}
    publish_book(shop, new_book, parts, title="Dune\n#EXTINF:1")
    answer = fetch(shop, page(shop, new_book, "format=m3u8&links=signed"), visitor)
    assert answer.headers["Content-Type"].startswith("audio/x-mpegurl")
    lines = answer.body.decode().splitlines()
    assert lines[0] == "#EXTM3U" and lines[1] == "#PLAYLIST:Dune #EXTINF:1"
    urls = [line for line in lines if not line.startswith("#")]
    assert [fetch(shop, url).body for url in urls] == list(parts.values())
    assert [line for line in lines if line.startswith("#EXTINF")] == [f"#EXTINF:60.000,Part {n}" for n in (1, 2, 3)]
    # The day's links are the same all day, so that a player that asks again is told 304.
    again = fetch(shop, page(shop, new_book, "format=m3u8&links=signed"), visitor, If_None_Match=answer.headers["ETag"])
    assert again.status in (304, 200) and (again.status == 304 or time.gmtime().tm_hour == 0)
    xspf = fetch(shop, page(shop, new_book, "format=xspf&links=signed"), visitor)
    assert re.findall(r"<location>(.*?)</location>", xspf.body.decode()) == [url.replace("&", "&amp;") for url in urls]
    # Without that wish links are the session's alone.
    assert b"als=" not in fetch(shop, page(shop, new_book, "format=m3u8"), visitor).body


def test_a_cue_sheet_and_chapters(shop: AudioShop, new_book: str, visitor: str) -> None:
    list_book(shop, new_book, ["all.mp3"])
    write_manifest(shop, new_book, [chunk_of("all.mp3", b"x", chapters=[
        {"start_ms": 0, "title": 'The "first"'}, {"start_ms": 62_500, "title": "Second"}])], title="Dune")
    cue = fetch(shop, page(shop, new_book, "format=cue"), visitor)
    assert cue.body.decode() == ('TITLE "Dune"\nFILE "Dune.mp3" MP3\n  TRACK 01 AUDIO\n    TITLE "The \'first\'"\n'
                                 '    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    TITLE "Second"\n    INDEX 01 01:02:37\n')
    chapters = fetch(shop, page(shop, new_book, "format=chapters&part=all.mp3"), visitor)
    assert chapters.headers["Content-Type"] == "application/json+chapters"
    assert json.loads(chapters.body) == {"version": "1.2.0", "chapters": [
        {"startTime": 0, "title": 'The "first"'}, {"startTime": 62.5, "title": "Second"}]}
    assert fetch(shop, page(shop, new_book, "format=chapters&part=none.mp3"), visitor).status == 404
    write_manifest(shop, new_book, [chunk_of("all.mp3", b"x", chapters=[{"start_ms": 0, "title": "x"}] * 100)])
    wait_until(lambda: fetch(shop, page(shop, new_book, "format=cue"), visitor).status == 404, "the new manifest")


# --- when things go wrong ------------------------------------------------------------------------


def test_without_its_database_the_page_is_a_503_or_goes_on(workspace: Workspace, make_shop: Callable[..., AudioShop],
                                                            keys: Path) -> None:
    database = MariaDb(workspace, "mariadb-pages")
    database.sql("CREATE TABLE downloads (customer_id VARCHAR(64), book VARCHAR(255), chunk VARCHAR(255), completed_at BIGINT)")
    shop = make_shop(origin=FileOrigin(workspace, "down-origin"), database=database, extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioBooksQuery": BOOKS_QUERY, "AudioPageQuery": PAGE_QUERY})
    list_book(shop, "b", ["01.mp3"])
    database.add_purchase(CUSTOMER, "b")
    database.sql(f"INSERT INTO downloads VALUES ('{CUSTOMER}', 'b', '01.mp3', 1793692800)")
    known = shop.new_session(CUSTOMER)
    assert b"Downloaded on" in fetch(shop, page(shop, "b"), known).body
    stranger = shop.new_session(CUSTOMER)
    database.stop()
    going_on = fetch(shop, page(shop, "b"), known)
    assert going_on.status == 200 and b"Downloaded on" not in going_on.body and b"01.mp3" in going_on.body
    for path, session in ((page(shop, "b"), stranger), (page(shop, ""), known), (page(shop, "", "format=rss"), known)):
        answer = fetch(shop, path, session)
        assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0


def test_statements_of_pages_that_fail_harm_no_download(workspace: Workspace, make_shop: Callable[..., AudioShop],
                                                        keys: Path) -> None:
    shop = make_shop(origin=FileOrigin(workspace, "broken-origin"), database=SqliteDb(workspace), extra=EITHER, changes={
        "AudioLinkKeys": str(keys), "AudioBooksQuery": '"SELECT book FROM no_such_table WHERE c = %{customer}s"',
        "AudioPageQuery": '"SELECT 1, 2, 3, 4, 5 FROM no_such_table WHERE c = %{customer}s"'})
    publish_book(shop, "b", {"01.mp3": b"x"})
    shop.database.add_purchase(CUSTOMER, "b")
    session = shop.new_session(CUSTOMER)
    for _ in range(8):  # on every process's connections
        assert fetch(shop, page(shop, "b"), session).status == 503
        assert fetch(shop, page(shop, ""), session).status == 503
        assert fetch(shop, "/either/b/01.mp3", shop.new_session(CUSTOMER)).body == b"x"
    assert "no_such_table" in shop.apache.error_log()


def test_a_broken_manifest_shows_the_book_without_it(shop: AudioShop, new_book: str, visitor: str) -> None:
    list_book(shop, new_book, ["2.mp3", "10.mp3"])
    (shop.listing / new_book / ".audiodl.json").write_text('{"audiodl": 1, "title": "Half')
    tree = tree_of(fetch(shop, page(shop, new_book), visitor))
    assert text_in(next(tree.iter(f"{HTML}h1"))) == new_book.rpartition("/")[2]
    assert [text_in(a) for a in tree.iter(f"{HTML}a") if a.get("class") == "get"] == ["2", "10"]
    assert f"{new_book}/.audiodl.json" in shop.apache.error_log()


@pytest.mark.parametrize("changes, says", [
    ({"AudioBooksQuery": '"SELECT book FROM purchases"'}, "%{customer}s"),
    ({"AudioBooksQuery": '"DELETE FROM purchases WHERE x = %{customer}s"'}, "SELECT"),
    ({"AudioPageQuery": '"SELECT 1 FROM p WHERE c = %{customer}s AND b = %{chunk}s"'}, "chunk"),
    ({"AudioPageQuery": PAGE_QUERY, "AudioEntitlementQuery": None}, "AudioEntitlementQuery"),
    ({"AudioPageCSS": "javascript:alert(1)"}, "https://"),
    ({"AudioPageCSS": '"/a; script-src *"'}, "percent-encoded"),
    ({"AudioMirrors": "/download"}, "names no server"),
    ({"AudioMirrors": "https://a/x ftp://b/x"}, "https://"),
    ({"AudioLinkTTL": "soon"}, "AudioLinkTTL"),
    ({"AudioLinkTTL": "0s"}, "end at once"),
    ({"AudioLinkTTL": "1d 0s"}, "end at once"),
])
def test_mistakes_are_found_before_the_start(shop: AudioShop, changes: dict, says: str) -> None:
    code, output = shop.apache.configtest(shop.config(changes))
    assert code != 0 and says in output, output


def test_advice_is_given_before_the_start(shop: AudioShop) -> None:
    code, output = shop.apache.configtest(shop.config())
    assert code == 0 and "AudioRevocations On" in output, output
    code, output = shop.apache.configtest(shop.config({"AudioLinkKeys": None, "AudioLinkTTL": "1d"}))
    assert code == 0 and "AudioLinkTTL means nothing" in output, output
    code, output = shop.apache.configtest(shop.config({"AudioRevocations": "On"}))
    assert code == 0 and "lost device" not in output, output
