# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Honest answers: each cause has its status, its Retry-After, its one log line, and a code that leads to it.

The shop logs at Debian's level, warn, and has the embedded database and an origin that goes wrong as told.
"""

import itertools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from servers import web
from servers.audioshop import COOKIE, AudioShop
from servers.command import command_path
from servers.fault_origin import BUCKET, FAULTS, PREFIX, FaultOrigin
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

DATA = some_bytes(3000)
BOOK = "fantasy/Émile & Söhne"
LOGIN = "https://shop.example/login?next="
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}")
_numbers = itertools.count(1)

SECTIONS = """
<Location "/either">
    SetHandler audiodl
    AuthType AudioSession
    AuthName "downloads"
    <RequireAny>
        Require audio-entitled
        Require audio-link
    </RequireAny>
</Location>
<Location "/strict">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAll>
        Require audio-entitled
        Require user somebody-else
    </RequireAll>
</Location>
<LocationMatch "^/odd/">
    SetHandler audiodl
    AuthType AudioSession
    Require audio-entitled
</LocationMatch>
LogFormat "%>s %{audiodl-code}n %{audiodl-cause}n" answers
CustomLog "answers.log" answers
"""


class Stage:
    """The shop, and what the rows of the table do to it."""

    def __init__(self, workspace: Workspace):
        self.origin = FaultOrigin(workspace, "answers-origin")
        self.database = SqliteDb(workspace)
        self.keys = workspace.path / "answers-keys"
        self.keys.touch(0o600)
        self.keys.write_text(audiodl("link-key", "new", "k1").stdout)
        self.access_log = workspace.path / "answers.log"
        self.shop = AudioShop(workspace, "answers", self.origin, self.database, log_level="warn", changes={
            "AudioOriginTimeout": "3s", "AudioLinkKeys": str(self.keys), "AudioLoginURL": LOGIN + "%{return}",
            "AudioDebugHeaders": None, "AudioRevocations": "On",
        }, extra=SECTIONS.replace("answers.log", str(self.access_log)))
        self.shop.start()
        self.writer = workspace.path / "answers-database"
        self.writer.write_text(f'DBDriver {self.database.driver}\nDBDParams "{self.database.writer_params}"\n')
        self.writer.chmod(0o600)
        self.database.add_purchase(CUSTOMER, BOOK)
        for name in ("cached", "cold"):
            self.shop.publish(f"{BOOK}/{name}.mp3", DATA)
        self.owner, self.stranger = self.shop.new_session(CUSTOMER), self.shop.new_session(CUSTOMER + 1)
        assert self.ask(f"{BOOK}/cached.mp3", self.owner).body == DATA

    def ask(self, chunk: str, session: str | None = None, where: str = "download", query: str = "", method: str = "GET",
            **headers: str) -> web.Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if session is not None:
            named["Cookie"] = f"{COOKIE}={session}"
        path = f"/{where}/{web.encode_path(chunk)}" + (f"?{query}" if query else "")
        return web.fetch(self.shop.address, path, method, named)

    def link(self, *options: str, customer: int = CUSTOMER) -> str:
        return audiodl("sign", "--keys", str(self.keys), "--customer", str(customer), "--book", BOOK, *options).stdout.strip()

    def revoke(self, customer: int) -> None:
        done = audiodl("revoke", "--database", self.writer, "--customer", str(customer), "--book", BOOK)
        assert done.returncode == 0, done.stderr

    def log_lines(self) -> list[str]:
        """What the workers have logged for requests; the fetcher speaks of no client."""
        return [line for line in self.shop.apache.error_log().splitlines()
                if "[audiodl:" in line and "[client " in line]

    def log_file(self) -> Path:
        return self.shop.apache.dir / "error.log"

    def close(self) -> None:
        self.shop.stop()
        self.origin.close()


def audiodl(*words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), *words], input=stdin, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture(scope="module")
def stage(workspace: Workspace) -> Iterator[Stage]:
    made = Stage(workspace)
    yield made
    made.close()


def no_session(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/cached.mp3", "0123456789abcdef0123456789abcdef", Accept=accept)


def session_unreadable(stage: Stage, accept: str) -> web.Answer:
    stage.database.add_session("unreadable00000000000", b"customer_id|i:42", 4_000_000_000)
    return stage.ask(f"{BOOK}/cached.mp3", "unreadable00000000000", Accept=accept)


def not_entitled(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/cached.mp3", stage.stranger, Accept=accept)


def link_expired(stage: Stage, accept: str) -> web.Answer:
    query = stage.link("--ttl", "1s")
    wait_until(lambda: stage.ask(f"{BOOK}/cached.mp3", None, "either", query, "HEAD").status == 403, "the link's end")
    return stage.ask(f"{BOOK}/cached.mp3", None, "either", query, Accept=accept)


def revoked(stage: Stage, accept: str) -> web.Answer:
    customer = CUSTOMER + 2
    stage.database.add_purchase(customer, BOOK)
    session = stage.shop.new_session(customer)
    stage.revoke(customer)
    wait_until(lambda: stage.ask(f"{BOOK}/cached.mp3", session, method="HEAD").status == 403, "the revocation")
    return stage.ask(f"{BOOK}/cached.mp3", session, Accept=accept)


def revoked_with_a_link(stage: Stage, accept: str) -> web.Answer:
    query = stage.link(customer=CUSTOMER + 3)
    if accept == "*/*":
        assert stage.ask(f"{BOOK}/cached.mp3", None, "either", query).status == 200
    stage.revoke(CUSTOMER + 3)
    wait_until(lambda: stage.ask(f"{BOOK}/cached.mp3", None, "either", query, "HEAD").status == 403, "the revocation")
    return stage.ask(f"{BOOK}/cached.mp3", None, "either", query, Accept=accept)


def link_invalid(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/cached.mp3", None, "either", stage.link() + "A", Accept=accept)


def other_rule(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/cached.mp3", stage.owner, "strict", Accept=accept)


def not_listed(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/99.mp3", stage.owner, Accept=accept)


def listing_unreadable(stage: Stage, accept: str) -> web.Answer:
    mode = stage.shop.listing.stat().st_mode
    stage.shop.listing.chmod(0)
    try:
        return stage.ask(f"{BOOK}/cached.mp3", stage.owner, Accept=accept)
    finally:
        stage.shop.listing.chmod(mode)


def database_down_for_the_entitlement(stage: Stage, accept: str) -> web.Answer:
    return without_table(stage, "purchases", accept)


def database_down_for_the_session(stage: Stage, accept: str) -> web.Answer:
    return without_table(stage, "sessions", accept)


def without_table(stage: Stage, table: str, accept: str) -> web.Answer:
    stage.database.run(f"ALTER TABLE {table} RENAME TO hidden")
    try:
        return stage.ask(undecided(), stage.owner, Accept=accept)
    finally:
        stage.database.run(f"ALTER TABLE hidden RENAME TO {table}")
        # mod_dbd prepares all statements of a new connection, so one made meanwhile failed; every process is to be
        # well again before the next test.
        wait_until(lambda: all(stage.ask(undecided(), stage.owner, method="HEAD").status == 403 for _ in range(12)),
                   "the database to be back", seconds=30)


def undecided() -> str:
    """A chunk of a book that nobody has asked for, so that nothing is remembered of it."""
    return f"undecided-{next(_numbers)}/01.mp3"


def config(stage: Stage, accept: str) -> web.Answer:
    return stage.ask(f"{BOOK}/cached.mp3", stage.owner, "odd", Accept=accept)


def trouble(fault: str) -> Callable[[Stage, str], web.Answer]:
    def ask(stage: Stage, accept: str) -> web.Answer:
        chunk = f"{BOOK}/{fault} {len(stage.log_lines())}.mp3"
        stage.shop.publish(chunk, DATA)
        stage.origin.fault(chunk, FAULTS[fault]())
        return stage.ask(chunk, stage.owner, Accept=accept)
    return ask


class Row(NamedTuple):
    ask: Callable[[Stage, str], web.Answer]
    status: int
    retry_after: str | None
    cause: str
    detail: str  # a pattern


TABLE = [
    Row(no_session, 401, None, "no-session", "cookie PHPSESSID"),
    Row(session_unreadable, 401, None, "session-unreadable", "session byte"),
    Row(not_entitled, 403, None, "not-entitled", "no row|says no"),
    Row(link_expired, 403, None, "link-expired", "it ended at 20"),
    Row(link_invalid, 403, None, "link-invalid", "signature"),
    Row(revoked, 403, None, "revoked", "it was revoked"),
    Row(revoked_with_a_link, 403, None, "revoked", "the link is good"),
    Row(other_rule, 403, None, "other-rule", "Require"),
    Row(not_listed, 404, None, "not-listed", "not listed"),
    Row(listing_unreadable, 503, "10", "listing-unreadable", "Permission denied"),
    Row(trouble("404-no-such-key"), 404, None, "origin-missing", "not_found"),
    Row(trouble("403-expired-token"), 503, "300", "origin-forbidden", "forbidden"),
    Row(trouble("503-slow-down"), 503, "10", "origin-throttled", "throttled"),
    Row(trouble("hang"), 503, "10", "origin-unreachable", "."),
    Row(trouble("403-archived"), 503, "300", "origin-archived", "archived"),
    Row(database_down_for_the_session, 503, "5", "database-down", "session"),
    Row(database_down_for_the_entitlement, 503, "5", "database-down", "entitlement"),
    Row(config, 500, None, "config", "AudioURLPrefix"),
]
NAMES = [row.cause if row.ask.__name__ in (row.cause.replace("-", "_"), "ask") else row.ask.__name__ for row in TABLE]


def code_of(answer: web.Answer) -> str:
    """The code in the header, which must be the one in the body."""
    code = answer.headers["X-Audiodl-Code"]
    assert CODE.fullmatch(code)
    if answer.body:
        assert CODE.findall(answer.body.decode()) == [code]
    return code


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
def test_each_cause_has_its_status_its_line_and_its_explanation(stage: Stage, row: Row) -> None:
    before = len(stage.log_lines())
    answer = row.ask(stage, "*/*")
    assert (answer.status, answer.headers["Retry-After"]) == (row.status, row.retry_after)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Accept" in answer.headers["Vary"]
    assert ("WWW-Authenticate" in answer.headers) == (row.status == 401)
    code = code_of(answer)

    lines = [line for line in stage.log_lines()[before:] if code in line]
    assert len(lines) == 1 and len([line for line in stage.log_lines()[before:] if "code=" not in line]) == 0
    pattern = rf'audiodl: code={code} status={row.status} cause={row.cause} customer=\S+ book=\S+ chunk=\S+ detail="(.+)"'
    found = re.search(pattern, lines[0])
    assert found and re.search(row.detail, found[1]), lines[0]
    level = "error" if row.status >= 500 or row.cause == "origin-missing" else "warn"
    assert f"[audiodl:{level}]" in lines[0]
    wait_until(lambda: f"{row.status} {code} {row.cause}" in stage.access_log.read_text(), "the access log")

    explained = audiodl("why", code.lower(), "--log", stage.log_file())
    assert explained.returncode == 0, explained.stderr
    assert explained.stdout.startswith(f"{code}: {row.cause} ({row.status})\n")
    assert "What to do:" in explained.stdout
    asked = json.loads(audiodl("why", code, "--json", "--log", stage.log_file()).stdout)
    assert (asked["cause"], asked["status"]) == (row.cause, row.status)
    if row.cause not in ("config", "database-down"):
        assert asked["book"] == BOOK
    named = json.loads(audiodl("why", row.cause, "--json").stdout)
    assert (named["status"], named["retry_after"], named["next"]) == (
        row.status, int(row.retry_after or 0), asked["next"])


@pytest.mark.parametrize("row", TABLE, ids=NAMES)
@pytest.mark.parametrize("accept, media", [(BROWSER, "text/html; charset=utf-8"), ("application/json", "application/json"),
                                           ("audio/*", "text/plain; charset=utf-8")])
def test_no_body_tells_what_is_inside(stage: Stage, row: Row, accept: str, media: str) -> None:
    answer = row.ask(stage, accept)
    # A code is random: it may spell anything.
    received = (str(answer.headers) + answer.body.decode()).replace(code_of(answer), "CODE")
    assert answer.headers["Content-Type"] == media
    assert answer.headers["Content-Length"] == str(len(answer.body))
    secrets = [f"{BUCKET}/", f"{PREFIX}/", str(stage.origin.port), str(stage.shop.listing), str(stage.shop.cache), "S3",
               "SELECT", "sqlite", "purchases", "sessions", "AudioURLPrefix", stage.owner, stage.stranger, "als=", "/tmp"]
    assert [secret for secret in secrets if secret in received] == []
    if media == "application/json":
        assert json.loads(answer.body)["status"] == answer.status
    if answer.status == 302:
        assert answer.headers["Location"].startswith(LOGIN)
        return
    assert answer.status == row.status
    if media.startswith("text/html"):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_too_many_waiting_is_told_to_come_again_soon(stage: Stage) -> None:
    chunk = f"{BOOK}/crowd.mp3"
    stage.shop.publish(chunk, DATA)
    stage.origin.fault(chunk, FAULTS["hang"]())
    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda _: stage.ask(chunk, stage.owner), range(60)))
    assert {answer.status for answer in answers} == {503}
    codes = [code_of(answer) for answer in answers]
    assert len(set(codes)) == 60
    busy = [answer for answer in answers if answer.headers["Retry-After"] == "2"]
    assert busy, "none was crowded out"
    assert " cause=too-busy " in next(line for line in stage.log_lines() if code_of(busy[0]) in line)


def test_a_browser_is_sent_to_the_login_and_finds_its_way_back(stage: Stage) -> None:
    chunk = f"{BOOK}/cached.mp3"
    for method, status in (("GET", 302), ("HEAD", 302), ("POST", 303)):
        answer = stage.ask(chunk, None, query="a=1&b=%C3%A4", method=method, Accept=BROWSER)
        assert answer.status == status
        assert answer.headers["Location"] == LOGIN + (
            "%2Fdownload%2Ffantasy%2F%25C3%2589mile%2520%2526%2520S%25C3%25B6hne%2Fcached.mp3%3Fa%3D1%26b%3D%25C3%25A4")
        assert "Accept" in answer.headers["Vary"] and "WWW-Authenticate" not in answer.headers
    for accept in ("*/*", "application/json", "audio/mpeg,*/*;q=0.1", "text/html;q=0"):
        answer = stage.ask(chunk, None, Accept=accept)
        assert (answer.status, answer.headers["Location"]) == (401, None), accept
        assert answer.headers["WWW-Authenticate"].startswith("AudioSession realm=")
        assert "Accept" in answer.headers["Vary"]
    # The login of who is logged in already would send them back at once, and so on for ever.
    assert stage.ask(chunk, stage.stranger, Accept=BROWSER).status == 403
    assert session_unreadable(stage, BROWSER).status == 401


@pytest.mark.parametrize("target", [
    "//evil.example/../download/b/1.mp3", "http://evil.example/download/b/1.mp3", "/download/b/1.mp3?next=//evil.example",
    "/x/..//evil.example/../../download/b/1.mp3", "/download//evil.example/1.mp3", "/download/b/%5C%5Cevil.example",
    "/download/b/1.mp3?%0d%0aX-Injected:1",
])
def test_the_way_back_leads_nowhere_else(stage: Stage, target: str) -> None:
    status, received = web.raw_request(stage.shop.address, (
        f"GET {target} HTTP/1.1\r\nHost: shop.example\r\nAccept: text/html\r\nConnection: close\r\n\r\n").encode())
    head = received.split(b"\r\n\r\n", 1)[0].decode()
    location = re.search(r"(?m)^Location: (.*)\r?$", head)
    assert "X-Injected" not in re.findall(r"(?m)^([\w-]+):", head)
    if status == 302:
        assert location and re.match(re.escape(LOGIN) + r"%2F(?!%2F|%5C|%255C)", location[1]), location
    else:
        assert location is None and status in (400, 403, 404)


def test_a_login_page_is_never_given_a_link(stage: Stage) -> None:
    answer = stage.ask(f"{BOOK}/cached.mp3", None, query=f"a=1&{stage.link()}", Accept=BROWSER)
    assert answer.status == 302 and answer.headers["Location"].endswith("cached.mp3%3Fa%3D1")
    assert b"als" not in answer.body


def shape(answer: web.Answer) -> tuple[int, dict[str, str], str]:
    """All that a client sees, but for the code and the clock."""
    code = answer.headers["X-Audiodl-Code"]
    headers = {name: value.replace(code, "CODE") for name, value in answer.headers.items() if name != "Date"}
    location = headers.pop("Location", "")
    body = answer.body.decode().replace(code, "CODE")
    return answer.status, headers, body.replace(location.replace("&", "&amp;"), "LOCATION") if location else body


def test_who_may_not_have_it_learns_nothing(stage: Stage) -> None:
    chunks = [f"{BOOK}/{name}.mp3" for name in ("cached", "cold", "absent", ".hidden")] + ["no-such-book/01.mp3"]
    seen = 0
    for who in (None, stage.stranger):
        for method in ("GET", "HEAD"):
            for accept in ("*/*", BROWSER, "application/json"):
                for headers in ({}, {"Range": "bytes=0-0"}, {"If_None_Match": "*"}, {"If_Match": '"x"'}):
                    if who is None and accept == BROWSER:
                        continue  # its way back names the address that was asked for
                    shapes = [shape(stage.ask(chunk, who, method=method, Accept=accept, **headers)) for chunk in chunks]
                    assert shapes == [shapes[0]] * len(shapes), (who, method, accept, headers)
                    assert shapes[0][0] in (401, 403)
                    seen += 1
    assert seen == 40


def test_head_has_the_headers_of_get(stage: Stage) -> None:
    for accept in ("*/*", BROWSER):
        get, head = (stage.ask(f"{BOOK}/absent.mp3", stage.owner, method=method, Accept=accept) for method in ("GET", "HEAD"))
        assert head.body == b"" and shape(get)[:2] == shape(head)[:2]


def test_the_operators_own_error_documents_stand(stage: Stage, workspace: Workspace) -> None:
    documents = workspace.directory("answers-documents")
    (documents / "sorry.html").write_text("our own words")
    extra = f"""
DocumentRoot "{documents}"
<Directory "{documents}">
    Require all granted
</Directory>
ErrorDocument 403 /sorry.html
ErrorDocument 404 "our own line
Header always set X-Seen "%{{REDIRECT_AUDIODL_CODE}}e %{{REDIRECT_AUDIODL_CAUSE}}e"
"""
    shop = AudioShop(workspace, "answers-own", stage.origin, stage.database, log_level="warn", extra=extra)
    shop.start()
    try:
        shop.list_chunk(f"{BOOK}/cached.mp3")
        refused = shop.get(f"{BOOK}/cached.mp3", stage.stranger, Accept=BROWSER)
        assert (refused.status, refused.body) == (403, b"our own words")
        code = refused.headers["X-Audiodl-Code"]
        assert refused.headers["X-Seen"] == f"{code} not-entitled"
        missing = shop.get(f"{BOOK}/absent.mp3", stage.owner)
        assert (missing.status, missing.body) == (404, b"our own line")
        for answer in (refused, missing):
            found = audiodl("why", answer.headers["X-Audiodl-Code"], "--log", shop.apache.dir / "error.log")
            assert found.returncode == 0
        # Statuses that the operator has nothing for are ours.
        code_of(shop.get(f"{BOOK}/cached.mp3"))
    finally:
        shop.stop()


def test_other_peoples_errors_are_left_alone(stage: Stage) -> None:
    page = web.fetch(stage.shop.address, "/nothing/here")
    assert page.status in (403, 404) and "X-Audiodl-Code" not in page.headers
    posted = stage.ask(f"{BOOK}/cached.mp3", stage.owner, method="POST")
    assert posted.status == 405 and "X-Audiodl-Code" not in posted.headers
    late = stage.ask(f"{BOOK}/cached.mp3", stage.owner, Range="bytes=999999-")
    assert late.status == 416 and "X-Audiodl-Code" not in late.headers


def test_why_says_what_to_do_when_it_finds_nothing(stage: Stage, tmp_path: Path) -> None:
    unknown = "0000000000"
    done = audiodl("why", unknown, "--log", stage.log_file(), "--log", "/dev/null")
    assert (done.returncode, done.stdout) == (1, "")
    assert "2 error logs" in done.stderr and "--log" in done.stderr
    done = audiodl("why", unknown, "--log", tmp_path / "missing")
    assert done.returncode == 3 and "missing" in done.stderr
    for words in (["why"], ["why", "short"], ["why", "a", "b"], ["why", "--list", "config"], ["why", unknown, "--frob"]):
        done = audiodl(*words)
        assert (done.returncode, done.stdout) == (2, ""), words


def test_why_reads_rotated_logs_and_pipes(stage: Stage, tmp_path: Path) -> None:
    code = code_of(not_entitled(stage, "*/*"))
    log = stage.log_file().read_text(errors="replace")
    rotated = tmp_path / "error.log.1"
    rotated.write_text(log)
    typed = f"{code[:5]}-{code[5:]}".lower()
    done = audiodl("why", typed, "--log", "/dev/null", "--log", rotated)
    assert done.returncode == 0 and str(rotated) in done.stdout and f"customer  {CUSTOMER + 1}\n" in done.stdout
    piped = audiodl("why", code, "--log", "-", stdin=log)
    assert piped.returncode == 0 and "standard input" in piped.stdout
    newer = tmp_path / "newer.log"
    newer.write_text(f'audiodl: code={code} status=403 cause=new-thing customer=- book=- chunk=- detail="x"\n')
    done = audiodl("why", code, "--log", newer)
    assert done.returncode == 3 and "new-thing" in done.stderr


def test_why_lists_every_cause(stage: Stage) -> None:
    rows = [json.loads(line) for line in audiodl("why", "--list", "--json").stdout.splitlines()]
    assert {row.cause for row in TABLE} | {"too-busy"} <= {row["cause"] for row in rows}
    text = audiodl("why", "--list").stdout
    for row in rows:
        assert f"{row['cause']} ({row['status']})\n" in text
        assert f"{row['cause']} ({row['status']})\n" in audiodl("why", row["cause"]).stdout
