# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What was downloaded already, on a book's page that knows it from the ledger: no AudioPageQuery is there."""

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest

from books import EITHER, audiodl, fetch, list_book, page, publish_book, write_keys
from servers import web
from servers.audioshop import AudioShop, FileOrigin, S3Origin
from servers.mariadb import MariaDb
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "conf/audiodl-page.schema.json").read_text())
SIZE = 600_000
# What is noted is in the database within two seconds; a busy machine may take longer.
SOON = 30.0
METRICS = '<Location "/metrics">\n    SetHandler audiodl-metrics\n    Require local\n</Location>\n'
PAGE_QUERY = ('"SELECT 1, NULL, NULL, \'02.mp3\', 1793692800 FROM purchases p '
              'WHERE p.customer_id = %{customer}s AND p.book = %{book}s"')
Database = MariaDb | SqliteDb


@pytest.fixture(scope="module")
def ledger_db(workspace: Workspace) -> Iterator[MariaDb]:
    """One that no other test's httpd asks anything of."""
    made = MariaDb(workspace, "mariadb-page-ledger")
    made.allow_ledger()
    yield made
    made.stop()


@pytest.fixture
def make(make_shop: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb) -> Callable[..., AudioShop]:
    def made(changes: dict | None = None, **settings: object) -> AudioShop:
        journals = workspace.directory(f"journals-{secrets.token_hex(3)}", 0o700, for_server=True)
        chosen = {"database": ledger_db, "extra": EITHER + METRICS, **settings}
        return make_shop(changes={"AudioLedger": "On", "AudioLedgerDir": str(journals), **(changes or {})}, **chosen)

    return made


@pytest.fixture
def book() -> str:
    return f"regal/buch-{secrets.token_hex(4)}-ß"


def note_completion(database: Database, book: str, chunk: str, customer: str = str(CUSTOMER), at: int = 1793692800,
                    generation: str = '"e"', nth: int = 1) -> None:
    """As an import of what was downloaded in years before would."""
    statement = ("INSERT INTO audiodl_completions (download, customer, book, chunk, generation, size, nth, completed_at) "
                 f"VALUES ('{secrets.token_hex(16)}', '{customer}', '{book}', '{chunk}', '{generation}', 3, {nth}, {at})")
    database.sql(statement) if isinstance(database, MariaDb) else database.run(statement)


def parts_of(shop: AudioShop, book: str, session: str) -> dict[str, dict]:
    """By name, as the page's JSON has them."""
    answer = fetch(shop, page(shop, book, "format=json", "download"), session)
    assert answer.status == 200
    told = json.loads(answer.body)
    jsonschema.validate(told, SCHEMA, jsonschema.Draft202012Validator)
    return {part["name"]: part for part in told["parts"]}


def states_in(html: bytes) -> dict[str, str]:
    """What the page says of each part, without its markup."""
    states = {}
    for item in re.findall(rb'(?s)<li><div class="part">.*?</div></li>', html):
        name = re.search(rb'class="get" href="[^"]*/([^"/]+)"', item)
        assert name
        found = re.search(rb'<span class="(?:done|begun)">(.*?)</span>', item)
        states[name[1].decode()] = re.sub(r"<[^>]*>", "", found[1].decode()) if found else ""
    assert states
    return states


def asked_of_the_ledger(statements: list[str]) -> int:
    return len([line for line in statements if "UNION ALL" in line and "audiodl_open_parts" in line])


def count_in_log(shop: AudioShop, text: str) -> int:
    return shop.apache.error_log().count(text)


def test_downloaded_partly_replaced_and_begun_anew(make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb,
                                                   s3_origin: S3Origin) -> None:
    """By downloads alone, in both kinds of database."""
    for database in (ledger_db, SqliteDb(workspace)):
        shop = make(database=database, origin=s3_origin)
        book = f"regal/buch-{secrets.token_hex(4)}-ß"
        database.add_purchase(CUSTOMER, book)
        session = shop.new_session(CUSTOMER)
        names = ["1 ganz.mp3", "2 halb.mp3", "3 ersetzt.mp3", "4 neu.mp3", "5 nie.mp3"]
        parts = {name: some_bytes(SIZE, seed) for seed, name in enumerate(names)}
        publish_book(shop, book, parts, title="Buch")
        assert {part["downloaded"] for part in parts_of(shop, book, session).values()} == {False}

        def get(name: str, **headers: str) -> bytes:
            return shop.get(f"{book}/{name}", session, **headers).body

        today = time.strftime("%d %b %Y", time.gmtime()).lstrip("0")
        for name in (names[0], names[2], names[3]):
            assert get(name) == parts[name]
        get(names[1], Range=f"bytes=0-{SIZE // 2 - 1}")
        wait_until(lambda: [part["name"] for part in parts_of(shop, book, session).values() if part["downloaded"]]
                   == [names[0], names[2], names[3]], "the downloads to be on the page", SOON)
        wait_until(lambda: parts_of(shop, book, session)[names[1]].get("delivered_percent") == 50, "its half", SOON)

        for seed, name in enumerate(names[2:4], 10):
            parts[name] = some_bytes(SIZE, seed)
        publish_book(shop, book, parts, title="Buch")
        wait_until(lambda: "outdated" in parts_of(shop, book, session)[names[2]], "the new manifest", SOON)
        wait_until(lambda: get(names[3], Range="bytes=0-149999") == parts[names[3]][:150_000], "the new generation", SOON)
        wait_until(lambda: "delivered_percent" in parts_of(shop, book, session)[names[3]], "its quarter", SOON)

        told = parts_of(shop, book, session)
        flags = {name: (part["downloaded"], part.get("outdated", False), part.get("delivered_percent"), "downloaded_at" in part)
                 for name, part in told.items()}
        assert flags == {names[0]: (True, False, None, True), names[1]: (False, False, 50, False),
                         names[2]: (False, True, None, True), names[3]: (False, True, 25, True),
                         names[4]: (False, False, None, False)}
        for form in ("", "format=fragment"):
            states = states_in(fetch(shop, page(shop, book, form, "download"), session).body)
            assert list(states.values()) == [f"✓ Downloaded on {today}", "50\u00a0% downloaded, can go on",
                                             f"Downloaded on {today}, replaced since", "25\u00a0% downloaded, can go on", ""]
        # Somebody else who has bought it has downloaded nothing.
        database.add_purchase(CUSTOMER + 1, book)
        other = parts_of(shop, book, shop.new_session(CUSTOMER + 1)).values()
        assert {(part["downloaded"], part.get("delivered_percent")) for part in other} == {(False, None)}


def test_the_last_time_counts_and_nobody_sees_anothers(make: Callable[..., AudioShop], workspace: Workspace,
                                                       ledger_db: MariaDb, book: str) -> None:
    """MariaDB takes a name with a space behind it for the same."""
    shop = make(origin=FileOrigin(workspace, "last-origin"))
    list_book(shop, book, ["01.mp3", "02.mp3"])
    ledger_db.add_purchase(CUSTOMER, book)
    session = shop.new_session(CUSTOMER)
    note_completion(ledger_db, book, "01.mp3", customer=f"{CUSTOMER} ")
    note_completion(ledger_db, f"{book} ", "01.mp3")
    for at in (1793692800, 1790000000):
        note_completion(ledger_db, book, "02.mp3", at=at)
    assert ledger_db.sql(f"SELECT COUNT(*) FROM audiodl_completions WHERE customer = '{CUSTOMER}' AND book = '{book}'") == [["4"]]
    parts = parts_of(shop, book, session)
    assert (parts["01.mp3"]["downloaded"], parts["02.mp3"]["downloaded_at"]) == (False, "2026-11-03T08:00:00Z")


def test_what_it_costs(make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb, book: str) -> None:
    free = workspace.path / f"free-{secrets.token_hex(3)}"
    free.write_text(f'"{book}-gift" 2020-01-01T00:00:00Z 2099-01-01T00:00:00Z\n')
    keys = write_keys(workspace, f"keys-{secrets.token_hex(3)}")
    shop = make({"AudioFreeTitles": str(free), "AudioLinkKeys": str(keys)}, origin=FileOrigin(workspace, "cost-origin"))
    publish_book(shop, book, {"01.mp3": b"x"})
    publish_book(shop, f"{book}-gift", {"01.mp3": b"x"})
    ledger_db.add_purchase(CUSTOMER, book)
    note_completion(ledger_db, book, "01.mp3", generation="")

    def statements_of(path: str, session: str | None, status: int = 200) -> list[str]:
        with ledger_db.statements() as asked:
            assert fetch(shop, path, session).status == status
        # What is shipped to the ledger is not the page's.
        return [line for line in asked if "SELECT data" in line or "FROM purchases" in line or "UNION ALL" in line]

    session = shop.new_session(CUSTOMER)
    cold = statements_of(page(shop, book, where="download"), session)
    assert (len(cold), asked_of_the_ledger(cold)) == (3, 1), cold
    known = statements_of(page(shop, book, where="download"), session)
    assert (len(known), asked_of_the_ledger(known)) == (1, 1), known
    # Nothing for what shows no downloads, for who may not see it or has no name, and for a download.
    for query in ("format=m3u8", "format=rss", "format=metalink"):
        assert statements_of(page(shop, book, query, "download"), session) == []
    assert statements_of(page(shop, "nothing", where="download"), None, 401) == []
    for path, who, status in ((page(shop, book, where="download"), None, 401),
                              (page(shop, book, where="download"), "0" * 32, 401),
                              (page(shop, book, where="download"), shop.new_session(CUSTOMER + 1), 403),
                              (page(shop, f"{book}-gift", where="download"), None, 200),
                              (page(shop, f"{book}/01.mp3", where="download").rstrip("/"), shop.new_session(CUSTOMER), 200)):
        assert asked_of_the_ledger(statements_of(path, who, status)) == 0, path
    # A link knows its customer: one statement, and no other.
    link = audiodl("sign", "--keys", keys, "--customer", str(CUSTOMER), "--book", book).strip()
    by_link = statements_of(page(shop, book, link), None)
    assert (len(by_link), asked_of_the_ledger(by_link)) == (1, 1), by_link


def test_one_statement_for_session_and_right_leaves_one_for_the_ledger(
        make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb, book: str) -> None:
    shop = make({"AudioEntitlementQuery": None, "AudioSessionQuery": None, "AudioSessionEntitlementQuery":
                 '"SELECT s.data, p.book IS NOT NULL FROM sessions s LEFT JOIN purchases p ON '
                 'p.customer_id = \'42\' AND p.book = %{book}s WHERE s.id = %{session}s"'},
                origin=FileOrigin(workspace, "both-ledger-origin"))
    list_book(shop, book, ["01.mp3"])
    ledger_db.add_purchase(CUSTOMER, book)
    session = shop.new_session(CUSTOMER)
    with ledger_db.statements() as asked:
        assert fetch(shop, page(shop, book, where="download"), session).status == 200
    assert (len(asked), asked_of_the_ledger(asked)) == (2, 1), asked


def test_without_a_ledger_nothing_is_asked_and_nothing_said(make: Callable[..., AudioShop], workspace: Workspace,
                                                            ledger_db: MariaDb, book: str) -> None:
    shop = make({"AudioLedger": "Off"}, origin=FileOrigin(workspace, "off-origin"))
    list_book(shop, book, ["01.mp3"])
    ledger_db.add_purchase(CUSTOMER, book)
    note_completion(ledger_db, book, "01.mp3")
    session = shop.new_session(CUSTOMER)
    with ledger_db.statements() as asked:
        parts = parts_of(shop, book, session)
    assert len(asked) == 2 and asked_of_the_ledger(asked) == 0, asked
    assert "downloaded" not in parts["01.mp3"]


def test_the_shops_own_statement_comes_first(make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb,
                                             book: str) -> None:
    shop = make({"AudioPageQuery": PAGE_QUERY}, origin=FileOrigin(workspace, "own-origin"))
    list_book(shop, book, ["01.mp3", "02.mp3"])
    ledger_db.add_purchase(CUSTOMER, book)
    note_completion(ledger_db, book, "01.mp3")
    session = shop.new_session(CUSTOMER)
    with ledger_db.statements() as asked:
        parts = parts_of(shop, book, session)
    assert len(asked) == 2 and asked_of_the_ledger(asked) == 0, asked
    assert {name: part["downloaded"] for name, part in parts.items()} == {"01.mp3": False, "02.mp3": True}


def pages_without_ledger(shop: AudioShop) -> int:
    found = re.search(rb"(?m)^audiodl_pages_without_ledger_total (\d+)", web.fetch(shop.address, "/metrics").body)
    assert found
    return int(found[1])


@pytest.mark.parametrize("table", ["audiodl_completions", "audiodl_open_parts"])
def test_a_table_that_is_missing(make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb, book: str,
                                 table: str) -> None:
    """Pages and downloads go on without it, strangers are refused as ever, and one line says why."""
    shop = make(origin=FileOrigin(workspace, "missing-origin"))
    publish_book(shop, book, {"01.mp3": b"x"})
    ledger_db.add_purchase(CUSTOMER, book)
    note_completion(ledger_db, book, "01.mp3", generation="")
    stranger = shop.new_session(CUSTOMER + 1)
    session = shop.new_session(CUSTOMER)
    ledger_db.sql(f"RENAME TABLE {table} TO away")
    try:
        with ledger_db.statements() as asked:
            for _ in range(12):  # in every process
                answer = fetch(shop, page(shop, book, where="download"), session)
                assert answer.status == 200 and states_in(answer.body) == {"01.mp3": ""}
        assert asked_of_the_ledger(asked) == 0
        assert "downloaded" not in parts_of(shop, book, session)["01.mp3"]
        assert fetch(shop, page(shop, book, where="download"), stranger).status == 403
        assert fetch(shop, page(shop, book, where="download"), None).status == 401
        assert shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)).body == b"x"
        assert count_in_log(shop, "pages are shown without what was downloaded") == 1
        assert re.search(f"without what was downloaded.*{table}' doesn't exist", shop.apache.error_log())
        assert pages_without_ledger(shop) == 13
    finally:
        ledger_db.sql(f"RENAME TABLE away TO {table}")
    wait_until(lambda: parts_of(shop, book, session)["01.mp3"].get("downloaded"), "the ledger on the page", SOON)
    assert count_in_log(shop, "pages show again what was downloaded") == 1
    assert count_in_log(shop, "pages are shown without what was downloaded") == 1


def test_a_table_that_is_locked_holds_up_one_page(make: Callable[..., AudioShop], workspace: Workspace, ledger_db: MariaDb,
                                                  book: str) -> None:
    shop = make({"AudioDBTimeout": "1s"}, origin=FileOrigin(workspace, "locked-origin"))
    publish_book(shop, book, {"01.mp3": b"x"})
    ledger_db.add_purchase(CUSTOMER, book)
    session = shop.new_session(CUSTOMER)
    assert parts_of(shop, book, session)["01.mp3"]["downloaded"] is False
    with ledger_db.holding("LOCK TABLES audiodl_completions WRITE"):
        took = []
        for _ in range(6):
            begin = time.monotonic()
            assert "downloaded" not in parts_of(shop, book, session)["01.mp3"]
            took.append(time.monotonic() - begin)
        assert took[0] >= 0.9 > max(took[1:]), took
        # Who is not known yet is asked for, and the right is not in doubt.
        assert fetch(shop, page(shop, book, where="download"), shop.new_session(CUSTOMER)).status == 200
        assert fetch(shop, page(shop, book, where="download"), shop.new_session(CUSTOMER + 1)).status == 403
    assert count_in_log(shop, "pages are shown without what was downloaded") == 1


def test_a_database_that_is_away_closes_the_right_and_not_the_page(make: Callable[..., AudioShop], workspace: Workspace,
                                                                   book: str) -> None:
    database = MariaDb(workspace, "mariadb-page-away")
    database.allow_ledger()
    shop = make(database=database, origin=FileOrigin(workspace, "away-origin"))
    publish_book(shop, book, {"01.mp3": b"x"})
    database.add_purchase(CUSTOMER, book)
    note_completion(database, book, "01.mp3", generation="")
    known, unknown = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER)
    assert parts_of(shop, book, known)["01.mp3"]["downloaded"]
    database.stop()
    try:
        assert "downloaded" not in parts_of(shop, book, known)["01.mp3"]
        assert fetch(shop, page(shop, book, where="download"), unknown).status == 503
    finally:
        database.start()
    wait_until(lambda: parts_of(shop, book, known)["01.mp3"].get("downloaded"), "the ledger on the page", SOON)
    assert fetch(shop, page(shop, book, where="download"), unknown).status == 200
    database.stop()
