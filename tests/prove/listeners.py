# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""listeners.py: customers who download one chunk after the other until they are told to stop, in one thread of a
process of its own. Every byte is compared.

Reads one line of JSON from stdin, an Order; "stop" ends it once the downloads under way have ended. Writes one JSON
object to stdout: for each group how many downloads came to what end, and the first of those that broke.

    listeners = Listeners([Group("plain", port, False, headers, paths, file, clients=20, rate=500_000)])
    listeners.start(); ...; result = listeners.stop()

A download is of the group's path whose turn it is: they change every `turn` seconds, so that a group's clients ask
for the same chunk together. A client with a rate reads no faster than that. A client that keeps its connection asks
for four ranges on it, one after the other, as a player does; what httpd closes between two of them is no failure:
the client asks again on a new connection, as RFC 9110 section 9.3.1 has it.
"""

import asyncio
import json
import random
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

_READ = 32 * 1024
_RANGE = 256 * 1024
_PATIENCE = 60  # seconds without a byte
_KEPT = 5  # broken downloads that are described


@dataclass
class Group:
    """Clients who ask for the same. `file` holds the bytes of every path."""

    name: str
    port: int
    tls: bool
    headers: Mapping[str, str]
    paths: Sequence[str]
    file: str
    clients: int
    rate: int = 0  # bytes a second for each client; 0: as fast as it goes
    turn: float = 5
    keeps: bool = False


@dataclass
class Tally:
    ends: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    retried: int = 0  # requests on a connection that had been closed, and 503 with Retry-After

    def note(self, end: str, detail: str) -> None:
        self.ends[end] += 1
        if end != "right" and len(self.broken) < _KEPT:
            self.broken.append(f"{end}: {detail}")


class Broken(Exception):
    """How a download ended, if not well."""


class Client:
    def __init__(self, group: Group, data: bytes, crowd: "Crowd"):
        self._group = group
        self._data = data
        self._crowd = crowd
        self._tally = crowd.tallies[group.name]
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        # Not all at the same moment.
        await asyncio.sleep(random.random() * 0.5)
        while not self._crowd.stopping.is_set():
            began = time.monotonic()
            path = self._group.paths[int((began - self._crowd.began) / self._group.turn) % len(self._group.paths)]
            try:
                await (self._listen(path) if self._group.keeps else self._download(path))
                end = "right"
            except Broken as broken:
                end = str(broken)
            self._tally.note(end, f"{path} begun at {began - self._crowd.began:.2f} s, after "
                                  f"{time.monotonic() - began:.2f} s")
            await self._close()

    async def _download(self, path: str) -> None:
        await self._ask(path, "")
        await self._take(0, len(self._data))

    async def _listen(self, path: str) -> None:
        first = random.randrange(max(1, len(self._data) - 4 * _RANGE))
        for begin in range(first, min(first + 4 * _RANGE, len(self._data)), _RANGE):
            end = min(begin + _RANGE, len(self._data))
            await self._ask(path, f"Range: bytes={begin}-{end - 1}\r\n")
            await self._take(begin, end)

    async def _ask(self, path: str, extra: str) -> None:
        """To the end of the response's head."""
        for _ in range(100):
            fresh = self._writer is None
            if fresh:
                await self._connect()
            status, retry_after = await self._exchange_heads(path, extra)
            if status in (200, 206):
                return
            await self._close()
            if status == 503:
                await asyncio.sleep(retry_after / 10)
            elif status != 0 or fresh:
                raise Broken(f"answered {status}" if status else "no answer")
            self._tally.retried += 1
        raise Broken("never served")

    async def _connect(self) -> None:
        context = None
        if self._group.tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._group.port, ssl=context,
                                                                       limit=2 * _READ)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise Broken("no answer") from error

    async def _exchange_heads(self, path: str, extra: str) -> tuple[int, int]:
        """The status, and Retry-After; 0: the connection was closed instead."""
        assert self._reader and self._writer
        headers = "".join(f"{name}: {value}\r\n" for name, value in self._group.headers.items())
        kept = "" if self._group.keeps else "Connection: close\r\n"
        try:
            self._writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}{kept}{extra}\r\n".encode("latin-1"))
            head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), _PATIENCE)
        except (OSError, asyncio.IncompleteReadError):
            return 0, 0
        except TimeoutError as error:
            raise Broken("no answer in time") from error
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        return int(head.split(b" ", 2)[1]), int(lines.get(b"retry-after", b"10"))

    async def _take(self, begin: int, end: int) -> None:
        assert self._reader
        position, started = begin, time.monotonic()
        while position < end:
            try:
                data = await asyncio.wait_for(self._reader.read(min(_READ, end - position)), _PATIENCE)
            except OSError as error:
                raise Broken(f"TRUNCATED: {type(error).__name__}") from error
            except TimeoutError as error:
                raise Broken("TRUNCATED: nothing came any more") from error
            if not data:
                raise Broken("TRUNCATED: closed")
            if not self._data.startswith(data, position):
                raise Broken("WRONG BYTES")
            position += len(data)
            if self._group.rate:
                await asyncio.sleep(started + (position - begin) / self._group.rate - time.monotonic())

    async def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


class Crowd:
    def __init__(self, groups: Sequence[Group]):
        self.began = time.monotonic()
        self.stopping = asyncio.Event()
        self.tallies = {group.name: Tally() for group in groups}
        self._clients = [Client(group, Path(group.file).read_bytes(), self) for group in groups
                         for _ in range(group.clients)]

    async def run(self) -> None:
        asyncio.get_running_loop().run_in_executor(None, self._await_stop, asyncio.get_running_loop())
        await asyncio.gather(*(client.run() for client in self._clients))

    def _await_stop(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.stdin.readline()
        loop.call_soon_threadsafe(self.stopping.set)


class Listeners:
    """The process, as a test sees it."""

    def __init__(self, groups: Sequence[Group]):
        self._groups = groups
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True)
        assert self._process.stdin
        self._process.stdin.write(json.dumps([asdict(group) for group in self._groups]) + "\n")
        self._process.stdin.flush()

    def stop(self) -> dict:
        """When the last download has ended. For each group: ends, broken, retried."""
        assert self._process
        told, _ = self._process.communicate("stop\n", timeout=300)
        return json.loads(told)


async def main() -> None:
    crowd = Crowd([Group(**group) for group in json.loads(sys.stdin.readline())])
    await crowd.run()
    json.dump({name: vars(tally) for name, tally in crowd.tallies.items()}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
