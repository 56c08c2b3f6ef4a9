# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Random histories of one chunk each, compared with a model of what its customers may be told.

What happens to a chunk (see Act): it is asked for in every way, published anew, replaced without a word,
withdrawn, listed again, deleted; the origin fails; the cache file is removed or damaged; the fetcher is
killed; httpd is reloaded. The model knows which generations an answer may be of. A mixture never is.

    AUDIODL_SEED=7 AUDIODL_HISTORIES=60      histories 0 to 59 of seed 7 (make check: 60 of a new seed)
    AUDIODL_SEED=7 AUDIODL_HISTORIES=41-41   the 42nd once more; a failure prints its acts and this line
"""

import http.client
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from prove import counts
from servers import apache
from servers.audioshop import AudioShop
from servers.fault_origin import FAULTS, Answer, Fault, FaultOrigin, Object, Wire
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.web import Answer as Told
from servers.workspace import Workspace
from support import BLOCK, CUSTOMER

BOOK = "model"
SIZES = [1, 100, 4095, 70_001, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 777, 3 * BLOCK - 5]
AT_ONCE = 6
# What is quick to fail, so that many histories fit into a minute.
TROUBLES = ["403-expired-token", "403-expired-token", "403-time-skewed", "301", "500", "reset-at-once"]
_BYTES = random.Random(5).randbytes(4 * BLOCK)


class Wrong(AssertionError):
    """The shop said what the model does not allow."""


@dataclass
class Model:
    """What is true of one chunk, and what a request may therefore be told."""

    generations: list[Object] = field(default_factory=list)
    current: int | None = None  # at the origin
    confirmed: int = 0  # published last: no older one, as long as the origin answers
    served: int = 0  # nobody goes back behind what somebody has seen
    listed: bool = False
    trouble: bool = False  # the origin fails
    unsure: bool = False  # the object was replaced or deleted without a new marker
    gone: bool = False  # deleted, and the marker says that something changed
    maybe_listed: bool = False  # while a request overlaps a change of the listing

    def lowest(self) -> int:
        return self.served if self.trouble else max(self.served, self.confirmed)

    def newest(self) -> int:
        return len(self.generations) - 1

    def allows_404(self) -> bool:
        return not self.listed or self.maybe_listed or self.current is None

    def allows_bytes(self) -> bool:
        return self.listed or self.maybe_listed

    def allows_break(self) -> bool:
        return self.trouble or self.unsure or self.current is None


@dataclass(frozen=True)
class Asked:
    """One request: its headers, and the ranges that it names, resolved by size()."""

    headers: dict[str, str]
    method: str = "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.headers}"


def some_request(dice: random.Random, model: Model) -> Asked:
    size = len(model.generations[-1].data)
    begin = dice.randrange(size)
    end = dice.randrange(begin, size)
    tag = dice.choice(model.generations).etag
    kind = dice.choices(["whole", "range", "suffix", "multi", "head", "if-range", "if-none-match"],
                        [6, 5, 1, 2, 1, 1, 1])[0]
    one = f"bytes={begin}-{end}"
    match kind:
        case "range":
            return Asked({"Range": one})
        case "suffix":
            return Asked({"Range": f"bytes=-{dice.randrange(1, size + 1)}"})
        case "multi":
            other = dice.randrange(size)
            return Asked({"Range": f"{one},{other}-{min(other + 50, size - 1)}"})
        case "head":
            return Asked({}, "HEAD")
        case "if-range":
            return Asked({"Range": one, "If-Range": str(tag)})
        case "if-none-match":
            return Asked({"If-None-Match": str(tag)})
        case _:
            return Asked({})


def check_bytes(told: Told, asked: Asked, whole: bytes) -> str | None:
    """What is wrong with the answer, if it is to be of this generation."""
    if told.status == 304:
        return None if asked.headers.get("If-None-Match") == told.headers["ETag"] else "a 304 for another tag"
    if told.status == 416:
        first = re.match(r"bytes=(\d+)-", asked.headers.get("Range", ""))
        return None if first and int(first[1]) >= len(whole) else "a 416 for a range that is there"
    if told.status == 200:
        if "Range" in asked.headers and "If-Range" not in asked.headers and "," not in asked.headers["Range"]:
            suffix = re.match(r"bytes=-(\d+)", asked.headers["Range"])
            if not suffix or int(suffix[1]) < len(whole):
                return "a 200 for a range"
        if asked.method == "HEAD":
            return None if int(told.headers["Content-Length"]) == len(whole) else "another length"
        return None if told.body == whole else "other bytes"
    if told.status != 206:
        return f"status {told.status}"
    kind = told.headers.get("Content-Type", "")
    parts = parts_of(told, kind) if kind.startswith("multipart/") else [(told.headers["Content-Range"], told.body)]
    for content_range, body in parts:
        told_range = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", content_range)
        if not told_range or int(told_range[3]) != len(whole):
            return f"a part that says {content_range}"
        if body != whole[int(told_range[1]):int(told_range[2]) + 1]:
            return f"other bytes in {content_range}"
    wanted = re.findall(r"(\d+)-(\d+)", asked.headers["Range"])
    spans = [(int(a), min(int(b), len(whole) - 1)) for a, b in wanted if int(a) < len(whole)]
    got = [(int(a), int(b)) for said, _ in parts for a, b in re.findall(r"(\d+)-(\d+)/", said)]
    # httpd joins ranges that overlap, as RFC 9110 section 15.3.7.2 lets it.
    return f"the ranges {got} for {spans}" if wanted and covered(got) != covered(spans) else None


def covered(spans: list[tuple[int, int]]) -> list[list[int]]:
    """The same bytes in as few spans as can be, in order."""
    joined: list[list[int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return joined


def parts_of(told: Told, kind: str) -> list[tuple[str, bytes]]:
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    parts = []
    # The first boundary may stand without a line end before it (RFC 2046 section 5.1.1).
    for piece in (b"\r\n" + told.body).split(b"\r\n" + boundary)[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        said = re.search(rb"content-range: ([^\r]+)", head, re.IGNORECASE)
        parts.append((said[1].decode() if said else "nothing", body))
    return parts


def slowly(seconds: float) -> Fault:
    """Half of a sound answer, and after a while the other half."""

    def send(wire: Wire, good: Answer) -> bool:
        if good.head_only or not good.body:
            time.sleep(seconds)
            return wire.send_answer(good)
        half = len(good.body) // 2
        wire.send(good.head())
        wire.send_body(good.body[:half])
        time.sleep(seconds)
        wire.send_body(good.body[half:])
        return True

    return send


# Histories share the shop. Were half of a process's workers held by those whose origin hangs, others would be told to
# come back, or be given the copy that is there: rightly, but it is not what the model says.
MANY_THREADS = ("StartServers 3\nServerLimit 3\nThreadsPerChild 64\nThreadLimit 64\nMaxRequestWorkers 192\n"
                "MinSpareThreads 64\nMaxSpareThreads 192\nAsyncRequestWorkerFactor 20")


class World:
    """The shop that all histories share, and what befalls all of them."""

    def __init__(self, workspace: Workspace):
        self.origin = FaultOrigin(workspace)
        database = SqliteDb(workspace)
        database.add_purchase(CUSTOMER, BOOK)
        self.shop = AudioShop(workspace, "shop", self.origin, database, changes={"AudioOriginTimeout": "10s"})
        self.session = self.shop.new_session(CUSTOMER)  # before the start: SQLite locks out who reads meanwhile
        self.shop.start()
        self.counted: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._reloading = 0
        self._reloads = 0
        self._mtime = time.time_ns()

    def why(self, headers: Mapping[str, str]) -> str:
        """What the error log says of that answer, and what the fetcher said just before."""
        lines = self.shop.apache.error_log().splitlines()
        code = headers.get("X-Audiodl-Code", "without a code")
        told = [number for number, line in enumerate(lines) if code in line]
        return "\n".join(lines[max(0, told[0] - 8):told[0] + 1]) if told else code

    def count(self, what: str) -> None:
        with self._lock:
            self.counted[what] += 1

    def next_mtime(self) -> int:
        with self._lock:
            self._mtime += 1_000_000
            return self._mtime

    def kill_fetcher(self) -> None:
        for pid in self.shop.apache.helper_pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def graceful(self) -> None:
        with self._lock:
            if self._reloading:
                return
            self._reloading += 1
            self._reloads += 1
        try:
            self.shop.apache.graceful()
        finally:
            with self._lock:
                self._reloading -= 1

    def ask(self, chunk: str, asked: Asked) -> tuple[Told | None, bool]:
        """None: broken. And whether httpd was reloaded meanwhile, which breaks some, with or without us."""
        with self._lock:
            reloads, reloading = self._reloads, self._reloading
        try:
            named = {name.replace("-", "_"): value for name, value in asked.headers.items()}
            told: Told | None = self.shop.get(chunk, self.session, asked.method, **named)
        except (http.client.HTTPException, OSError):
            told = None
        with self._lock:
            return told, bool(reloading or self._reloads != reloads)


class History:
    """One chunk's, from its first publication to the last request."""

    def __init__(self, world: World, seed: str, number: int):
        self._world = world
        self._number = number
        self._dice = random.Random(f"history {seed} {number}")
        self._chunk = f"{BOOK}/{seed}-{number}.mp3"
        self._marker = world.shop.listing / self._chunk
        self._file = world.shop.cache / world.origin.cache_name(self._chunk)
        self._model = Model()
        self.acts: list[str] = []

    def run(self) -> None:
        self.publish()
        for _ in range(self._dice.randrange(5, 13)):
            self.act()
        if self._number % 60 == 17:
            self.say("kill the fetcher")
            self._world.kill_fetcher()
            self.ask()
        if self._number % 120 == 53:
            self.say("graceful")
            self._world.graceful()
            self.ask()
        # However it went, in the end everything is well.
        self.fault_off()
        self.publish()
        self.ask(Asked({}))
        self.ask(Asked({}))
        self.clean()

    def act(self) -> None:
        acts: list[tuple[float, Callable[[], None]]] = [
            (10, self.ask), (2, self.publish), (0.7, self.replace), (1, self.touch), (0.7, self.withdraw),
            (1, self.list_again), (0.5, self.delete), (0.9, self.fault_on), (1.2, self.fault_off),
            (0.8, self.remove_file), (0.8, self.damage_file), (1.2, self.ask_while_publishing),
            (1, self.ask_together), (0.3, self.list_as_of_old)]
        weights, actions = zip(*acts)
        self._dice.choices(actions, weights)[0]()

    def say(self, what: str) -> None:
        self.acts.append(what)
        self._world.count(what.split(":")[0])

    # What the publisher does.

    def new_generation(self) -> Object:
        begin = self._dice.randrange(BLOCK)
        data = _BYTES[begin:begin + self._dice.choice(SIZES)]
        new = Object.of(data + self._dice.randbytes(2), parts=self._dice.choice([0, 0, 2]))
        self._model.generations.append(new)
        return new

    def mark(self, mtime: int | None = None) -> None:
        self._marker.parent.mkdir(parents=True, exist_ok=True)
        mtime = mtime or self._world.next_mtime()
        # Made elsewhere and renamed: nobody sees it with the moment's own time.
        made = self._marker.with_suffix(".new")
        made.touch()
        os.utime(made, ns=(mtime, mtime))
        made.rename(self._marker)

    def publish(self) -> None:
        new = self.new_generation()
        self.say(f"publish: generation {self._model.newest()}, {len(new.data)} bytes, {new.etag}")
        self._world.origin.put_object(self._chunk, new)
        self.mark()
        self.published()

    def published(self) -> None:
        model = self._model
        model.current = model.confirmed = model.newest()
        model.listed, model.unsure, model.gone = True, False, False

    def replace(self) -> None:
        new = self.new_generation()
        self.say(f"replace: generation {self._model.newest()}, {len(new.data)} bytes, no new marker")
        self._world.origin.put_object(self._chunk, new)
        self._model.current = self._model.newest()
        self._model.unsure = True

    def delete(self) -> None:
        self.say("delete")
        self._world.origin.delete(self._chunk)
        self._model.current = None

    def touch(self) -> None:
        if self._model.listed:
            self.list_again()

    def list_again(self) -> None:
        self.list_with(self._world.next_mtime())

    def list_as_of_old(self) -> None:
        self.list_with(self._world.next_mtime() - 3_600_000_000_000)

    def list_with(self, mtime: int) -> None:
        self.say("list")
        self.mark(mtime)
        model = self._model
        model.listed = True
        if model.current is not None:
            model.confirmed, model.unsure = model.current, False

    def withdraw(self) -> None:
        self.say("withdraw")
        self._marker.unlink(missing_ok=True)
        self._model.listed = False

    # What goes wrong.

    def fault_on(self) -> None:
        name = self._dice.choice(TROUBLES)
        self.say(f"fault: {name}")
        self._world.origin.fault(self._chunk, FAULTS[name]())
        self._model.trouble = True

    def fault_off(self) -> None:
        self.say("heal")
        self._world.origin.heal(self._chunk)
        self._model.trouble = False

    def remove_file(self) -> None:
        self.say("remove the cache file")
        self._file.unlink(missing_ok=True)

    def damage_file(self) -> None:
        """The header page, the block table or the length; the object's bytes are the scrub's to look after."""
        try:
            size = self._file.stat().st_size
        except FileNotFoundError:
            return
        how = self._dice.choice(["garbage", "zeros", "shorter", "longer", "one bit", "state"])
        self.say(f"damage the cache file: {how}")
        with open(self._file, "r+b") as file:
            file.seek(size - 4096)
            page = file.read(4096)
            file.seek(size - 4096)
            match how:
                case "garbage":
                    file.write(self._dice.randbytes(4096))
                case "zeros":
                    file.write(bytes(4096))
                case "shorter":
                    file.truncate(size - self._dice.randrange(1, 4096))
                case "longer":
                    file.truncate(size + self._dice.randrange(1, 9000))
                case "one bit":
                    at = self._dice.randrange(600)
                    file.write(page[:at] + bytes([page[at] ^ 1 << self._dice.randrange(8)]))
                case "state":
                    file.seek(size - 512)
                    file.write(self._dice.randbytes(4))

    # What customers do.

    def ask(self, asked: Asked | None = None) -> None:
        asked = asked or some_request(self._dice, self._model)
        self.say(f"ask: {asked}")
        self.judge(asked, *self._world.ask(self._chunk, asked))

    def ask_together(self) -> None:
        requests = [some_request(self._dice, self._model) for _ in range(3)]
        self.say(f"ask together: {', '.join(map(str, requests))}")
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda asked: self._world.ask(self._chunk, asked), requests))
        # The order of those that overlap is nobody's business.
        served = self._model.served
        seen = []
        for asked, answer in zip(requests, answers):
            self._model.served = served
            self.judge(asked, *answer)
            seen.append(self._model.served)
        self._model.served = max(seen)

    def ask_while_publishing(self) -> None:
        """A request that begins before the publication and may end after it sees either, but one."""
        if self._model.trouble or not self._model.listed or self._model.current is None:
            return
        asked = some_request(self._dice, self._model)
        self._world.origin.fault(self._chunk, slowly(self._dice.random() * 0.05))
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(self._world.ask, self._chunk, asked)
            time.sleep(self._dice.random() * 0.03)
            lowest = self._model.lowest()
            new = self.new_generation()
            self.say(f"ask while publishing: {asked}, generation {self._model.newest()}, {len(new.data)} bytes")
            self._world.origin.put_object(self._chunk, new)
            time.sleep(self._dice.choice([0, 0.01]))
            self.mark()
            later_asked = some_request(self._dice, self._model)
            later = self._world.ask(self._chunk, later_asked)
            first = asking.result()
        self._world.origin.heal(self._chunk)
        model = self._model
        model.confirmed, model.unsure = lowest, True
        served = model.served
        self.judge(asked, *first)
        model.served = served
        self.published()
        self.acts.append(f"  and then: {later_asked}")
        self.judge(later_asked, *later, may_break=True)

    def judge(self, asked: Asked, told: Told | None, reloaded: bool, may_break: bool = False) -> None:
        """Compares with the model and lets it know which generation was seen."""
        model = self._model
        if told is None:
            self._world.count("broken")
            if not (model.allows_break() or may_break or reloaded):
                raise Wrong("a broken connection")
            return
        if told.status == 503:
            self._world.count("503")
            if int(told.headers.get("Retry-After", "0")) <= 0:
                raise Wrong("a 503 without Retry-After")
            if not model.trouble:
                raise Wrong("a 503 while the origin is sound: " + self._world.why(told.headers))
            return
        if told.status == 404:
            if not model.allows_404():
                raise Wrong("a 404 for what is for sale")
            return
        if not model.allows_bytes():
            raise Wrong(f"status {told.status} for what is withdrawn")
        self.judge_bytes(asked, told)

    def judge_bytes(self, asked: Asked, told: Told) -> None:
        model = self._model
        tags = [generation.etag for generation in model.generations]
        tag = told.headers.get("ETag")
        if told.status == 416:
            # httpd leaves the entity tag out of errors.
            sizes = [len(g.data) for g in model.generations[model.lowest():]]
            if not any(check_bytes(told, asked, bytes(size)) is None for size in sizes):
                raise Wrong("a 416 for a range that is there")
            return
        if tag not in tags:
            raise Wrong(f"status {told.status} with an entity tag that never was: {tag}")
        generation = tags.index(tag)
        if trouble := check_bytes(told, asked, model.generations[generation].data):
            raise Wrong(f"{trouble} under the entity tag of generation {generation}")
        if generation < model.lowest():
            raise Wrong(f"generation {generation}, and {model.lowest()} is the oldest that may be seen")
        model.served = max(model.served, generation)

    def clean(self) -> None:
        self._marker.unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)
        self._world.origin.forget(self._chunk)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, Workspace() as workspace:
        patch.setitem(apache._MPM, "event", MANY_THREADS)
        made = World(workspace)
        yield made
        made.shop.stop()
        made.origin.close()


def numbers() -> range:
    """AUDIODL_HISTORIES: how many, or FIRST-LAST."""
    first, dash, last = os.environ.get("AUDIODL_HISTORIES", "60").partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


def test_histories(world: World) -> None:
    seed = counts.seed()
    failures: list[str] = []

    def run(number: int) -> None:
        history = History(world, seed, number)
        try:
            history.run()
        except Exception as error:  # whatever it is, the acts that led to it are wanted
            acts = "\n    ".join(history.acts)
            failures.append(f"AUDIODL_SEED={seed} AUDIODL_HISTORIES={number}-{number}: {error!r}\n    {acts}")

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, numbers()))
    seconds = time.monotonic() - began
    what = ", ".join(f"{count} {name}" for name, count in sorted(world.counted.items()))
    counts.note(f"{len(numbers())} histories in {seconds:.0f} s ({what}), {len(failures)} failed")
    assert not failures, f"{len(failures)} of {len(numbers())}\n" + "\n".join(failures[:5])


def test_a_publication_during_the_first_read_is_seen(world: World) -> None:
    """The first read was answered before the publication, and ends after it."""
    chunk, old, new = f"{BOOK}/first-read.mp3", _BYTES[:BLOCK + 5], _BYTES[7:BLOCK]
    world.shop.publish(chunk, old)
    world.origin.fault(chunk, late(0.7), times=1)
    check_publication_during_a_read(world, chunk, old, new)


def test_a_publication_during_a_confirmation_is_seen(world: World) -> None:
    """The same for the question whether the cached generation is still the newest."""
    chunk, old, new = f"{BOOK}/confirmation.mp3", _BYTES[:BLOCK + 5], _BYTES[7:BLOCK]
    world.shop.publish(chunk, old)
    assert world.shop.get(chunk, world.session).body == old
    marker = world.shop.listing / chunk
    os.utime(marker, ns=(time.time_ns() + 10**9,) * 2)
    world.origin.fault(chunk, late(0.7), times=1)
    check_publication_during_a_read(world, chunk, old, new)


def late(seconds: float) -> Fault:
    """What was true when it was asked, after a while."""

    def send(wire: Wire, good: Answer) -> bool:
        time.sleep(seconds)
        return wire.send_answer(good)

    return send


def check_publication_during_a_read(world: World, chunk: str, old: bytes, new: bytes) -> None:
    before = len(world.origin.exchanges(chunk))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(world.shop.get, chunk, world.session)
        wait_until(lambda: len(world.origin.exchanges(chunk)) > before, "the origin to be asked")
        world.origin.put(chunk, new)
        os.utime(world.shop.listing / chunk, ns=(time.time_ns() + 2 * 10**9,) * 2)
        assert world.shop.get(chunk, world.session).body == new
        assert first.result(30).body in (old, new)
    assert world.shop.get(chunk, world.session).body == new
