# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""RFC 9110 and 9112 for a chunk, cold, half-filled and full alike, on every MPM, plain and TLS, HTTP/1.1 and 2.

The cases are data. Each MPM's server has a door for each way in, with a cache of its own behind it, so that a
chunk that one door has filled is still cold behind the next.
"""

import email
import http.client
import random
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from prove import counts
from servers.audioshop import COOKIE, AudioShop, S3Origin, new_session
from servers.ceph import Ceph
from servers.mariadb import MariaDb
from servers.ports import free_port
from servers.proxy import Proxy
from servers.web import Answer
from servers.workspace import Workspace
from support import BLOCK, CUSTOMER, some_bytes

SIZE = 2 * BLOCK + 1000
DATA = some_bytes(SIZE, seed=31)
BOOK = "protocol"
EMPTY = f"{BOOK}/empty.mp3"
FULL = f"{BOOK}/full.mp3"
LAST = SIZE - 1


@dataclass(frozen=True)
class Case:
    """What is asked, and the status and bytes (first and last of each) that must come. {etag}, {date} and {850} are
    the chunk's own validators."""

    headers: dict[str, str]
    status: int
    ranges: tuple[tuple[int, int], ...] = ()
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.headers}"


def ranged(value: str, *ranges: tuple[int, int], **more: str) -> Case:
    return Case({"Range": value, **{name.replace("_", "-"): text for name, text in more.items()}}, 206, ranges)


def ignored(value: str, **more: str) -> Case:
    return Case({"Range": value, **{name.replace("_", "-"): text for name, text in more.items()}}, 200)


def refused(value: str, **more: str) -> Case:
    return Case({"Range": value, **{name.replace("_", "-"): text for name, text in more.items()}}, 416)


OTHER = '"0123456789abcdef"'
EARLY = "Thu, 01 Jan 1970 00:00:01 GMT"
LATE = "Thu, 01 Jan 2099 00:00:00 GMT"
SCATTERED = ",".join(f"{10 * n}-{10 * n}" for n in range(17))
TINY = ",".join("0-0" for _ in range(1000))

CASES = [
    Case({}, 200),
    # single, open, suffix
    ranged("bytes=0-0", (0, 0)),
    ranged("bytes=0-", (0, LAST)),
    ranged(f"bytes={BLOCK - 1}-{BLOCK}", (BLOCK - 1, BLOCK)),
    ranged(f"bytes={SIZE - 5}-{SIZE + 100}", (SIZE - 5, LAST)),
    ranged("bytes=-1", (LAST, LAST)),
    ranged(f"bytes=-{SIZE + 1}", (0, LAST)),
    ranged("bytes=5-18446744073709551616", (5, LAST)),
    ranged("BYTES=7-9", (7, 9)),
    ranged("bytes= 7-9 ,", (7, 9)),
    # several
    ranged("bytes=0-9,200-209", (0, 9), (200, 209)),
    ranged(f"bytes=-5,0-0,{BLOCK}-{BLOCK + 9}", (SIZE - 5, LAST), (0, 0), (BLOCK, BLOCK + 9)),
    ranged("bytes=0-9,10-19,5-12", (0, 19)),
    ranged(f"bytes=100-199,{SIZE}-", (100, 199)),
    ignored("bytes=" + SCATTERED),
    ignored("bytes=" + TINY),
    ignored(f"bytes=0-{BLOCK},{BLOCK + 2}-"),  # with its boundaries no shorter than the whole
    # what cannot be satisfied
    refused(f"bytes={SIZE}-"),
    refused("bytes=-0"),
    refused("bytes=9223372036854775808-"),
    refused("bytes=99999999999999999999999-"),
    refused(f"bytes={SIZE}-{SIZE + 9},-0"),
    # what is no range
    ignored("bytes=9-5"), ignored("bytes="), ignored("bytes=-"), ignored("bytes=a-b"), ignored("bytes=0-5,x"),
    ignored("bytes 0-5"), ignored("octets=0-5"), ignored("bytes=0x0-5"), ignored("bytes=0 -5"), ignored("lines=1-2"),
    # If-Range
    ranged("bytes=10-19", (10, 19), If_Range="{etag}"),
    ranged("bytes=10-19", (10, 19), If_Range="{date}"),
    ranged("bytes=10-19", (10, 19), If_Range="{850}"),
    refused(f"bytes={SIZE}-", If_Range="{etag}"),
    ignored(f"bytes={BLOCK}-", If_Range=OTHER), ignored("bytes=10-19", If_Range="W/{etag}"),
    ignored("bytes=10-19", If_Range=EARLY), ignored("bytes=10-19", If_Range=LATE), ignored("bytes=10-19", If_Range="x"),
    ignored(f"bytes={SIZE}-", If_Range=OTHER),
    Case({"If-Range": OTHER}, 200),
    # conditions and their order
    Case({"If-None-Match": "{etag}"}, 304),
    Case({"If-None-Match": f"{OTHER}, W/{{etag}}"}, 304),
    Case({"If-None-Match": "*"}, 304),
    Case({"If-None-Match": OTHER}, 200),
    Case({"If-None-Match": OTHER, "If-Modified-Since": "{date}"}, 200),
    Case({"If-None-Match": "{etag}", "If-Modified-Since": EARLY}, 304),
    Case({"If-Modified-Since": "{date}"}, 304),
    Case({"If-Modified-Since": "{850}"}, 304),
    Case({"If-Modified-Since": LATE}, 304),
    Case({"If-Modified-Since": EARLY}, 200),
    Case({"If-Modified-Since": "today"}, 200),
    Case({"If-None-Match": "{etag}", "Range": "bytes=0-9"}, 304),
    ranged("bytes=1-2", (1, 2), If_None_Match=OTHER),
    Case({"If-Match": "{etag}"}, 200),
    Case({"If-Match": "*"}, 200),
    Case({"If-Match": OTHER}, 412),
    Case({"If-Match": "W/{etag}"}, 412),
    Case({"If-Match": OTHER, "If-None-Match": "{etag}"}, 412),
    Case({"If-Match": "{etag}", "If-Unmodified-Since": EARLY}, 200),
    Case({"If-Unmodified-Since": "{date}"}, 200),
    Case({"If-Unmodified-Since": EARLY}, 412),
    Case({"If-Unmodified-Since": EARLY, "Range": "bytes=0-9"}, 412),
    ranged("bytes=1-2", (1, 2), If_Match="{etag}"),
    # HEAD
    Case({}, 200, method="HEAD"),
    Case({"Range": "bytes=0-9"}, 200, method="HEAD"),
    Case({"Range": f"bytes={SIZE}-"}, 200, method="HEAD"),
    Case({"If-None-Match": "{etag}"}, 304, method="HEAD"),
    Case({"If-Match": OTHER}, 412, method="HEAD"),
]


@dataclass
class Chunk:
    """An object of DATA and its validators as S3 has them."""

    name: str
    etag: str = ""
    date: str = ""

    def fill_in(self, text: str) -> str:
        if "{" not in text:
            return text
        days = {"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday",
                "Sat": "Saturday", "Sun": "Sunday"}
        day, number, month, year, clock, zone = self.date.replace(",", "").split()
        old = f"{days[day]}, {number}-{month}-{year[2:]} {clock} {zone}"
        return text.replace("{etag}", self.etag).replace("{date}", self.date).replace("{850}", old)


@dataclass
class Door:
    """One way in: a port, and how it is spoken to."""

    name: str
    port: int
    tls: bool = False
    http2: bool = False
    config: str = ""
    connections: list[http.client.HTTPConnection] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        if not self.tls:
            return plain
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        return trusting.wrap_socket(plain)

    def ask(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        """Over HTTP/1.1, on the connection of the last time if the server has kept it."""
        for last_try in (False, True):
            if not self.connections:
                made = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                made.sock = self.connect()
                self.connections.append(made)
            try:
                self.connections[0].putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers.items():
                    self.connections[0].putheader(name, value)
                self.connections[0].endheaders()
                response = self.connections[0].getresponse()
                answer = Answer(response.status, response.headers, response.read())
                if response.will_close:
                    self.connections.pop().close()
                return answer
            except (http.client.HTTPException, OSError):
                self.connections.pop().close()
                if last_try:
                    raise
        raise AssertionError


DOORS = {"event": ["plain", "tls", "h2"], "worker": ["plain", "tls", "h2"], "prefork": ["plain", "tls"]}


@pytest.fixture(scope="module")
def certificate(workspace: Workspace) -> Path:
    path = workspace.path / "protocol.pem"
    workspace.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                   "-keyout", str(path), "-out", str(path) + ".crt"])
    path.write_text(path.read_text() + Path(str(path) + ".crt").read_text())
    return path


@pytest.fixture(scope="module")
def chunks(ceph: Ceph, s3_origin: S3Origin, mariadb: MariaDb) -> dict[str, Chunk]:
    """By name: full, one for each case and each of cold and half, and some for random headers."""
    mariadb.add_purchase(CUSTOMER, BOOK)
    names = [FULL] + [f"{BOOK}/{state}-{n}.mp3" for n in range(len(CASES)) for state in ("cold", "half")]
    names += [f"{BOOK}/random-{n}.mp3" for n in range(24)]

    def publish(name: str) -> Chunk:
        s3_origin.put(name, DATA)
        known = ceph.client.head("books", f"prod/{name}")
        return Chunk(name, known["etag"], known["last-modified"])

    s3_origin.put(EMPTY, b"")
    with ThreadPoolExecutor(4) as pool:
        return {chunk.name: chunk for chunk in pool.map(publish, names)}


@dataclass
class Stage:
    mpm: str
    shop: AudioShop
    doors: dict[str, Door]
    cookie: dict[str, str]


@pytest.fixture(scope="module", params=DOORS)
def stage(request: pytest.FixtureRequest, workspace: Workspace, s3_origin: S3Origin, mariadb: MariaDb,
          chunks: dict[str, Chunk], certificate: Path) -> Iterator[Stage]:
    mpm: str = request.param
    shop = AudioShop(workspace, f"protocol-{mpm}", s3_origin, mariadb, mpm=mpm, log_level="warn",
                     modules=["ssl"] + ([] if mpm == "prefork" else ["http2"]))
    for chunk in [*chunks, EMPTY]:
        shop.list_chunk(chunk)
    tls = f'SSLEngine On\nSSLCertificateFile "{certificate}"\n'
    doors = {
        "plain": Door("plain", shop.apache.port),
        "tls": Door("tls", free_port(), tls=True, config=tls),
        "h2": Door("h2", free_port(), tls=True, http2=True, config=tls + "Protocols h2 http/1.1\n"),
    }
    config = shop.config()
    for name in DOORS[mpm][1:]:
        door = doors[name]
        cache = workspace.directory(f"protocol-{mpm}-{name}-cache", 0o700, for_server=True)
        config += (f"</VirtualHost>\nListen 127.0.0.1:{door.port}\n<VirtualHost 127.0.0.1:{door.port}>\n"
                   f"ServerName 127.0.0.1\n{door.config}" + shop.config({"AudioCacheDir": str(cache)}))
    shop.apache.start(config)
    yield Stage(mpm, shop, {name: doors[name] for name in DOORS[mpm]},
                {"Cookie": f"{COOKIE}={new_session(mariadb, CUSTOMER)}"})
    shop.stop()


def over_http2(stage: Stage, door: Door, asked: list[tuple[Case, Chunk]], folder: Path) -> list[Answer]:
    """One curl for all of them."""
    folder.mkdir()
    parts = []
    for n, (case, chunk) in enumerate(asked):
        lines = [f'url = "{door.address}{stage.shop.path(chunk.name)}"', f'output = "{folder}/{n}.body"',
                 f'dump-header = "{folder}/{n}.head"', "silent", "show-error", "insecure", "max-time = 60", "http2"]
        lines += ["head"] if case.method == "HEAD" else []
        headers = {**stage.cookie, **{name: chunk.fill_in(value) for name, value in case.headers.items()}}
        lines += ['header = "' + f"{name}: {value}".replace('"', '\\"') + '"' for name, value in headers.items()]
        parts.append("\n".join(lines))
    (folder / "curlrc").write_text("\nnext\n".join(parts) + "\n")
    done = subprocess.run(["curl", "-q", "-K", str(folder / "curlrc")], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    answers = []
    for n, (case, _) in enumerate(asked):
        first, _, rest = (folder / f"{n}.head").read_bytes().partition(b"\r\n")
        assert first.startswith(b"HTTP/2 "), first
        body = folder / f"{n}.body"
        # With --head curl writes the head where the body would go.
        data = b"" if case.method == "HEAD" or not body.exists() else body.read_bytes()
        message = email.message_from_bytes(rest, _class=http.client.HTTPMessage)
        answers.append(Answer(int(first.split()[1]), message, data))
    return answers


def over_http1(stage: Stage, door: Door, asked: list[tuple[Case, Chunk]]) -> list[Answer]:
    return [door.ask(case.method, stage.shop.path(chunk.name),
                     {**stage.cookie, **{name: chunk.fill_in(value) for name, value in case.headers.items()}})
            for case, chunk in asked]


def multipart(answer: Answer) -> list[tuple[str, str, bytes]]:
    """Type, Content-Range and body of each part."""
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + answer.body)
    assert message.get_content_type() == "multipart/byteranges"
    return [(part.get_content_type(), part["Content-Range"], part.get_payload(decode=True))
            for part in message.get_payload()]


def check(case: Case, chunk: Chunk, answer: Answer) -> None:
    headers = answer.headers
    assert answer.status == case.status
    assert headers["Cache-Control"] == "private"
    assert "Transfer-Encoding" not in headers
    if case.status == 304:
        assert (headers["ETag"], answer.body) == (chunk.etag, b"")
        return
    assert case.method == "HEAD" or int(headers["Content-Length"]) == len(answer.body)
    if case.status == 416:
        assert headers["Content-Range"] == f"bytes */{SIZE}"
    if case.status >= 400:
        assert {"ETag", "Content-Disposition"}.isdisjoint(headers)
        return
    assert (headers["ETag"], headers["Last-Modified"]) == (chunk.etag, chunk.date)
    assert (headers["Accept-Ranges"], headers["X-Content-Type-Options"]) == ("bytes", "nosniff")
    name = chunk.name.rpartition("/")[2]
    assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
    if len(case.ranges) > 1:
        expected = [("audio/mpeg", f"bytes {first}-{last}/{SIZE}", DATA[first:last + 1]) for first, last in case.ranges]
        assert multipart(answer) == expected
        assert "Content-Range" not in headers
        return
    assert headers["Content-Type"] == "audio/mpeg"
    first, last = case.ranges[0] if case.ranges else (0, LAST)
    assert headers["Content-Range"] == (f"bytes {first}-{last}/{SIZE}" if case.ranges else None)
    assert headers["Content-Length"] == str(last - first + 1)
    assert answer.body == (b"" if case.method == "HEAD" else DATA[first:last + 1])


@pytest.mark.parametrize(("stage", "door_name"), [(mpm, door) for mpm, doors in DOORS.items() for door in doors],
                         indirect=["stage"])
def test_every_case_in_every_state(stage: Stage, chunks: dict[str, Chunk], proxy: Proxy, tmp_path: Path,
                                   door_name: str) -> None:
    door = stage.doors[door_name]
    ask = [door.ask(case.method, stage.shop.path(FULL), stage.cookie) for case in (CASES[0], CASES[0])]
    assert [answer.cache for answer in ask] == ["miss", "hit"]
    for n in range(len(CASES)):
        middle = door.ask("GET", stage.shop.path(f"{BOOK}/half-{n}.mp3"), {**stage.cookie, "Range": f"bytes={BLOCK}-{BLOCK}"})
        assert (middle.status, middle.body) == (206, DATA[BLOCK:BLOCK + 1])

    asked = [(case, chunks[FULL]) for case in CASES]
    asked += [(case, chunks[f"{BOOK}/half-{n}.mp3"]) for n, case in enumerate(CASES)]
    asked += [(case, chunks[f"{BOOK}/cold-{n}.mp3"]) for n, case in enumerate(CASES)]
    answers = over_http2(stage, door, asked, tmp_path / "h2") if door.http2 else over_http1(stage, door, asked)
    wrong = []
    for (case, chunk), answer in zip(asked, answers, strict=True):
        try:
            check(case, chunk, answer)
        except AssertionError as error:
            wrong.append(f"{chunk.name}: {case}: {error}\n{answer.status} {answer.headers}")
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong)
    # Where no byte was sent none was fetched.
    for n, case in enumerate(CASES):
        if case.method == "HEAD" or case.status == 304:
            assert proxy.body_bytes(f"{BOOK}/cold-{n}.mp3") == 0, case


OF_THE_CONNECTION = {"Date", "Keep-Alive", "Connection", "Upgrade", "X-Audiodl-Cache"}


def test_head_has_the_headers_of_get(stage: Stage, chunks: dict[str, Chunk]) -> None:
    for door in stage.doors.values():
        both = [door.ask(method, stage.shop.path(FULL), stage.cookie).headers.items() for method in ("GET", "HEAD")]
        lines = [sorted((name, value) for name, value in headers if name not in OF_THE_CONNECTION) for headers in both]
        assert lines[0] == lines[1]


def test_of_an_empty_object_all_may_be_had(stage: Stage) -> None:
    door = stage.doors["plain"]
    for header, status in (("", 200), ("bytes=0-", 200), ("bytes=-1", 200), ("bytes=1-", 416), ("bytes=-0", 416)):
        answer = door.ask("GET", stage.shop.path(EMPTY), {**stage.cookie, **({"Range": header} if header else {})})
        assert (answer.status, answer.headers["Content-Range"]) == (status, "bytes */0" if status == 416 else None), header
        assert status == 416 or (answer.body, answer.headers["Content-Length"]) == (b"", "0")


def read_answers(door: Door, request: bytes) -> list[Answer]:
    """Everything that comes back to these bytes, until the server closes."""
    with door.connect() as connection:
        connection.sendall(request)
        stream = connection.makefile("rb")
        answers = []
        methods = [line.split(b" ")[0].decode() for line in request.split(b"\r\n") if b" HTTP/" in line]
        while stream.peek(1):
            response = http.client.HTTPResponse(_Stream(stream), method=methods[len(answers)])  # type: ignore[arg-type]
            response.begin()
            answers.append(Answer(response.status, response.headers, response.read()))
        return answers


class _Stream:
    """What http.client takes for a socket, so that several responses can be read from one."""

    def __init__(self, stream: object):
        self._stream = stream

    def makefile(self, _mode: str) -> object:
        stream = self._stream

        class Kept:
            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

            def close(self) -> None:
                pass

            def flush(self) -> None:
                pass

        return Kept()


def test_messages_as_they_may_come(stage: Stage) -> None:
    """RFC 9112: several requests on one connection before any answer, HTTP/1.0, other forms of the target."""
    cookie = f"Cookie: {stage.cookie['Cookie']}\r\n".encode()
    path = stage.shop.path(FULL).encode()
    host = b"Host: 127.0.0.1\r\n"
    end = b"Connection: close\r\n"

    def get(more: bytes, method: bytes = b"GET", target: bytes = path, version: bytes = b"1.1") -> bytes:
        return method + b" " + target + b" HTTP/" + version + b"\r\n" + cookie + more + b"\r\n"

    whole, part = (200, SIZE), (206, 10)
    table: list[tuple[bytes, list[tuple[int, int]]]] = [
        # pipelined, with an error and a HEAD in between
        (get(host + b"Range: bytes=0-9\r\n") + get(host, b"HEAD") + get(host + b"Range: bytes=%d-\r\n" % SIZE)
         + get(host + b"Range: bytes=5-14\r\n") + get(host + end), [part, (200, 0), (416, -1), part, whole]),
        (b"".join(get(host + b"Range: bytes=%d-%d\r\n" % (n, n + 9)) for n in range(0, 400, 10))
         + get(host + end), [part] * 40 + [whole]),
        # HTTP/1.0
        (get(b"", version=b"1.0"), [whole]),
        (get(b"Range: bytes=0-9\r\n", version=b"1.0"), [part]),
        (get(b"Connection: keep-alive\r\nRange: bytes=0-9\r\n", version=b"1.0") + get(b"", version=b"1.0"), [part, whole]),
        # absolute-form, and what the Host header says of it
        (get(host + end, target=b"http://127.0.0.1" + path), [whole]),
        (get(b"Host: elsewhere.example\r\n" + end, target=b"http://127.0.0.1" + path), [whole]),
        (get(host + end + b"Range: bytes=0-9\r\n", target=b"HTTP://127.0.0.1:80" + path), [part]),
        # a GET with a body, whose end must not be taken for a request
        (get(host + b"Content-Length: 30\r\n") + b"GET /server-status HTTP/1.1\r\n\r\n" + get(host + end), [whole, whole]),
        # one header in two lines is one list, and two ranges of two units are none
        (get(host + end + b"Range: bytes=0-9\r\nRange: bytes=20-29\r\n"), [whole]),
        (get(host + end + b"range:bytes=0-9\r\n"), [part]),
        (get(host + end + b"Range:\tbytes=0-9 \t\r\n"), [part]),
        (get(host + end + b"Range: \r\n"), [whole]),
        (get(host + end + b"Range: bytes=\xff-\xfe\r\n"), [whole]),
        (get(host + end + b'If-None-Match: "x"\r\nIf-None-Match: *\r\n'), [whole]),
        # longer than httpd takes, and no request at all
        (get(host + end + b"Range: bytes=" + b"0-0," * 3000 + b"\r\n"), [(400, -1)]),
        (get(end), [(400, -1)]),
    ]
    for name in ("plain", "tls"):
        for request, expected in table:
            answers = read_answers(stage.doors[name], request)
            got = [(a.status, -1 if a.status >= 400 else len(a.body)) for a in answers]
            assert got == expected, (name, request[:200])
            for answer in answers:
                assert answer.status != 200 or answer.body in (DATA, b"")


def allowed(answer: Answer) -> set[str]:
    """Without TRACE, which is core's own affair (TraceEnable)."""
    return {word.strip() for word in answer.headers["Allow"].split(",")} - {"TRACE"}


def test_other_methods_are_refused_with_what_is_allowed(stage: Stage) -> None:
    door = stage.doors["plain"]
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND"):
        answer = door.ask(method, stage.shop.path(FULL), {**stage.cookie, "Content-Length": "0"})
        assert answer.status == 405
        answer = door.ask("OPTIONS", stage.shop.path(FULL), stage.cookie)
    assert (answer.status, answer.body, allowed(answer)) == (200, b"", {"GET", "HEAD", "OPTIONS"})


# ---- random headers -----------------------------------------------------------------------------------------------

MAX_SPECS, MAX_PARTS = 200, 16
Spans = list[tuple[int, int]]


def model(header: str, size: int) -> str | Spans:
    """RFC 9110 with our bounds once more: "all", "none", or first and last of each part."""
    unit, equals, specs = header.strip(" \t").partition("=")
    if unit.lower() != "bytes" or not equals:
        return "all"
    asked: Spans = []
    count = 0
    for spec in (piece.strip(" \t") for piece in specs.split(",")):
        if not spec:
            continue
        count += 1
        left, dash, right = spec.partition("-")
        if not dash or not all(c in "0123456789" for c in left + right) or not left + right:
            return "all"
        if left and right and int(left) > int(right):
            return "all"
        first = int(left) if left else size - min(size, int(right))
        last = min(int(right), size - 1) if left and right else size - 1
        if first < size:
            asked.append((first, last))
    if count == 0 or count > MAX_SPECS:
        return "all"
    if not asked:
        return "none"
    spans = united(asked)
    if len(spans) > MAX_PARTS:
        return "all"
    return "all" if len(spans) > 1 and multipart_length(spans, size) >= size else spans


def united(asked: Spans) -> Spans:
    """Merged two at a time until nothing touches any more; each where the first of its ranges stood."""
    spans = list(asked)
    for i in range(len(spans)):
        for j in range(i + 1, len(spans)):
            (a, b), (c, d) = spans[i], spans[j]
            if c <= b + 1 and a <= d + 1:
                return united(spans[:i] + [(min(a, c), max(b, d))] + spans[i + 1:j] + spans[j + 1:])
    return spans


def multipart_length(spans: Spans, size: int) -> int:
    boundary = "x" * 32
    parts = [f"\r\n--{boundary}\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
             for first, last in spans]
    return len("".join(parts)) - 2 + sum(last - first + 1 for first, last in spans) + len(f"\r\n--{boundary}--\r\n")


class Headers:
    """Draws Range headers: mostly right, about the chunk's size and its blocks."""

    def __init__(self, seed: str):
        self._draw = random.Random(seed)

    def position(self) -> int:
        near = self._draw.choice((0, BLOCK, 2 * BLOCK, SIZE, self._draw.randrange(SIZE), self._draw.randrange(SIZE)))
        return max(0, near + self._draw.randint(-3, 3))

    def spec(self) -> str:
        draw, first = self._draw, self.position()
        return draw.choice((
            f"{first}-{first + draw.choice((0, 9, 1000, BLOCK))}", f"{first}-{first + draw.randrange(300)}",
            f"{first}-{self.position()}", f"{first}-", f"-{draw.choice((0, 1, 500, SIZE, SIZE + 1, draw.randrange(SIZE)))}",
            f"{first:030}-{first + 5:040}", f"{draw.choice((2**63, 2**64, 2**64 - 1, 10**30))}-",
            f"{first}-{draw.choice((2**63, 2**64, 10**30))}"))

    def header(self) -> str:
        draw = self._draw
        count = draw.choice((1, 1, 1, 1, 2, 2, 3, 5, 20, 250))
        text = "bytes=" + draw.choice((",", ",", ", ", " ,\t", ",,")).join(
            self.spec() if count < 20 else f"{self.position()}-{self.position()}" for _ in range(count))
        if draw.random() < 0.12:
            at = draw.randrange(len(text) + 1)
            text = text[:at] + draw.choice("0-,=x \t+;") + text[at + draw.randint(0, 1):]
        # httpd takes no longer lines.
        return text[:8000]


@pytest.mark.parametrize("stage", ["event"], indirect=True)
def test_random_ranges(stage: Stage, chunks: dict[str, Chunk]) -> None:
    door = stage.doors["plain"]
    headers = Headers(counts.seed())
    draw = random.Random(counts.seed())
    names = [name for name in chunks if "/random-" in name]
    kinds: Counter[str] = Counter()
    total = counts.count("AUDIODL_HTTP_RANGES", 500)
    for _ in range(total):
        header, name = headers.header(), draw.choice(names)
        answer = door.ask("GET", stage.shop.path(name), {**stage.cookie, "Range": header})
        expected = model(header, SIZE)
        kinds[expected if isinstance(expected, str) else f"{min(len(expected), 2)} parts"] += 1
        if expected == "none":
            case = Case({}, 416)
        else:
            case = Case({}, 200) if expected == "all" else Case({}, 206, tuple(expected))
        try:
            check(case, chunks[name], answer)
        except AssertionError as error:
            raise AssertionError(f"{header[:300]!r} of {name}, seed {counts.seed()}: {error}") from error
    assert set(kinds) == {"all", "none", "1 parts", "2 parts"}
    counts.note(f"{total} Range headers over HTTP as the model has them: {dict(kinds)}")
