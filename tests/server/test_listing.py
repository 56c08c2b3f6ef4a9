# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl listing: made from the bucket, pushed by the master, pulled by web servers, whatever is killed meanwhile."""

import contextlib
import json
import os
import pty
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prove.counts import count, note, seed
from servers.audioshop import AudioShop
from servers.ceph import Ceph
from servers.command import command_path
from servers.killing import Killer
from servers.mp3 import silence
from servers.proxy import Exchange, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from stock import Stock, audiodl, chunks, good, manifests
from support import sha256, some_bytes

KEYS = count("AUDIODL_LISTING_KEYS", 3_000)
KILLS = count("AUDIODL_LISTING_KILLS", 15)
INDEX = "prod/.audiodl/index"


@pytest.fixture
def stock(workspace: Workspace, ceph: Ceph, proxy: Proxy) -> Stock:
    return Stock(workspace, ceph, proxy.port)


def fill(stock: Stock, books: int = 4, per_book: int = 10) -> None:
    for book in range(books):
        for part in range(per_book):
            stock.publish(f"shelf/book {book}/{part:02}.mp3")
        (stock.master / f"shelf/book {book}/.audiodl.json").write_text(f'{{"audiodl": 1, "title": "Book {book}"}}\n')


def lists_asked(proxy: Proxy) -> int:
    return sum("list-type=2" in exchange.query for exchange in proxy.exchanges())


def test_a_bucket_becomes_a_listing(stock: Stock, proxy: Proxy) -> None:
    paths = {f"author {n % 7}/book {n % 301}/{n:06} ü+.mp3" for n in range(KEYS)}
    stock.put_many(paths)
    words = ["listing", "rebuild", *stock.options(stock.master)]
    planned = audiodl(*words, "-n", seconds=600)
    assert planned.stdout.count("put       ") == KEYS and chunks(stock.master) == {}
    for done in (planned, audiodl(*words, seconds=600)):
        assert (done.returncode, f"{KEYS} chunks would be listed on the bucket's word" in done.stderr) == (1, True)
    assert chunks(stock.master) == {}
    words += ["--force", "--anew"]

    # Killed in the middle of it, and run again.
    proxy.faults.latency = 0.2
    asked = lists_asked(proxy)
    process = subprocess.Popen([stock.words("push")[0], *words], stdout=subprocess.DEVNULL)
    wait_until(lambda: lists_asked(proxy) >= asked + 2, "two pages to be asked for", 120)
    wait_until(lambda: "\nupto " in (stock.master / ".audiodl-rebuild").read_text(), "a page to be noted", 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    proxy.heal()
    words.remove("--anew")
    assert chunks(stock.master) == {}
    began = time.monotonic()
    said = json.loads(good(audiodl(*words, "--json", seconds=600)))
    note(f"a listing of {KEYS} objects in {time.monotonic() - began:.1f} s, the first {said['resumed_at']} before a kill")
    assert said["resumed_at"] >= 1_000 and (said["objects"], said["made"]) == (KEYS, KEYS)
    assert set(chunks(stock.master)) == paths
    assert list(stock.master.glob(".*")) == []
    said = json.loads(good(audiodl(*words, "--json", seconds=600)))
    assert said["made"] == said["renewed"] == said["removed"] == 0


def test_an_answer_that_is_empty_or_fails_empties_nothing(stock: Stock, proxy: Proxy) -> None:
    fill(stock)
    before = chunks(stock.master)
    elsewhere = [str(word).replace("/prod ", "/prob ") for word in stock.options(stock.master)]
    done = audiodl("listing", "rebuild", *elsewhere)
    assert (done.returncode, "40 of 40 markers would go" in done.stderr) == (1, True), done.stderr
    wrong = [str(word).replace("profile=web", "profile=default") for word in stock.options(stock.master)]
    done = audiodl("listing", "rebuild", *wrong, "--anew")
    assert (done.returncode, "AudioCredentials" in done.stderr) == (3, True), done.stderr
    assert chunks(stock.master) == before
    stock.client.delete(stock.bucket, "prod/shelf/book 1/03.mp3")
    said = json.loads(good(audiodl("listing", "rebuild", *stock.options(stock.master), "--anew", "--json")))
    assert said["removed"] == 1 and set(before) - set(chunks(stock.master)) == {"shelf/book 1/03.mp3"}


@pytest.fixture
def watch(workspace: Workspace, stock: Stock) -> Iterator[Callable[..., None]]:
    """Starts `listing pull --watch` into a tree; it ends with the test."""
    daemons = []

    def start(tree: Path, interval: str = "1s") -> None:
        words = stock.words("pull", tree, "--watch", "--interval", interval)
        daemons.append(workspace.spawn(f"pull-{stock.bucket}-{tree.name}", words))

    yield start
    for daemon in daemons:
        daemon.stop()


def watching(stock: Stock, watch: Callable[..., None]) -> list[Path]:
    """Three servers that have the listing, and look for a newer one every two seconds."""
    fill(stock)
    good(stock.push())
    servers = [stock.tree(f"www{n}") for n in (1, 2, 3)]
    for server in servers:
        watch(server, "2s")
    wait_until(lambda: all(chunks(server) == chunks(stock.master) for server in servers), "a first copy", 60)
    return servers


def test_a_push_is_soon_on_every_server_and_waiting_costs_one_request(stock: Stock, proxy: Proxy,
                                                                      watch: Callable[..., None]) -> None:
    servers = watching(stock, watch)

    stock.publish("new/01.mp3")
    stock.withdraw("shelf/book 0/00.mp3")
    began = time.monotonic()
    good(stock.push())
    wait_until(lambda: all(chunks(server) == chunks(stock.master) for server in servers), "the change", 60)
    note(f"a push was on three servers after {time.monotonic() - began:.2f} s")
    assert all(manifests(server) == manifests(stock.master) for server in servers)

    begun = len(proxy.exchanges())

    def idle() -> list[Exchange]:  # one that is under way has no status yet
        return [exchange for exchange in proxy.exchanges()[begun:] if exchange.status]

    wait_until(lambda: len(idle()) >= 9, "three rounds of nothing new", 60)
    assert {(exchange.method, exchange.path, exchange.status) for exchange in idle()} == {
        ("GET", f"/{stock.bucket}/{INDEX}", 304)}


def test_publish_and_withdraw_reach_every_server_by_themselves(stock: Stock, proxy: Proxy, tmp_path: Path,
                                                                watch: Callable[..., None]) -> None:
    for n in range(3):
        (tmp_path / f"{n:02}.mp3").write_bytes(silence(f"part {n}", 5_000))
    servers = watching(stock, watch)

    def pushes() -> int:
        return sum((exchange.method, exchange.path, exchange.status) == ("PUT", f"/{stock.bucket}/{INDEX}", 200)
                   for exchange in proxy.exchanges())

    drop = stock.tree("drop")
    (drop / "books/dune").mkdir(parents=True)
    (drop / "books/dune/03.mp3").write_bytes(silence("part 3", 5_000))
    (drop / "books/dune/done").touch()
    for words, listed in [(["publish", *stock.settings(stock.master), "dune", tmp_path], 3),
                          (["withdraw", *stock.settings(stock.master), "dune", "01.mp3"], 2),
                          (["ingest", *stock.settings(stock.master), drop], 3)]:
        pushed = pushes()
        done = audiodl(*words)
        began = time.monotonic()
        assert (good(done) != "", done.stderr) == (True, "")
        assert pushes() == pushed + 1  # so each server has it with its next request, in two seconds
        wait_until(lambda: all(chunks(server) == chunks(stock.master) for server in servers), "the change", 60)
        note(f"{words[0]} was on three servers {time.monotonic() - began:.2f} s after it returned")
        assert sum(chunk.startswith("dune/") for chunk in chunks(servers[0])) == listed


def test_a_push_that_fails_does_not_fail_the_publish(stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "01.mp3").write_bytes(silence("part 1", 5_000))
    settings = stock.settings(stock.master)
    stock.key.rename(stock.key.with_suffix(".away"))
    done = audiodl("publish", *settings, "dune", tmp_path)
    assert "listing push" in done.stderr and "not pushed" in done.stderr and good(done)
    done = audiodl("publish", *stock.options(stock.master), "dune", tmp_path)  # of a shop without an index
    assert good(done) and done.stderr == ""
    stock.key.with_suffix(".away").rename(stock.key)
    server = stock.tree("www")
    good(stock.push())
    good(stock.pull(server))
    assert set(chunks(server)) == {"dune/01.mp3"}


def test_keys_are_changed_under_servers_that_go_on(stock: Stock, tmp_path: Path, watch: Callable[..., None]) -> None:
    fill(stock)
    good(stock.push())
    servers = [stock.tree(f"www{n}") for n in (1, 2)]
    for server in servers:
        watch(server, "100ms")

    def everywhere() -> None:
        wait_until(lambda: all(chunks(server) == chunks(stock.master) for server in servers), "a copy", 90)

    everywhere()
    # As `audiodl help listing new-key` says.
    old, new = stock.key, tmp_path / "new.key"
    old_public = stock.keys.read_text()
    good(audiodl("listing", "new-key", new))
    with stock.keys.open("a") as keys:
        keys.write(new.with_suffix(".pub").read_text())
    stock.publish("new/01.mp3")
    stock.key = new
    assert "has not signed" in stock.push().stderr
    good(stock.push("--force"))
    everywhere()
    stock.keys.write_text(stock.keys.read_text().replace(old_public, ""))
    stock.publish("new/02.mp3")
    good(stock.push())
    everywhere()
    # The old key is nobody's any more.
    stock.key = old
    stock.withdraw("new/02.mp3")
    good(stock.push("--force"))
    log = stock.folder.parent / f"pull-{stock.bucket}-www1.out"
    wait_until(lambda: "a key that is not known here" in log.read_text(), "it to be told", 60)
    assert "new/02.mp3" in chunks(servers[0])
    stock.key = new
    good(stock.push("--force"))
    everywhere()


def test_what_was_withdrawn_does_not_return_with_a_listing_that_was_lost(stock: Stock, tmp_path: Path) -> None:
    for name in ("good", "bad"):
        (tmp_path / f"{name}.mp3").write_bytes(silence(name, 5_000))
    settings = stock.settings(stock.master)
    server = stock.tree("www")
    good(audiodl("publish", *settings, "book", tmp_path))
    backup = shutil.copytree(stock.master, tmp_path / "backup")
    good(audiodl("withdraw", *settings, "book", "bad.mp3"))
    good(stock.pull(server))
    assert set(chunks(server)) == {"book/good.mp3"} and "book/bad.mp3" in stock.objects()

    shutil.rmtree(stock.master)
    stock.master.mkdir()
    done = audiodl("listing", "rebuild", *stock.options(stock.master))
    assert (done.returncode, "no key is known here" in done.stderr) == (1, True), done.stderr
    assert chunks(stock.master) == {}
    done = audiodl("listing", "rebuild", *settings, "--json")
    said = json.loads(good(done))
    assert (said["made"], said["recalled"], said["kept_withdrawn"]) == (1, 1, 1)
    assert "known from the last index alone" in done.stderr
    good(stock.push())
    good(stock.pull(server))
    assert set(chunks(stock.master)) == set(chunks(server)) == {"book/good.mp3"}

    # The list alone is lost: whatever runs next, it is known.
    (stock.master / ".audiodl-withdrawn").unlink()
    done = stock.push()
    assert good(done) and "1 withdrawn chunks" in done.stderr
    assert "unlisted" not in good(audiodl("fsck", *settings, "--repair"))
    assert stock.push().stderr == ""
    assert "book/bad.mp3" in (stock.master / ".audiodl-withdrawn").read_text()

    # An old listing comes back: it stays withdrawn until it is published, though there is nothing else to publish.
    shutil.rmtree(stock.master)
    shutil.copytree(backup, stock.master)
    assert "stay withdrawn" in stock.push().stderr
    done = audiodl("publish", *settings, "book", tmp_path / "good.mp3", tmp_path / "bad.mp3")
    assert (good(done).count("unchanged"), done.stderr) == (2, "")
    good(stock.pull(server))
    assert set(chunks(server)) == {"book/good.mp3", "book/bad.mp3"}
    good(audiodl("withdraw", *settings, "book", "bad.mp3"))
    good(stock.pull(server))

    # A shop that pushes no index takes the list from a web server; and the day of a migration has none.
    stock.client.delete(stock.bucket, INDEX)
    shutil.rmtree(stock.master)
    stock.master.mkdir()
    shutil.copy(server / ".audiodl-withdrawn", stock.master)
    good(audiodl("listing", "rebuild", *settings))
    assert set(chunks(stock.master)) == {"book/good.mp3"}
    new = stock.tree("new")
    words = ["listing", "rebuild", *stock.settings(new)]
    assert audiodl(*words).returncode == 1 and chunks(new) == {}
    done = audiodl(*words, "--force")
    assert good(done) and "2 chunks are listed on the bucket's word alone" in done.stderr
    assert len(chunks(new)) == 2


def test_a_bucket_that_is_away_is_waited_for(stock: Stock, proxy: Proxy, watch: Callable[..., None]) -> None:
    fill(stock)
    good(stock.push())
    server = stock.tree("www")
    watch(server, "100ms")
    wait_until(lambda: chunks(server) == chunks(stock.master), "a first copy", 60)
    proxy.refuse()
    before = chunks(server)
    log = Path(stock.folder.parent / f"pull-{stock.bucket}-www.out")
    wait_until(lambda: "Connection refused" in log.read_text() or "onnect" in log.read_text(), "it to be told", 60)
    proxy.listen()
    stock.publish("after/01.mp3")
    good(stock.push())
    wait_until(lambda: chunks(server) == chunks(stock.master), "it to go on", 90)
    assert set(before) < set(chunks(server))
    wait_until(lambda: "works again" in log.read_text(), "it to be told that it does", 30)


def test_what_the_master_lost_is_not_lost_by_the_servers(stock: Stock) -> None:
    fill(stock)
    good(stock.push())
    server = stock.tree("www")
    good(stock.pull(server))
    before = chunks(server)
    shutil.rmtree(stock.master / "shelf/book 2")
    done = stock.push()
    assert (done.returncode, "10 of 40" in done.stderr) == (1, True), done.stderr
    good(stock.push("--max-drop", "25%"))
    done = stock.pull(server)
    assert (done.returncode, "10 of 40" in done.stderr) == (1, True), done.stderr
    assert chunks(server) == before
    stock.publish("more/01.mp3")
    good(stock.push())
    assert stock.pull(server).returncode == 1 and chunks(server) == before  # frozen, not half of it
    shutil.rmtree(stock.master / "shelf/book 1")
    good(stock.push("--force"))
    good(stock.pull(server))
    assert chunks(server) == chunks(stock.master)


def test_false_and_old_indexes_are_refused(stock: Stock, tmp_path: Path) -> None:
    fill(stock)
    good(stock.push())
    old = stock.client.get(stock.bucket, INDEX)
    stock.publish("new/01.mp3")
    good(stock.push())
    server = stock.tree("www")
    good(stock.pull(server))
    before = chunks(server)

    stock.client.put(stock.bucket, INDEX, old)
    done = stock.pull(server)
    assert (done.returncode, "an older one is not taken" in done.stderr) == (1, True), done.stderr
    good(audiodl("listing", "new-key", tmp_path / "thief.key"))
    stock.publish("false/01.mp3")
    good(audiodl(*stock.words("push", "--force")[1:-3], "--key", tmp_path / "thief.key", "--force"))
    done = stock.pull(server, "--force")
    assert (done.returncode, "not believed" in done.stderr) == (3, True), done.stderr
    stock.client.put(stock.bucket, INDEX, old.replace(b"serial 1", b"serial 2", 1))
    assert "signature is false" in stock.pull(server).stderr
    stock.client.put(stock.bucket, INDEX, old[:-1])
    assert "cut or damaged" in stock.pull(server).stderr
    stock.client.put(stock.bucket, INDEX, b"<html>hello</html>")
    assert stock.pull(server).returncode == 3
    stock.client.delete(stock.bucket, INDEX)
    assert stock.pull(server).returncode == 3
    assert chunks(server) == before
    # The master goes on as if nothing had been.
    good(stock.push())
    good(stock.pull(server))
    assert chunks(server) == chunks(stock.master)


def test_the_module_sells_what_was_pulled(stock: Stock, make_shop: Callable[..., AudioShop], session: str,
                                          book: str) -> None:
    shop = make_shop()
    data = some_bytes(300_000)
    shop.origin.put(f"{book}/01.mp3", data)
    for n in range(30):
        stock.publish(f"others/{n}.mp3")
    stock.publish(f"{book}/01.mp3")
    good(stock.push())
    assert shop.get(f"{book}/01.mp3", session).status == 404
    good(stock.pull(shop.listing))
    answer = shop.get(f"{book}/01.mp3", session)
    assert (answer.status, sha256(answer.body)) == (200, sha256(data))

    # Replaced: the new marker makes the cached copy be compared with the origin.
    newer = some_bytes(300_000, seed=2)
    shop.origin.put(f"{book}/01.mp3", newer)
    stock.publish(f"{book}/01.mp3")
    good(stock.push())
    good(stock.pull(shop.listing))
    assert sha256(shop.get(f"{book}/01.mp3", session).body) == sha256(newer)

    stock.withdraw(f"{book}/01.mp3")
    good(stock.push())
    good(stock.pull(shop.listing))
    assert shop.get(f"{book}/01.mp3", session).status == 404


def test_what_was_withdrawn_does_not_return_until_it_is_published_again(stock: Stock, tmp_path: Path) -> None:
    for n in range(8):
        (tmp_path / f"{n:02}.mp3").write_bytes(silence(f"part {n}", 5_000))
    shop = stock.options(stock.master)
    server = stock.tree("www")

    def everywhere() -> set[str]:
        good(stock.push())
        good(stock.pull(server))
        assert chunks(server) == chunks(stock.master)
        return {chunk.rpartition("/")[2] for chunk in chunks(server)}

    good(audiodl("publish", *shop, "dune", tmp_path))
    assert len(everywhere()) == 8
    times = chunks(server)
    # Half of the book: far more than the guard would let go, were it not said to be meant.
    good(audiodl("withdraw", *shop, "dune", *(f"{n:02}.mp3" for n in range(4))))
    assert everywhere() == {f"{n:02}.mp3" for n in range(4, 8)}
    good(audiodl("listing", "rebuild", *shop))
    assert everywhere() == {f"{n:02}.mp3" for n in range(4, 8)}
    assert "dune/00.mp3" in stock.objects() and good(audiodl("fsck", *shop)) == "0 differences\n"

    (tmp_path / "05.mp3").write_bytes(silence("part 5, again", 6_000))
    good(audiodl("publish", *shop, "dune", tmp_path))
    assert len(everywhere()) == 8
    assert chunks(server)["dune/05.mp3"] >= times["dune/05.mp3"] + 3_000_000_000
    good(audiodl("withdraw", *shop, "dune"))
    assert everywhere() == set() and len(stock.objects()) == 8
    good(audiodl("withdraw", *shop, "--delete-objects", "dune"))
    assert everywhere() == set() == stock.objects()


class Invariant:
    """At every moment: nothing that is listed anywhere lacks its object."""

    def __init__(self, stock: Stock, servers: list[Path]):
        self._stock = stock
        self._servers = servers

    def check(self, when: str) -> None:
        there = self._stock.objects()
        for tree in [self._stock.master, *self._servers]:
            missing = set(chunks(tree)) - there
            assert not missing, f"{when}: {tree.name} lists {sorted(missing)}, which have no object"


def test_killed_anywhere_it_lists_nothing_that_is_missing(workspace: Workspace, ceph: Ceph) -> None:
    stock = Stock(workspace, ceph)
    chance = random.Random(seed())
    fill(stock, 3, 8)
    servers = [stock.tree(f"www{n}") for n in (1, 2)]
    invariant = Invariant(stock, servers)
    good(stock.push())
    killer = Killer(chance)
    rounds = 0
    while killer.killed < KILLS:
        rounds += 1
        noted = stock.withdrawn()
        names = sorted(chunks(stock.master))
        for chunk in chance.sample(names, 2):
            chance.choice([stock.publish, stock.withdraw])(chunk)
        for _ in range(chance.randint(1, 6)):
            stock.publish(f"shelf/book {chance.randint(0, 5)}/{chance.randint(0, 20):02}.mp3")
        (stock.master / "shelf/book 0").mkdir(exist_ok=True)
        (stock.master / "shelf/book 0/.audiodl.json").write_text(f'{{"audiodl": 1, "title": "{rounds}"}}\n')
        server = chance.choice(servers)
        rebuild = [stock.words("push")[0], "listing", "rebuild", *stock.options(stock.master), "--keys", stock.keys]
        steps = {"push": stock.words("push"), "pull": stock.words("pull", server), "rebuild": rebuild}
        if chance.random() < 0.3:
            # A marker that is lost is the rebuild's work, without its being noted; but where the last index has it
            # as withdrawn, nothing is left to say that it was published since.
            (stock.master / chance.choice(sorted(set(chunks(stock.master)) - noted))).unlink()
        for kind in chance.sample(sorted(steps), 3):
            killer.kill(kind, steps[kind])
            invariant.check(f"round {rounds}, {killer.last}")
        # Whatever was left undone, the same commands complete it.
        good(audiodl(*rebuild[1:]))
        good(stock.push())
        for tree in servers:
            good(stock.pull(tree))
            assert chunks(tree) == chunks(stock.master)
            assert manifests(tree) == manifests(stock.master)
        invariant.check(f"round {rounds}")
        stock.forget_withdrawn()
        assert set(chunks(stock.master)) == stock.objects()
    note(f"{killer.killed} kills of push, pull and rebuild in {rounds} rounds")


def on_a_terminal(words: list[str | Path]) -> str:
    """What the command wrote to its standard error, which is a terminal."""
    reading, writing = pty.openpty()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writing) as process:
        os.close(writing)
        said = b""
        with contextlib.suppress(OSError):  # as a terminal ends
            while more := os.read(reading, 65536):
                said += more
        os.close(reading)
    assert process.returncode == 0, said
    return said.decode()


def test_long_work_tells_on_a_terminal_how_far_it_is(stock: Stock) -> None:
    fill(stock)
    copied = stock.tree("copied")
    for words, said in [(stock.words("push"), "0 of"),
                        (stock.words("pull", stock.tree("www")), "1 of 1 parts"),
                        ([command_path(), "listing", "apply", stock.master, "--listing", copied],
                         "1 of 44 markers and manifests")]:
        if words[2] == "push":  # a small listing is one object, without parts of its own
            for book in (stock.master / "shelf").iterdir():
                (book / ".audiodl.json").write_text(json.dumps({"audiodl": 1, "title": random.randbytes(60_000).hex()}))
        assert said in on_a_terminal(words), words


def test_commands_that_are_wrong_say_so(stock: Stock, tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("AudioListingMaxDrop 5\n")
    for words, said in [
            (["listing", "push", "x"], "takes no operands"),
            (["listing", "pull", "--watch", "--force"], "--force and -n are for once"),
            (["listing", "new-key"], "takes a FILE"),
            (["listing", "apply"], "FOLDER"),
            (["listing", "rebuild", "--frob"], "no option")]:
        done = audiodl(*words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    for words, said in [
            (["listing", "push"], "there is no origin"),
            (["listing", "push", "--config", tmp_path / "conf", *stock.options(stock.master), "--key", stock.key],
             "AudioListingMaxDrop"),
            (["listing", "push", *stock.options(stock.master), "--key", tmp_path / "none"], "No such file"),
            (["listing", "push", *stock.options(stock.master), "--key", stock.keys], "may be read"),
            (["listing", "pull", *stock.options(stock.master), "--keys", "/etc/hostname"], "no public key"),
            (["listing", "pull", *stock.options(tmp_path / "none"), "--keys", stock.keys], "none"),
            (["listing", "new-key", stock.key], "exists already"),
            (["listing", "apply", stock.master, "--listing", stock.master / "shelf"], "within the other")]:
        done = audiodl(*words)
        assert (done.returncode, said in done.stderr) == (3, True), done.stderr
    assert os.listdir(stock.master) == []
