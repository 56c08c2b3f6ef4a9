# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Secrets stay secret: in logs at the most talkative level, in error pages, in the cache."""

import re
import time
from collections.abc import Callable

from servers import web
from servers.audioshop import COOKIE, AudioShop
from servers.ceph import SECRET_KEY
from servers.mariadb import READER_PASSWORD, MariaDb
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

# Modules of httpd that write requests and responses into the log by themselves at trace levels.
_TALKATIVE = re.compile(r"\[(core|http|proxy\w*|ssl|log_config):trace\d\]")


def test_nothing_secret_is_ever_written(make_shop: Callable[..., AudioShop], proxy: Proxy, mariadb: MariaDb,
                                        book: str) -> None:
    shop = make_shop(log_level="trace8")
    owner, stranger = shop.new_session(CUSTOMER), shop.new_session(CUSTOMER + 1)
    unknown = "feedfacefeedfacefeedfacefeedface"
    for name in ("01", "02", "03"):
        shop.publish(f"{book}/{name}.mp3", some_bytes(3000))
    shop.list_chunk(f"{book}/gone.mp3")

    answers = [shop.get(f"{book}/01.mp3", owner), shop.get(f"{book}/01.mp3", owner),
               shop.get(f"{book}/01.mp3", stranger), shop.get(f"{book}/01.mp3", unknown),
               shop.get(f"{book}/gone.mp3", owner), shop.get(f"{book}/unlisted.mp3", owner)]
    proxy.faults = Faults(answer=403, times=1)
    answers.append(shop.get(f"{book}/02.mp3", owner))
    proxy.refuse()
    answers.append(shop.get(f"{book}/03.mp3", owner))
    mariadb.sql("RENAME TABLE purchases TO hidden")
    try:
        answers.append(shop.get(f"{book}/01.mp3", shop.new_session(CUSTOMER)))
    finally:
        mariadb.sql("RENAME TABLE hidden TO purchases")
    assert {answer.status for answer in answers} >= {200, 401, 403, 404, 503}

    sessions = [owner, stranger, unknown]
    log = shop.apache.error_log()
    ours = "\n".join(line for line in log.splitlines() if not _TALKATIVE.search(line))
    assert "[audiodl:" in ours, "the module logged nothing at all: this test would see nothing"
    access = (shop.apache.dir / "access.log").read_text()
    for secret in (SECRET_KEY, READER_PASSWORD):
        assert secret not in log and secret not in access
    for session in sessions:
        assert session not in ours and session not in access
    for answer in answers:
        if answer.status >= 400:
            page = str(answer.headers) + answer.body.decode(errors="replace")
            for private in (SECRET_KEY, READER_PASSWORD, *sessions, "AUDIODLTESTKEY", str(proxy.port), "prod/",
                            str(shop.cache), str(shop.listing)):
                assert private not in page, (answer.status, private)
    for path in shop.cache.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert not [s for s in (SECRET_KEY, READER_PASSWORD, *sessions) if s.encode() in held], path


def test_workers_never_hold_the_key(shop: AudioShop, session: str, book: str) -> None:
    """The credentials are the fetcher's alone: no worker's environment or open file has them."""
    shop.publish(f"{book}/01.mp3", b"x")
    assert shop.get(f"{book}/01.mp3", session).status == 200
    for pid in shop.apache.worker_pids():
        with open(f"/proc/{pid}/environ", "rb") as environment:
            assert SECRET_KEY.encode() not in environment.read()


def test_server_info_shows_no_secret(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    shop = make_shop(modules=["info"], extra='<Location "/info">\nSetHandler server-info\nRequire all granted\n'
                                             "</Location>")
    shop.publish(f"{book}/01.mp3", b"x")
    assert shop.get(f"{book}/01.mp3", session).status == 200
    page = web.fetch(shop.address, "/info", headers={"Cookie": f"{COOKIE}={session}"})
    assert page.status == 200 and b"AudioCredentials" in page.body
    assert SECRET_KEY.encode() not in page.body
    assert session.encode() not in page.body
    assert b"DBDParams" in page.body and READER_PASSWORD.encode() not in page.body
    # httpd still has the password itself, after a restart too.
    shop.apache.graceful()
    shop.publish(f"{book}/02.mp3", b"x")
    assert shop.get(f"{book}/02.mp3", shop.new_session(CUSTOMER)).status == 200
    assert READER_PASSWORD.encode() not in web.fetch(shop.address, "/info").body


def test_what_is_remembered_holds_and_logs_no_session(make_shop: Callable[..., AudioShop], mariadb: MariaDb,
                                                      workspace: Workspace, book: str) -> None:
    """Decisions, grants and revocations at the most talkative level; the customer is a canary too."""
    directory = workspace.directory("secret-decisions", for_server=True)
    shop = make_shop(log_level="trace8", modules=["socache_dbm", "info"], changes={
        "AudioDecisionCache": f"dbm:{directory}/decisions", "AudioDecisionTTL": "1s 1s", "AudioRevocations": "On",
        "AudioEntitlementQuery": '"SELECT 1, NULL, NULL FROM purchases WHERE customer_id = %{customer}s AND book = '
                                 '%{book}s AND %{chunk}s <> \'x\'"'},
        extra='<Location "/info">\nSetHandler server-info\nRequire all granted\n</Location>')
    shop.publish(f"{book}/01.mp3", some_bytes(3000))
    customer = "cAnArY-customer"
    session, stranger = shop.new_session(customer), shop.new_session("cAnArY-stranger")
    mariadb.add_purchase(customer, book)
    answers = [shop.get(f"{book}/01.mp3", session), shop.get(f"{book}/01.mp3", stranger)]
    for trouble in (f"DELETE FROM sessions WHERE id = '{session}'", "RENAME TABLE purchases TO hidden",
                    "RENAME TABLE sessions TO hidden_sessions",
                    f"INSERT INTO audiodl_revocations (customer, revoked_at) VALUES ('{customer}', 1)",
                    "RENAME TABLE hidden_sessions TO sessions, hidden TO purchases"):
        mariadb.sql(trouble)
        time.sleep(1.2)
        answers += [shop.get(f"{book}/01.mp3", session), shop.get(f"{book}/01.mp3", stranger)]
    wait_until(lambda: shop.get(f"{book}/01.mp3", session).status == 403, "the revocation")
    assert {answer.status for answer in answers} >= {200, 403, 503}
    log = "\n".join(line for line in shop.apache.error_log().splitlines() if not _TALKATIVE.search(line))
    assert "cannot ask for the" in log or "database" in log, "nothing of the trouble was logged"
    info = web.fetch(shop.address, "/info").body.decode()
    pages = "\n".join(answer.body.decode(errors="replace") + str(answer.headers) for answer in answers
                      if answer.status >= 400)
    held = b"".join(path.read_bytes() for path in directory.iterdir()).decode("latin-1")
    for secret in (READER_PASSWORD, session, stranger):
        assert secret not in log and secret not in info and secret not in pages and secret not in held
    for parameter in (customer, "cAnArY-stranger"):
        assert parameter not in pages and parameter not in info
