# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""An S3-shaped origin that goes wrong in every way a real one hardly ever shows.

It keeps its objects in memory, does not check signatures, honours Range and If-Match, records every
request, and applies a fault per object:

    origin = FaultOrigin(workspace)
    origin.put("BOOK/01.mp3", data)
    origin.fault("BOOK/01.mp3", FAULTS["reset"](at=300_000))
    origin.heal("BOOK/01.mp3")
    origin.body_bytes("BOOK/01.mp3")

A fault is a function (wire, good): `good` is the answer a sound origin would give, `wire` takes whatever
is sent instead. It returns whether the connection is kept.
"""

import email.utils
import gzip
import hashlib
import re
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .audioshop import Directives, write_credentials
from .workspace import Workspace

_SLICE = 64 * 1024
_BUFFER = 256 * 1024
_MODIFIED = email.utils.formatdate(1_700_000_000, usegmt=True)
BUCKET, PREFIX = "books", "prod"


@dataclass(frozen=True)
class Object:
    """One generation of an object."""

    data: bytes
    etag: str | None  # with its quotes; None: none is sent

    @staticmethod
    def of(data: bytes, parts: int = 0) -> "Object":
        """As S3 has it: the entity tag is the MD5, unless it was uploaded in so many parts."""
        digest = hashlib.md5(data).hexdigest()
        return Object(data, f'"{hashlib.md5(digest.encode()).hexdigest()}-{parts}"' if parts else f'"{digest}"')


@dataclass
class Exchange:
    """One request, and how much of an answer it got."""

    chunk: str
    method: str
    asked_range: str
    first: int = 0
    asked: int = 0  # body bytes that a sound answer has
    sent: int = 0  # body bytes that were handed to the network
    ended: bool = False


@dataclass(frozen=True)
class Answer:
    """A response before it is sent."""

    status: int
    headers: dict[str, str]
    body: memoryview
    first: int = 0  # offset within the object of the body's first byte
    whole: bytes = b""  # all of the object
    head_only: bool = False

    def changed(self, **headers: str | None) -> "Answer":
        """With other headers: Content_Length="5"; None leaves one out."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **named}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})

    def head(self) -> bytes:
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"HTTP/1.1 {self.status} Answer\r\n{lines}\r\n".encode("latin-1")


class Wire:
    """The connection to the module while one answer is sent."""

    def __init__(self, peer: socket.socket, exchange: Exchange, origin: "FaultOrigin"):
        self._peer = peer
        self._exchange = exchange
        self._origin = origin

    def send(self, data: bytes) -> None:
        self._peer.sendall(data)

    def send_body(self, body: "memoryview | bytes") -> None:
        """In slices at the origin's rate, counted."""
        view = memoryview(body)
        while view:
            part = view[:_SLICE]
            self._origin.pace(len(part))
            self._peer.sendall(part)
            self._exchange.sent += len(part)
            view = view[len(part):]

    def send_answer(self, answer: Answer) -> bool:
        if answer.head_only or not answer.body:
            self.send(answer.head())
        elif len(answer.body) <= _SLICE and not self._origin.rate:
            self.send(answer.head() + answer.body)
            self._exchange.sent += len(answer.body)
        else:
            self.send(answer.head())
            self.send_body(answer.body)
        return True

    def reset(self) -> bool:
        """The module sees a reset."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def wait(self, seconds: float = 60) -> bool:
        """Sends nothing until the module gives up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._origin.closed:
            self._peer.settimeout(0.2)
            try:
                if not self._peer.recv(4096, socket.MSG_PEEK):
                    break
                time.sleep(0.05)
            except TimeoutError:
                continue
        return False


Fault = Callable[[Wire, Answer], bool]


def _error(status: int, code: str, headers: Mapping[str, str] | None = None) -> Fault:
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{code}, as ordered'
            f"</Message><RequestId>1</RequestId></Error>").encode()

    def send(wire: Wire, good: Answer) -> bool:
        named = {"Content-Type": "application/xml", "Content-Length": str(len(body)), **(headers or {})}
        wire.send(Answer(status, named, memoryview(b"")).head() + (b"" if good.head_only else body))
        return True

    return send


def _at(at: int, then: Callable[[Wire], bool]) -> Fault:
    """A sound answer up to byte `at` of the object, and then."""

    def send(wire: Wire, good: Answer) -> bool:
        if good.head_only or not good.first <= at < good.first + len(good.body):
            return wire.send_answer(good)
        wire.send(good.head())
        wire.send_body(good.body[:at - good.first])
        return then(wire)

    return send


def _drip(at: int) -> Fault:
    """Sound, but from byte `at` of the object on it comes at one byte a second."""

    def send(wire: Wire, good: Answer) -> bool:
        if good.head_only or at >= good.first + len(good.body):
            return wire.send_answer(good)
        begin = max(0, at - good.first)
        wire.send(good.head())
        wire.send_body(good.body[:begin])
        for index in range(begin, min(begin + 60, len(good.body))):
            wire.send_body(good.body[index:index + 1])
            time.sleep(1)
        return False

    return send


def _close(_: Wire) -> bool:
    return False


def _flip(at: int) -> Fault:
    def send(wire: Wire, good: Answer) -> bool:
        index = at - good.first
        if good.head_only or not 0 <= index < len(good.body):
            return wire.send_answer(good)
        body = bytearray(good.body)
        body[index] ^= 0x10
        return wire.send_answer(replace(good, body=memoryview(bytes(body))))

    return send


def _changed(at: int, tag: bool) -> Fault:
    """Cut at byte `at` of the object; who goes on there gets other bytes, as if If-Match did not exist."""

    def send(wire: Wire, good: Answer) -> bool:
        if good.first < at:
            return _at(at, _close)(wire, good)
        other = bytes(byte ^ 0xFF for byte in good.body[:_SLICE]) + bytes(good.body[_SLICE:])
        changed = replace(good, body=memoryview(b"" if good.head_only else other))
        return wire.send_answer(changed.changed(ETag='"' + "0f" * 16 + '"') if tag else changed)

    return send


def _headers(**headers: str | None) -> Fault:
    return lambda wire, good: wire.send_answer(good.changed(**headers))


def _shifted_range(wire: Wire, good: Answer) -> bool:
    """Says that the bytes are those of the next block."""
    first = good.first + 262144
    last = first + len(good.body) - 1
    return wire.send_answer(good.changed(Content_Range=f"bytes {first}-{last}/{len(good.whole) + 262144}"))


def _wrong_total(wire: Wire, good: Answer) -> bool:
    last = good.first + len(good.body) - 1
    return wire.send_answer(good.changed(Content_Range=f"bytes {good.first}-{last}/{len(good.whole) + 1}"))


def _half_range(wire: Wire, good: Answer) -> bool:
    """Half of what was asked for, in good order otherwise."""
    body = good.body[:max(1, len(good.body) // 2)]
    return wire.send_answer(replace(good, body=body).changed(
        Content_Length=str(len(body)),
        Content_Range=f"bytes {good.first}-{good.first + len(body) - 1}/{len(good.whole)}"))


def _other_bytes(wire: Wire, good: Answer) -> bool:
    """The head is right, the bytes come from elsewhere in the object."""
    doubled = good.whole + good.whole
    begin = good.first + 1
    return wire.send_answer(replace(good, body=memoryview(doubled)[begin:begin + len(good.body)]))


def _whole_for_range(wire: Wire, good: Answer) -> bool:
    body = memoryview(b"" if good.head_only else good.whole)
    return wire.send_answer(replace(good, status=200, body=body).changed(
        Content_Length=str(len(good.whole)), Content_Range=None))


def _gzip(wire: Wire, good: Answer) -> bool:
    """What a proxy that compresses makes of it; the entity tag stays."""
    packed = gzip.compress(good.whole, 0)
    return wire.send_answer(replace(good, status=200, body=memoryview(packed)).changed(
        Content_Length=str(len(packed)), Content_Range=None, Content_Encoding="gzip"))


def _gzip_part(wire: Wire, good: Answer) -> bool:
    packed = gzip.compress(bytes(good.body), 0)
    return wire.send_answer(replace(good, body=memoryview(packed)).changed(
        Content_Length=str(len(packed)), Content_Encoding="gzip"))


def _short(wire: Wire, good: Answer) -> bool:
    wire.send(good.head())
    wire.send_body(good.body[:max(0, len(good.body) - 1)])
    return False


def _long(wire: Wire, good: Answer) -> bool:
    wire.send(good.head())
    wire.send_body(bytes(good.body) + b"and some more" * 1000)
    return False


def _chunked(end: bool, extra: bytes) -> Fault:
    def send(wire: Wire, good: Answer) -> bool:
        wire.send(good.changed(Content_Length=None, Transfer_Encoding="chunked").head())
        if good.head_only:
            return True
        for begin in range(0, len(good.body), _SLICE):
            part = good.body[begin:begin + _SLICE]
            wire.send(b"%x\r\n" % len(part))
            wire.send_body(part)
            wire.send(b"\r\n")
        if end:
            wire.send(b"0\r\n\r\n")
            return True
        while extra and not wire._origin.closed:
            wire.send(b"%x\r\n%s\r\n" % (len(extra), extra))
        return wire.wait()

    return send


def _endless_head(wire: Wire, _: Answer) -> bool:
    wire.send(b"HTTP/1.1 206 Partial Content\r\n")
    for number in range(10_000_000):
        wire.send(b"".join(b"X-Padding-%d-%d: %s\r\n" % (number, line, b"x" * 900) for line in range(64)))
        if wire._origin.closed:
            break
    return False


def _large_head(wire: Wire, good: Answer) -> bool:
    padding = {f"X-Padding-{number}": "x" * 1000 for number in range(1024)}
    return wire.send_answer(replace(good, headers={**padding, **good.headers}))


def _error_page(headers: Mapping[str, str]) -> Fault:
    page = (b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code>'
            b"<Message>We encountered an internal error. Please try again.</Message></Error>")

    def send(wire: Wire, good: Answer) -> bool:
        named = {"Content-Type": "application/xml", "Content-Length": str(len(page)), **headers}
        return wire.send_answer(Answer(200, named, memoryview(b"" if good.head_only else page)))

    return send


def _continue_noise(wire: Wire, good: Answer) -> bool:
    wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 103 Early Hints\r\nETag: \"no\"\r\n\r\n")
    return wire.send_answer(good)


def _twice(name: str, value: str) -> Fault:
    def send(wire: Wire, good: Answer) -> bool:
        head = good.head().replace(b"\r\n\r\n", f"\r\n{name}: {value}\r\n\r\n".encode())
        wire.send(head)
        if not good.head_only:
            wire.send_body(good.body)
        return False

    return send


def _garbage(wire: Wire, _: Answer) -> bool:
    wire.send(b"\x16\x03\x01\x02\x00\x01\x00" + b"\0" * 600)
    return False


def _hang(wire: Wire, _: Answer) -> bool:
    return wire.wait()


# By name; those with a place take it as at=, an offset within the object.
FAULTS: dict[str, Callable[..., Fault]] = {
    "hang": lambda at=0: _hang,
    "close": lambda at=0: lambda wire, good: False,
    "reset-at-once": lambda at=0: lambda wire, good: wire.reset(),
    "garbage": lambda at=0: _garbage,
    "500": lambda at=0: _error(500, "InternalError"),
    "503-slow-down": lambda at=0: _error(503, "SlowDown"),
    "403-expired-token": lambda at=0: _error(403, "ExpiredToken"),
    "403-archived": lambda at=0: _error(403, "InvalidObjectState"),
    "403-time-skewed": lambda at=0: _error(403, "RequestTimeTooSkewed"),
    "404-no-such-key": lambda at=0: _error(404, "NoSuchKey"),
    "404-no-such-bucket": lambda at=0: _error(404, "NoSuchBucket"),
    "404-not-s3": lambda at=0: lambda wire, good: wire.send_answer(Answer(
        404, {"Content-Type": "text/html", "Content-Length": "9"}, memoryview(b"not found"))),
    "301": lambda at=0: _error(301, "PermanentRedirect", {"Location": "/books/trap", "x-amz-bucket-region": "eu-west-3"}),
    "307": lambda at=0: _error(307, "TemporaryRedirect", {"Location": "/books/trap"}),
    "200-error-page": lambda at=0: _error_page({}),
    "200-error-page-with-tag": lambda at=0: _error_page({"ETag": '"' + "ab" * 16 + '"', "Last-Modified": _MODIFIED}),
    "short": lambda at=0: _short,
    "long": lambda at=0: _long,
    "half-range": lambda at=0: _half_range,
    "reset": lambda at: _at(at, Wire.reset),
    "cut": lambda at: _at(at, _close),
    "stall": lambda at: _at(at, Wire.wait),
    "drip": _drip,
    "flip": lambda at: _flip(at),
    "shifted-range": lambda at=0: _shifted_range,
    "wrong-total": lambda at=0: _wrong_total,
    "no-content-range": lambda at=0: _headers(Content_Range=None),
    "unknown-total": lambda at=0: lambda wire, good: wire.send_answer(good.changed(
        Content_Range=f"bytes {good.first}-{good.first + len(good.body) - 1}/*")),
    "other-bytes": lambda at=0: _other_bytes,
    "changed": lambda at: _changed(at, True),
    "changed-with-old-tag": lambda at: _changed(at, False),
    "chunked": lambda at=0: _chunked(True, b""),
    "chunked-without-end": lambda at=0: _chunked(False, b""),
    "chunked-endless": lambda at=0: _chunked(False, b"x" * 65536),
    "1MB-of-headers": lambda at=0: _large_head,
    "endless-headers": lambda at=0: _endless_head,
    "weak-tag": lambda at=0: lambda wire, good: wire.send_answer(good.changed(ETag="W/" + good.headers["ETag"])),
    "no-tag": lambda at=0: _headers(ETag=None),
    "empty-tag": lambda at=0: _headers(ETag='""'),
    "two-tags": lambda at=0: _twice("ETag", '"' + "cd" * 16 + '"'),
    "two-lengths": lambda at=0: _twice("Content-Length", "7"),
    "whole-for-range": lambda at=0: _whole_for_range,
    "gzip": lambda at=0: _gzip,
    "gzip-part": lambda at=0: _gzip_part,
    "length-too-small": lambda at=0: lambda wire, good: wire.send_answer(
        good.changed(Content_Length=str(max(1, len(good.body) - 1000)))) and False,
    "length-too-large": lambda at=0: lambda wire, good: wire.send_answer(
        good.changed(Content_Length=str(len(good.body) + 1000))) and False,
    "continue-noise": lambda at=0: _continue_noise,
}


@dataclass
class _Kept:
    """What is known of one chunk."""

    current: Object | None = None
    fault: Fault | None = None
    times: int = 0  # answers that the fault still befalls
    exchanges: list[Exchange] = field(default_factory=list)


class FaultOrigin:
    """Listens on a loopback port in threads of this process. All methods are thread-safe."""

    def __init__(self, workspace: Workspace, name: str = "fault-origin"):
        self._credentials = write_credentials(workspace, f"credentials-{name}")
        self._lock = threading.Lock()
        self._chunks: dict[str, _Kept] = {}
        self._next_slot = 0.0
        self.rate = 0.0  # bytes a second of all bodies together; 0: as fast as it goes
        self.latency = 0.0  # seconds before each answer
        self.closed = False
        self.port = 0
        self._peers: set[socket.socket] = set()
        self.listen()

    @property
    def identity(self) -> str:
        """What the module calls this origin, where it names cache files."""
        return f"s3://{BUCKET} endpoint=http://127.0.0.1:{self.port}"

    def cache_name(self, chunk: str) -> str:
        """Where the chunk lies below AudioCacheDir."""
        name = hashlib.sha256(f"{self.identity}\n{PREFIX}/{chunk}".encode()).hexdigest()
        return f"{name[:2]}/{name}"

    def directives(self) -> Directives:
        return {"AudioOrigin": f"s3://{BUCKET}/{PREFIX} region=us-east-1 endpoint=http://127.0.0.1:{self.port} style=path",
                "AudioCredentials": f"{self._credentials} profile=web"}

    def put(self, chunk: str, data: bytes) -> None:
        self.put_object(chunk, Object.of(data))

    def put_object(self, chunk: str, new: Object) -> None:
        with self._lock:
            self._kept(chunk).current = new

    def delete(self, chunk: str) -> None:
        with self._lock:
            self._kept(chunk).current = None

    def forget(self, chunk: str) -> None:
        """The object and everything recorded of it."""
        with self._lock:
            self._chunks.pop(chunk, None)

    def fault(self, chunk: str, fault: Fault, times: int = 1 << 30) -> None:
        """Befalls the next `times` answers for that chunk."""
        with self._lock:
            kept = self._kept(chunk)
            kept.fault, kept.times = fault, times

    def heal(self, chunk: str) -> None:
        with self._lock:
            self._kept(chunk).fault = None

    def exchanges(self, chunk: str) -> list[Exchange]:
        with self._lock:
            return list(self._kept(chunk).exchanges)

    def body_bytes(self, chunk: str) -> int:
        return sum(exchange.sent for exchange in self.exchanges(chunk))

    def bytes_in_flight(self, chunk: str) -> int:
        """The sizes of the answers that are being sent."""
        return sum(exchange.asked for exchange in self.exchanges(chunk) if not exchange.ended)

    def listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens any more, and those that are connected are cut off; until listen()."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            peers = list(self._peers)
        for peer in peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:  # it went by itself
                pass

    def close(self) -> None:
        self.closed = True
        self.refuse()

    def pace(self, size: int) -> None:
        """Sleeps so that all connections together keep to the rate."""
        if not self.rate:
            return
        with self._lock:
            self._next_slot = max(self._next_slot, time.monotonic()) + size / self.rate
            wait = self._next_slot - time.monotonic()
        if wait > 0:
            time.sleep(wait)

    def _kept(self, chunk: str) -> _Kept:
        return self._chunks.setdefault(chunk, _Kept())

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with self._lock:
            self._peers.add(peer)
        with peer:
            try:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while head := _read_head(peer):
                    if not self._answer(peer, head):
                        break
            except OSError:
                pass
            finally:
                with self._lock:
                    self._peers.discard(peer)

    def _answer(self, peer: socket.socket, head: bytes) -> bool:
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        path = urllib.parse.unquote(target.partition("?")[0])
        chunk = path.removeprefix(f"/{BUCKET}/").removeprefix(f"{PREFIX}/")
        exchange = Exchange(chunk, method, headers.get("range", ""))
        with self._lock:
            kept = self._kept(chunk)
            kept.exchanges.append(exchange)
            current, fault = kept.current, None
            if kept.fault is not None and kept.times > 0:
                kept.times -= 1
                fault = kept.fault
        if self.latency:
            time.sleep(self.latency)
        wire = Wire(peer, exchange, self)
        try:
            return self._send(wire, exchange, current, headers, fault)
        finally:
            exchange.ended = True

    @staticmethod
    def _send(wire: Wire, exchange: Exchange, current: Object | None, headers: Mapping[str, str],
              fault: Fault | None) -> bool:
        head_only = exchange.method == "HEAD"
        if current is None:
            # A fault of an object that does not exist is still one: the origin may hang.
            nothing = Answer(404, {"Content-Length": "0"}, memoryview(b""), head_only=head_only)
            return (fault or _error(404, "NoSuchKey"))(wire, nothing)
        if headers.get("if-match", current.etag) != current.etag and fault is None:
            return _error(412, "PreconditionFailed")(wire, Answer(412, {}, memoryview(b""), head_only=head_only))
        good = _sound_answer(exchange, current, head_only)
        if good is None:
            total = {"Content-Range": f"bytes */{len(current.data)}"}
            return _error(416, "InvalidRange", total)(wire, Answer(416, {}, memoryview(b""), head_only=head_only))
        exchange.first, exchange.asked = good.first, len(good.body)
        return (fault or Wire.send_answer)(wire, good)


def _sound_answer(exchange: Exchange, current: Object, head_only: bool) -> Answer | None:
    """None: the object has none of the bytes asked for."""
    size = len(current.data)
    headers = {"Accept-Ranges": "bytes", "Last-Modified": _MODIFIED, "Content-Type": "audio/mpeg",
               "x-amz-request-id": "1"}
    if current.etag is not None:
        headers["ETag"] = current.etag
    asked = re.fullmatch(r"bytes=(\d+)-(\d+)", exchange.asked_range)
    if asked is None:
        body = memoryview(b"" if head_only else current.data)
        return Answer(200, {**headers, "Content-Length": str(size)}, body, 0, current.data, head_only)
    first, last = int(asked[1]), min(int(asked[2]), size - 1)
    if first >= size:
        return None
    headers.update({"Content-Length": str(last - first + 1), "Content-Range": f"bytes {first}-{last}/{size}"})
    return Answer(206, headers, memoryview(current.data)[first:last + 1], first, current.data, head_only)


def _read_head(peer: socket.socket) -> bytes:
    """A request's head; nothing at the end of the stream. The module's requests have no bodies."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        more = peer.recv(_BUFFER)
        if not more:
            return b""
        data += more
    return data
