# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The server is reloaded again and again while customers download: nobody notices, and nothing is left behind.

Beside it httpd without the module is reloaded as often and sends files of the same size to as many clients: what it
breaks is reported, for comparison. AUDIODL_GRACEFULS is 8 in `make check` and AUDIODL_LISTENERS, the clients of the
module, 40; between two reloads pass AUDIODL_GRACEFUL_MS.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prove import counts
from prove.listeners import Group, Listeners
from servers.apache import Apache
from servers.audioshop import COOKIE, AudioShop
from servers.mariadb import MariaDb
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import CUSTOMER, some_bytes

SIZE = 3_000_001
DATA = some_bytes(SIZE, seed=23)
ORIGIN_RATE = 12e6  # so that fills last over a reload


@pytest.fixture
def stock(workspace: Workspace, certificate: Path) -> Iterator[tuple[Apache, Apache]]:
    """httpd's own static files, plain and over TLS."""
    documents = workspace.directory("stock-documents")
    (documents / "1.mp3").write_bytes(DATA)
    body = f'DocumentRoot "{documents}"\nEnableSendfile On\n<Directory "{documents}">\nRequire all granted\n</Directory>\n'
    made = Apache(workspace, "stock"), Apache(workspace, "stock-tls", modules=("ssl",))
    made[0].start(body)
    made[1].start(f'{body}SSLEngine On\nSSLCertificateFile "{certificate}"\n')
    yield made
    for apache in made:
        apache.stop()


def publish_all(shop: AudioShop, mariadb: MariaDb, book: str, chunks: int) -> list[str]:
    mariadb.add_purchase(CUSTOMER, book)
    paths = [f"{book}/{number:03}.mp3" for number in range(chunks)]
    for path in paths:
        shop.publish(path, DATA)
    return paths


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


class Footprint:
    """What a server has open when nobody asks for anything."""

    def __init__(self, shop: AudioShop):
        self.parent = descriptors(shop.apache.pid)
        self.fetchers = [descriptors(pid) for pid in shop.apache.helper_pids()]
        self.workers = sorted(descriptors(pid) for pid in shop.apache.worker_pids())
        self.threads = sorted(threads(pid) for pid in shop.apache.worker_pids())

    def is_within(self, other: "Footprint") -> bool:
        """Worker processes come and go, so the largest of them is compared; a connection to the database for each
        of AudioDBConnections and a timer or two are opened when they are first needed."""
        return (self.parent <= other.parent and len(self.fetchers) == len(other.fetchers) == 1
                and self.fetchers[0] <= other.fetchers[0] + 4 and len(self.workers) <= len(other.workers) + 1
                and self.workers[-1] <= other.workers[-1] + 8 and self.threads[-1] <= other.threads[-1] + 6)

    def __repr__(self) -> str:
        return f"parent {self.parent}, fetchers {self.fetchers}, workers {self.workers}, threads {self.threads}"


def reload_all(servers: list[Apache]) -> None:
    """All at once; returns when each serves again."""
    running = [threading.Thread(target=server.graceful) for server in servers]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_nobody_notices_a_reload(make_shop: Callable[..., AudioShop], make_tls_shop: Callable[..., AudioShop],
                                 stock: tuple[Apache, Apache], mariadb: MariaDb, proxy: Proxy, session: str,
                                 workspace: Workspace) -> None:
    reloads = counts.count("AUDIODL_GRACEFULS", 8)
    clients = counts.count("AUDIODL_LISTENERS", 40) // 8
    pause = counts.count("AUDIODL_GRACEFUL_MS", 500) / 1000
    # Slow clients' connections outlive many reloads, and old processes with them.
    settings = {"changes": {"AudioStreams": "1000", "AudioRate": "none"}}
    shops = [make_shop(**settings), make_tls_shop(**settings)]
    expected = workspace.path / "graceful-expected"
    expected.write_bytes(DATA)
    groups, cold = [], {}
    for shop, tls in zip(shops, (False, True)):
        name = "tls" if tls else "plain"
        hits = publish_all(shop, mariadb, f"graceful-{name}-hit", 1)
        assert shop.get(hits[0], session).body == DATA
        cold[name] = publish_all(shop, mariadb, f"graceful-{name}-cold", 12 + reloads)
        common = {"port": shop.apache.port, "tls": tls, "headers": {"Cookie": f"{COOKIE}={session}"},
                  "file": str(expected), "clients": clients}
        turn = {"paths": [shop.path(path) for path in cold[name]], "turn": 2 * pause + 1}
        groups += [Group(f"{name} cold", **turn, rate=SIZE // 2, **common),
                   Group(f"{name} cold, slow", **turn, rate=SIZE // 4, **common),
                   Group(f"{name} hits, slow", paths=[shop.path(hits[0])], rate=SIZE // 4, **common),
                   Group(f"{name} ranges", paths=[shop.path(hits[0])], rate=SIZE // 2, keeps=True, **common)]
    for server, tls in zip(stock, (False, True)):
        groups.append(Group(f"stock {'tls' if tls else 'plain'}", server.port, tls, {}, ["/1.mp3"], str(expected),
                            clients, rate=SIZE // 4))
    reload_all([shop.apache for shop in shops])
    before = [Footprint(shop) for shop in shops]
    proxy.faults = Faults(rate=ORIGIN_RATE)

    dice = random.Random(f"graceful {counts.seed()}")
    listeners = Listeners(groups)
    listeners.start()
    for _ in range(reloads):
        time.sleep(pause * (0.5 + dice.random()))
        reload_all([*(shop.apache for shop in shops), *stock])
    seen = listeners.stop()

    ours, theirs = summed(seen, "stock", False), summed(seen, "stock", True)
    counts.note(f"{reloads} reloads of each server: {ours['right']} downloads, {broken(ours)} broken, "
                f"{ours['no answer']} not answered; httpd alone: {theirs['right']}, {broken(theirs)} broken, "
                f"{theirs['no answer']} not answered")
    where = f"seed {counts.seed()}: {seen}"
    assert broken(ours) == 0, where
    # A connection that httpd took and closed unread never came to the module.
    assert set(ours) <= {"right", "no answer"} and ours["no answer"] <= ours["right"] // 100, where
    assert ours["right"] >= 8 * clients, where
    asked = [chunk for chunks in cold.values() for chunk in chunks if proxy.body_bytes(chunk)]
    assert len(asked) >= 4
    for chunk in asked:
        proxy.assert_each_byte_once(chunk, SIZE)
    for shop, was in zip(shops, before):
        assert_nothing_is_left(shop, was)
        # No place of a download is taken any more either.
        shop.apache.graceful(shop.config({"AudioStreams": "2"}))
        chunk = next(chunk for chunk in asked if chunk in cold["plain" if shop is shops[0] else "tls"])
        with shop.open(chunk, session) as one, shop.open(chunk, session) as two:
            assert [(download.status, download.headers["X-Audiodl-Cache"]) for download in (one, two)] == [(200, "hit")] * 2


def summed(seen: dict, prefix: str, wanted: bool) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, tally in seen.items():
        if name.startswith(prefix) == wanted:
            total.update(tally["ends"])
    return total


def broken(ends: Counter[str]) -> int:
    return sum(count for end, count in ends.items() if end not in ("right", "no answer"))


def assert_nothing_is_left(shop: AudioShop, before: Footprint) -> None:
    """The old generations have gone, and what they had open with them."""
    try:
        wait_until(lambda: Footprint(shop).is_within(before), "the server to be as it was", 90, 0.2)
    except AssertionError as error:
        raise AssertionError(f"{error}: {before} became {Footprint(shop)}") from error
