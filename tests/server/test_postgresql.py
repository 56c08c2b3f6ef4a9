# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The shop's database may be PostgreSQL: sessions, rights, revocations, and an outage."""

from collections.abc import Iterator

import pytest

from servers.audioshop import AudioShop, FileOrigin, new_session
from servers.postgresql import PostgreSql
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

DATA = some_bytes(300_000)
STRANGER = 43


@pytest.fixture(scope="module")
def shop(workspace: Workspace, postgresql: PostgreSql) -> Iterator[AudioShop]:
    made = AudioShop(workspace, "pg-shop", FileOrigin(workspace, "pg-origin"), postgresql,
                     changes={"AudioDecisionTTL": "1s 1s"})
    made.start()
    made.publish("dune/01.mp3", DATA)
    postgresql.add_purchase(CUSTOMER, "dune")
    yield made
    made.stop()


def test_owner_stranger_and_nobody(shop: AudioShop, postgresql: PostgreSql):
    answer = shop.get("dune/01.mp3", new_session(postgresql, CUSTOMER))
    assert (answer.status, answer.body) == (200, DATA)
    assert shop.get("dune/01.mp3", new_session(postgresql, STRANGER)).status == 403
    assert shop.get("dune/01.mp3", "0" * 32).status == 401
    assert shop.get("dune/01.mp3", new_session(postgresql, CUSTOMER, lifetime=-1)).status == 401


def test_names_that_need_quotes(shop: AudioShop, postgresql: PostgreSql):
    shop.publish("O'Brien; DROP/01.mp3", DATA)
    session = new_session(postgresql, CUSTOMER)
    assert shop.get("O'Brien; DROP/01.mp3", session).status == 403
    postgresql.add_purchase(CUSTOMER, "O'Brien; DROP")
    wait_until(lambda: shop.get("O'Brien; DROP/01.mp3", session).status == 200, "the purchase to count")


def test_an_outage_ends_by_itself(shop: AudioShop, postgresql: PostgreSql):
    known = new_session(postgresql, CUSTOMER)
    unknown = new_session(postgresql, CUSTOMER)
    assert shop.get("dune/01.mp3", known).status == 200
    postgresql.stop()
    try:
        refused = shop.get("dune/01.mp3", unknown)
        assert (refused.status, bool(refused.headers["Retry-After"])) == (503, True)
        assert shop.get("dune/01.mp3", known).status == 200
    finally:
        postgresql.start()
    wait_until(lambda: shop.get("dune/01.mp3", unknown).status == 200, "the database to be asked again")


def test_a_session_in_bytes(workspace: Workspace, postgresql: PostgreSql):
    # As conf/audiodl.conf says it for a BYTEA column: PHP's private members hold NULs.
    postgresql.sql("CREATE TABLE raw_sessions (id VARCHAR(128) PRIMARY KEY, data BYTEA NOT NULL);"
                   "GRANT SELECT ON raw_sessions TO web")
    data = f'o|O:1:"A":1:{{s:4:"\0A\0b";s:90:"{"x" * 90}";}}customer_id|i:{CUSTOMER};'
    session = "f" * 32
    postgresql.sql(f"INSERT INTO raw_sessions VALUES ('{session}', '\\x{data.encode().hex()}')")
    postgresql.add_purchase(CUSTOMER, "raw")
    shop = AudioShop(workspace, "pg-raw", FileOrigin(workspace, "pg-raw-origin"), postgresql, changes={
        "AudioSessionQuery": '"SELECT translate(encode(data, \'base64\'), chr(10), \'\') FROM raw_sessions '
                             'WHERE id = %{session}s"',
        "AudioSessionFormat": "base64 php"})
    shop.start()
    try:
        shop.publish("raw/01.mp3", DATA)
        assert shop.get("raw/01.mp3", session).body == DATA
    finally:
        shop.stop()
