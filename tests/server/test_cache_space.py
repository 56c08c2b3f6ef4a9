# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The cache keeps to its limits, gives up what it should and nothing else, and a full disk stops no download."""

import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from servers.audioshop import AudioShop, FileOrigin
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.workspace import AS_ROOT, SERVER_GID, SERVER_UID, Workspace
from support import BLOCK, CUSTOMER, read_sha256, sha256, some_bytes

SIZE = 4 * BLOCK + 77
FILE = 4 * BLOCK + 4096 + 4096 + 4096  # with table and header


def tool() -> Path:
    """The operator's command: AUDIODL_TOOL, or what `make` built."""
    built = Path(__file__).resolve().parents[2] / "build" / "audiodl-bin" / "audiodl"
    return Path(os.environ.get("AUDIODL_TOOL") or built).resolve()


def run(*words: str, code: int | None = 0) -> str:
    done = subprocess.run([tool(), *words], capture_output=True, text=True, check=False, timeout=60)
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout


class SmallShop(AudioShop):
    """A shop without S3 and MariaDB, whose customer may have the one book."""

    def __init__(self, workspace: Workspace, name: str, database: SqliteDb, **settings: object):
        super().__init__(workspace, name, FileOrigin(workspace, f"{name}-origin"), database,
                         **settings)  # type: ignore[arg-type]
        self.session = self.new_session(CUSTOMER)

    def add(self, chunk: str, seed: int, size: int = SIZE) -> str:
        """Publishes a chunk and returns what its download must hash to."""
        data = some_bytes(size, seed)
        self.publish(chunk, data)
        return sha256(data)

    def files(self) -> list[Path]:
        return [path for path in self.cache.glob("??/*") if len(path.name) == 64]

    def bytes_used(self) -> int:
        total = 0
        for path in self.files():
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                pass
        return total

    @property
    def memory(self) -> Path:
        """Where it keeps what finds no room (StoreConfig::Seal)."""
        name = f"{self.cache}\nfile://\n{self.origin.path}"  # type: ignore[attr-defined]
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        return Path(f"/dev/shm/audiodl-{number:016x}")

    def cached(self) -> set[str]:
        """The chunks that `audiodl cache ls` knows."""
        prefix = f"{self.origin.path}/"  # type: ignore[attr-defined]
        lines = run("cache", "ls", "--dir", str(self.cache)).splitlines()
        return {line.split()[-1].removeprefix(prefix) for line in lines if prefix in line}

    def grep(self, canary: bytes, folder: Path | None = None) -> list[Path]:
        """The files below the cache (or `folder`) that hold the canary."""
        done = subprocess.run(["grep", "-rlF", "-a", canary, folder or self.cache], capture_output=True, check=False)
        return [Path(os.fsdecode(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def database(workspace: Workspace) -> SqliteDb:
    made = SqliteDb(workspace)
    made.add_purchase(CUSTOMER, "book")
    return made


_names = iter(f"space{n}" for n in range(1000))


@pytest.fixture
def small_shop(workspace: Workspace, database: SqliteDb) -> Iterator[Callable[..., SmallShop]]:
    made: list[SmallShop] = []

    def make(start: bool = True, **changes: str | None) -> SmallShop:
        made.append(SmallShop(workspace, next(_names), database,
                              changes={"AudioCacheMinFree": "0", **changes}))
        if start:
            made[-1].start()
        return made[-1]

    yield make
    for shop in made:
        shop.stop()
        shutil.rmtree(shop.memory, ignore_errors=True)


def test_the_limit_holds_at_every_moment_of_a_storm_of_fills(small_shop: Callable[..., SmallShop]) -> None:
    limit = 10 * FILE + 1000
    shop = small_shop(AudioCacheMaxSize=str(limit))
    sums = {f"book/{i:02}.mp3": shop.add(f"book/{i:02}.mp3", i) for i in range(60)}
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(shop.bytes_used())
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()

    def download(chunk: str) -> bool:
        answer = shop.get(chunk, shop.session)
        return answer.status == 200 and answer.sha256 == sums[chunk]

    with ThreadPoolExecutor(12) as pool:
        good = list(pool.map(download, list(sums) * 2))
    done.set()
    watcher.join()
    assert all(good), shop.apache.error_log()[-3000:]
    assert len(seen) > 20 and max(seen) > limit // 2
    assert max(seen) <= limit


def test_what_was_asked_for_longest_ago_goes_first(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop(AudioCacheMaxSize=str(4 * FILE))
    for i in range(4):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    shop.stop()
    # An hour ago, in this order; the index is made anew from what the files say.
    now = int(time.time())
    for path in shop.files():
        with open(path, "r+b") as file:
            file.seek(-4096, os.SEEK_END)
            page = file.read(4096)
            number = int(page[page.index(b"book/") + 5:][:1])
            file.seek(-4096 + 3584 + 8, os.SEEK_END)
            file.write((now - 3600 + number).to_bytes(8, "little"))
    (shop.cache / ".audiodl-index").unlink()
    shop.start()
    wait_until(lambda: len(shop.cached()) == 4, "the index to be made anew")
    # A hit is use, whatever the mount says about access times.
    assert shop.get("book/0.mp3", shop.session).cache == "hit"
    wait_until(lambda: "book/0.mp3" in run("cache", "ls", "--dir", str(shop.cache)).splitlines()[-1],
               "the hit to be noted")
    for i in (4, 5):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    assert shop.cached() == {"book/0.mp3", "book/3.mp3", "book/4.mp3", "book/5.mp3"}


def test_eviction_breaks_no_slow_download(small_shop: Callable[..., SmallShop]) -> None:
    large = 40 * BLOCK
    shop = small_shop(AudioCacheMaxSize=str(2 * large + 100000))
    slow = [f"book/slow{i}.mp3" for i in range(6)]
    sums = {chunk: shop.add(chunk, i, large) for i, chunk in enumerate(slow)}

    def download(chunk: str) -> str:
        with shop.open(chunk, shop.session, receive_buffer=8192) as response:
            assert response.status == 200
            time.sleep(2)
            return read_sha256(response)

    with ThreadPoolExecutor(len(slow)) as pool:
        results = dict(zip(slow, pool.map(download, slow)))
    assert results == sums
    assert shop.bytes_used() <= 2 * large + 100000


def test_a_purged_book_leaves_no_byte(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    canary = b"canary-" + os.urandom(16).hex().encode()
    data = some_bytes(20 * BLOCK) + canary + some_bytes(BLOCK)
    for chunk in ("book/01.mp3", "book/sub/02.mp3", "book2/01.mp3"):
        shop.publish(chunk, data)
    shop.database.add_purchase(CUSTOMER, "book/sub")
    shop.database.add_purchase(CUSTOMER, "book2")
    for chunk in ("book/01.mp3", "book/sub/02.mp3", "book2/01.mp3"):
        assert shop.get(chunk, shop.session).body == data
    assert len(shop.grep(canary)) == 3
    run("cache", "purge", "--dir", str(shop.cache), "--book", "book")
    left = shop.grep(canary)
    assert len(left) == 1 and not shop.grep(b"/book/01.mp3", left[0].parent)
    assert shop.cached() == {"book2/01.mp3"}
    # It is for sale still: the next customer gets what the origin has now.
    newer = some_bytes(3 * BLOCK, 99)
    shop.publish("book/01.mp3", newer)
    assert shop.get("book/01.mp3", shop.session).body == newer


def test_a_pinned_chunk_outlives_a_scan_that_turns_the_cache_over(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop(AudioCacheMaxSize=str(4 * FILE))
    shop.add("book/free.mp3", 1000)
    assert shop.get("book/free.mp3", shop.session).status == 200
    run("cache", "pin", "--dir", str(shop.cache), f"{shop.origin.path}/book/free.mp3")  # type: ignore[attr-defined]
    for i in range(10):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    assert "book/free.mp3" in shop.cached()
    run("cache", "unpin", "--dir", str(shop.cache), f"{shop.origin.path}/book/free.mp3")  # type: ignore[attr-defined]
    for i in range(20, 26):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    assert "book/free.mp3" not in shop.cached()


def test_a_dry_run_names_what_the_next_sweep_removes(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    for i in range(8):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    (shop.listing / "book/3.mp3").unlink()
    shop.stop()
    before = shop.cached()
    words = ("sweep", "--dir", str(shop.cache), "--max-size", str(5 * FILE))
    dry = run(*words, "-n").splitlines()
    assert shop.cached() == before
    assert run(*words).splitlines() == dry
    assert len(before) - len(shop.cached()) == 3 and "book/3.mp3" not in shop.cached()
    assert [line for line in dry if "withdrawn from the listing" in line and "book/3.mp3" in line]
    assert len([line for line in dry if "over AudioCacheMaxSize" in line]) == 2


def test_a_withdrawn_title_leaves_by_itself(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    for i in range(3):
        shop.add(f"book/{i}.mp3", i)
        assert shop.get(f"book/{i}.mp3", shop.session).status == 200
    (shop.listing / "book/1.mp3").unlink()
    wait_until(lambda: len(shop.files()) == 2, "the withdrawn chunk to go")
    assert shop.get("book/1.mp3", shop.session).status == 404


def test_foreign_files_survive_and_are_reported(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    shop.add("book/1.mp3", 1)
    assert shop.get("book/1.mp3", shop.session).status == 200
    shop.stop()
    foreign = [shop.cache / "thesis.tex", shop.files()[0].parent / "notes.txt"]
    for path in foreign:
        path.write_bytes(b"years of work" * 1000)
    (shop.cache / ".audiodl-index").unlink()
    shop.start()
    wait_until(lambda: "were not made by audiodl" in shop.apache.error_log(), "the report")
    run("cache", "purge", "--dir", str(shop.cache), "--all", "--yes")
    run("sweep", "--dir", str(shop.cache), "--max-size", "0")
    assert not shop.files()
    assert all(path.exists() for path in foreign)


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[Path, int], None]]:
    if not AS_ROOT:
        pytest.skip("mounting needs root")
    mounted: list[Path] = []

    def mount(path: Path, size: int) -> None:
        options = f"size={size},mode=0700,uid={SERVER_UID},gid={SERVER_GID}"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], check=False)
        if done.returncode != 0:
            pytest.skip("mounting is not allowed here")
        mounted.append(path)

    yield mount
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=False)


def spilled(shop: SmallShop) -> list[Path]:
    return list(shop.memory.glob("??/*"))


def test_a_cache_of_4_mb_serves_everything_right(small_shop: Callable[..., SmallShop],
                                                 tmpfs: Callable[[Path, int], None]) -> None:
    shop = small_shop(start=False, AudioCacheMinFree="5%", AudioCacheMaxSize="4M")
    tmpfs(shop.cache, 4 << 20)
    shop.start()
    sizes = [1, BLOCK, 3 * BLOCK + 1, 9 * BLOCK, 30 * BLOCK, 60 * BLOCK + 5]
    sums = {f"book/{i:02}.mp3": shop.add(f"book/{i:02}.mp3", i, sizes[i % len(sizes)]) for i in range(24)}

    states = set()

    def download(chunk: str) -> bool:
        answer = shop.get(chunk, shop.session)
        states.add(answer.cache)
        return answer.status == 200 and answer.sha256 == sums[chunk]

    with ThreadPoolExecutor(8) as pool:
        good = list(pool.map(download, list(sums) * 3))
    assert all(good), shop.apache.error_log()[-3000:]
    assert {"miss", "pass"} <= states  # what found no room is not taken for cached
    assert shop.memory.stat().st_mode & 0o777 == 0o700
    assert shop.apache.error_log().count("objects are kept in memory meanwhile") == 1
    wait_until(lambda: not spilled(shop), "memory to be given back", 40)


@pytest.mark.parametrize("when", ["from the start", "later"])
def test_a_full_disk_stops_no_download(small_shop: Callable[..., SmallShop], tmpfs: Callable[[Path, int], None],
                                       when: str) -> None:
    shop = small_shop(start=False)
    tmpfs(shop.cache, 8 << 20)
    (shop.cache / ".audiodl-cache").write_text("audiodl cache, format 1\n")
    sums = {f"book/{i}.mp3": shop.add(f"book/{i}.mp3", i) for i in range(6)}

    def fill_up() -> None:
        with open(shop.cache / "somebody-elses", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                pass

    if when == "from the start":
        fill_up()
    shop.start()
    for i, (chunk, expected) in enumerate(sums.items()):
        if i == 3 and when == "later":
            fill_up()
        answer = shop.get(chunk, shop.session)
        assert (answer.status, answer.sha256) == (200, expected), shop.apache.error_log()[-3000:]
    # Later there is something to evict; from the start there is nothing.
    complaints = shop.apache.error_log().count("objects are kept in memory meanwhile")
    assert complaints == (1 if when == "from the start" else 0)
    # Speed comes back with the room.
    (shop.cache / "somebody-elses").unlink()
    wait_until(lambda: not spilled(shop), "memory to be given back", 40)
    assert shop.get("book/5.mp3", shop.session).status == 200
    assert shop.get("book/5.mp3", shop.session).cache == "hit"
    assert len(shop.grep(b"/book/5.mp3")) >= 1


def test_two_hosts_share_a_directory_and_its_limit(small_shop: Callable[..., SmallShop],
                                                   workspace: Workspace, database: SqliteDb) -> None:
    shop = small_shop(AudioCacheMaxSize=str(6 * FILE))
    second = SmallShop(workspace, next(_names), database,
                       changes={"AudioCacheMinFree": "0", "AudioCacheMaxSize": str(3 * FILE),
                                "AudioCacheDir": str(shop.cache)})
    second.cache = shop.cache
    second.start()
    try:
        for i in range(5):
            for one in (shop, second):
                expected = one.add(f"book/{i}.mp3", i)
                assert one.get(f"book/{i}.mp3", one.session).sha256 == expected
        wait_until(lambda: shop.bytes_used() <= 3 * FILE, "the stricter limit to hold")
    finally:
        second.stop()
        shutil.rmtree(second.memory, ignore_errors=True)


def flip_a_bit(path: Path, offset: int) -> None:
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 4]))


def test_a_scrub_sets_damage_aside_and_has_it_fetched_again(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    sums = {f"book/{i}.mp3": shop.add(f"book/{i}.mp3", i) for i in range(3)}
    for chunk, expected in sums.items():
        assert shop.get(chunk, shop.session).sha256 == expected
    assert "3 files" in run("cache", "scrub", "--dir", str(shop.cache), "--rate", "0")
    [damaged] = [path for path in shop.files() if b"/book/1.mp3" in path.read_bytes()]
    flip_a_bit(damaged, 2 * BLOCK + 5)
    out = run("cache", "scrub", "--dir", str(shop.cache), "--rate", "0", code=1)
    assert "book/1.mp3: block 2 damaged: set aside, being fetched again" in out
    [aside] = (shop.cache / "quarantine").iterdir()
    assert "block_2_damaged" in aside.name and "book_1.mp3" in aside.name
    wait_until(lambda: len(shop.files()) == 3, "the chunk to be fetched again")
    answer = shop.get("book/1.mp3", shop.session)
    assert answer.sha256 == sums["book/1.mp3"]
    # What is set aside is purged with the rest.
    run("cache", "purge", "--dir", str(shop.cache), "book/1.mp3")
    assert not aside.exists() and not shop.grep(b"/book/1.mp3", aside.parent)


def test_warming_fetches_a_book_before_anybody_asks(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    sums = {f"book/{i}.mp3": shop.add(f"book/{i}.mp3", i) for i in range(3)}
    run("cache", "warm", "--dir", str(shop.cache), "--book", "book")
    wait_until(lambda: shop.cached() == set(sums)
               and all("100%" in line for line in run("cache", "ls", "--dir", str(shop.cache)).splitlines()),
               "the book to be in the cache")
    for chunk, expected in sums.items():
        answer = shop.get(chunk, shop.session)
        assert (answer.cache, answer.sha256) == ("hit", expected)


def test_a_file_of_another_format_is_replaced(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    expected = shop.add("book/1.mp3", 1)
    assert shop.get("book/1.mp3", shop.session).sha256 == expected
    wait_until(lambda: "durable" in run("cache", "ls", "--dir", str(shop.cache)), "the fetcher to be done with it")
    [path] = shop.files()
    with open(path, "r+b") as file:
        file.seek(-4096 + 8, os.SEEK_END)
        file.write((0).to_bytes(4, "little"))
    answer = shop.get("book/1.mp3", shop.session)
    assert (answer.cache, answer.sha256) == ("miss", expected)
    assert shop.get("book/1.mp3", shop.session).cache == "hit"
    assert shop.apache.error_log().count("another format version") == 1


def test_files_that_were_not_durable_are_synced_by_the_next_fetcher(small_shop: Callable[..., SmallShop]) -> None:
    shop = small_shop()
    expected = shop.add("book/1.mp3", 1)
    assert shop.get("book/1.mp3", shop.session).sha256 == expected

    def state() -> str:
        return run("cache", "ls", "--dir", str(shop.cache))

    wait_until(lambda: "durable" in state(), "the first sync")
    shop.stop()
    [path] = shop.files()
    with open(path, "r+b") as file:  # as if the fetcher had been killed before it could sync
        file.seek(-4096 + 3584, os.SEEK_END)
        file.write((0x434f4d50).to_bytes(4, "little"))
    (shop.cache / ".audiodl-index").unlink()
    assert "complete" in state()
    shop.start()
    wait_until(lambda: "durable" in state(), "the second sync")
    assert shop.get("book/1.mp3", shop.session).cache == "hit"
