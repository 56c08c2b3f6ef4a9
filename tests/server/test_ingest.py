# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl ingest: what a narrator uploads by FTP, slowly, in pieces, or wrongly, comes to where it belongs."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prove.counts import count, note, seed
from servers import vsftpd
from servers.audioshop import AudioShop, S3Origin
from servers.ceph import Ceph
from servers.command import command_path
from servers.killing import Killer
from servers.mariadb import MariaDb
from servers.mp3 import silence
from servers.proxy import Faults, Proxy
from servers.vsftpd import Vsftpd
from servers.waiting import wait_until
from servers.workspace import Workspace
from stock import Done, Stock, audiodl, chunks, good, manifests
from support import CUSTOMER

KILLS = count("AUDIODL_INGEST_KILLS", 15)

pytestmark = pytest.mark.skipif(bool(vsftpd.why_not()), reason=vsftpd.why_not())


@pytest.fixture(scope="module")
def _ftp(workspace: Workspace) -> Vsftpd:
    return Vsftpd(workspace)


@pytest.fixture
def ftp(_ftp: Vsftpd) -> Iterator[Vsftpd]:
    yield _ftp
    left = [path for path in (_ftp.drop / "books").rglob("*") if path.is_file()]
    assert not left, "a test left uploads behind"


@pytest.fixture
def stock(workspace: Workspace, ceph: Ceph) -> Stock:
    return Stock(workspace, ceph)


class Ingest:
    """The command over one drop folder and one shop."""

    def __init__(self, stock: Stock, ftp: Vsftpd):
        self._stock = stock
        self._ftp = ftp
        self.tree = stock.folder / "media"

    def words(self, *more: str) -> list[str | Path]:
        return [command_path(), "ingest", *self._stock.options(self._stock.master), "--tree", self.tree, *more,
                self._ftp.drop]

    def run(self, *more: str) -> Done:
        return audiodl(*self.words(*more)[1:])

    def told(self, *more: str, quiet: str = "0") -> dict[str, tuple[str, str]]:
        """What became of each upload: an event, and its text. Without a quiet time nothing but the files tells."""
        done = self.run("--quiet", quiet, "--json", *more)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return {one["path"]: (one["event"], one["text"]) for one in map(json.loads, done.stdout.splitlines())}


@pytest.fixture
def ingest(stock: Stock, ftp: Vsftpd) -> Ingest:
    return Ingest(stock, ftp)


def mp3(tmp_path: Path, name: str, size: int = 60_000) -> Path:
    path = tmp_path / name
    path.write_bytes(silence(f"{name} of {tmp_path.name}", size))
    return path


def stored(stock: Stock, chunk: str) -> bytes:
    return stock.client.get(stock.bucket, f"prod/{chunk}")


def slowly(ftp: Vsftpd, source: Path, path: str, rate: str, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(ftp.curl(path, "--upload-file", source, "--limit-rate", rate, *options),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_slow_upload_is_waited_for(stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    first, second = mp3(tmp_path, "01.mp3"), mp3(tmp_path, "02.mp3", 900_000)
    ftp.upload(first, "books/fantasy/slow/01.mp3")
    upload = slowly(ftp, second, "books/fantasy/slow/02.mp3", "200K")
    there = ftp.drop / "books/fantasy/slow/02.mp3"
    wait_until(lambda: there.exists() and there.stat().st_size > 0, "the upload to begin", 30)
    seen = ingest.told()["books/fantasy/slow"]
    if upload.poll() is None:
        assert seen == ("waiting", "02.mp3: it is being written")
    assert upload.wait(120) == 0
    assert ingest.told() == {"books/fantasy/slow": ("published", "")}
    assert stored(stock, "fantasy/slow/02.mp3") == second.read_bytes()
    assert set(chunks(stock.master)) == {"fantasy/slow/01.mp3", "fantasy/slow/02.mp3"}
    said = json.loads(manifests(stock.master)["fantasy/slow"])
    assert [chunk["sha256"] for chunk in said["chunks"]] == [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    # A folder whose own last folder went in the same moment is not old enough yet.
    wait_until(lambda: ingest.told("--give-up", "0") == {} and list((ftp.drop / "books").iterdir()) == [],
               "empty folders to go")


def cut_upload(ftp: Vsftpd, source: Path, path: str) -> None:
    """An upload whose client dies in the middle, and not between two frames."""
    there = ftp.drop / path
    data = source.read_bytes()
    frame, tag = 417, data.index(b"\xff\xfb\x90\xc4")
    for _ in range(20):
        upload = slowly(ftp, source, path, "300K")
        wait_until(lambda: there.exists() and 0 < there.stat().st_size, "the upload to begin", 30)
        upload.send_signal(signal.SIGKILL)
        upload.wait()
        wait_until(lambda: not open_by_vsftpd(there), "vsftpd to notice", 30)
        size = there.stat().st_size
        if size < len(data) and (size - tag) % frame != 0:
            return
        there.unlink()
    raise AssertionError("no upload was cut")


def open_by_vsftpd(path: Path) -> bool:
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(os.readlink(one) == str(path) for one in descriptors.iterdir()):
                return True
        except OSError:
            continue
    return False


def test_a_dropped_upload_is_waited_for_and_resumed(stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    source = mp3(tmp_path, "01.mp3", 700_000)
    cut_upload(ftp, source, "books/dropped/01.mp3")
    event, text = ingest.told()["books/dropped"]
    assert event == "waiting" and text.startswith("01.mp3: "), text
    assert chunks(stock.master) == {} and stock.objects() == set()
    ftp.upload(source, "books/dropped/01.mp3", "--continue-at", "-")
    assert ingest.told() == {"books/dropped": ("published", "")}
    assert stored(stock, "dropped/01.mp3") == source.read_bytes()


def test_a_dropped_upload_is_given_up_with_a_reason_that_the_narrator_can_read(
        stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    source = mp3(tmp_path, "02.mp3", 700_000)
    ftp.upload(mp3(tmp_path, "01.mp3"), "books/given%20up/01.mp3")
    ftp.put_in("books/given up/02.mp3", source.read_bytes()[:-100])
    assert ingest.told()["books/given up"][0] == "waiting"
    event, text = ingest.told("--give-up", "0")["books/given up"]
    assert event == "failed" and text.startswith("02.mp3: "), text
    reason = ftp.read("failed/books/given%20up.reason.txt")
    assert "books/given up" in reason and "02.mp3: " in reason and "upload it again" in reason
    assert (ftp.drop / "failed/books/given up/01.mp3").exists()
    assert stock.objects() == set()
    # Put right and moved back, as an FTP client does it.
    (ftp.drop / "failed/books/given up/02.mp3").write_bytes(source.read_bytes())
    os.rename(ftp.drop / "failed/books/given up", ftp.drop / "books/given up")
    assert ingest.told() == {"books/given up": ("published", "")}


def test_a_client_that_renames_when_it_is_done(stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    source = mp3(tmp_path, "01.mp3")
    ftp.upload(source, "books/renamed/01.mp3.part")
    assert ingest.told() == {"books/renamed": ("waiting", "01.mp3.part: it is being uploaded")}
    ftp.upload(source, "books/renamed/02.mp3.part", "--quote", "-RNFR 02.mp3.part", "--quote", "-RNTO 02.mp3")
    assert ingest.told()["books/renamed"][0] == "waiting"
    (ftp.drop / "books/renamed/01.mp3.part").rename(ftp.drop / "books/renamed/01.mp3")
    assert ingest.told() == {"books/renamed": ("published", "")}
    assert set(chunks(stock.master)) == {"renamed/01.mp3", "renamed/02.mp3"}


def test_what_says_that_it_is_done_is_not_waited_for(stock: Stock, ftp: Vsftpd, ingest: Ingest,
                                                    tmp_path: Path) -> None:
    source = mp3(tmp_path, "01.mp3")
    for book in ("quiet", "done", "sums"):
        ftp.upload(source, f"books/{book}/01.mp3")
    (tmp_path / "done").touch()
    ftp.upload(tmp_path / "done", "books/done/done")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  01.mp3\n{digest}  02.mp3\n")
    ftp.upload(tmp_path / "SHA256SUMS", "books/sums/SHA256SUMS")
    assert ingest.told(quiet="1h") == {"books/quiet": ("waiting", "its upload may go on"), "books/done": ("published", ""),
                    "books/sums": ("waiting", "02.mp3: it is named by SHA256SUMS and has not come")}
    ftp.upload(source, "books/sums/02.mp3")
    assert ingest.told()["books/sums"] == ("published", "")
    assert stock.objects() == {"quiet/01.mp3", "done/01.mp3", "sums/01.mp3", "sums/02.mp3"}


def test_each_kind_goes_where_it_belongs(stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    sample = mp3(tmp_path, "teaser.mp3")
    image = tmp_path / "cover.jpg"
    image.write_bytes(b"\xff\xd8\xff\xe0" + b"image" * 2000 + b"\xff\xd9")
    feed = tmp_path / "feed.xml"
    feed.write_text("<?xml version='1.0'?>\n<rss></rss>\n")
    script = tmp_path / "shell.php"
    script.write_text("<?php system($_GET['c']);")
    ftp.upload(sample, "samples/dune/teaser.mp3")
    ftp.upload(sample, "podcasts/show/001.mp3")
    ftp.upload(feed, "podcasts/show/feed.xml")
    ftp.upload(image, "images/cover.jpg")
    ftp.upload(script, "images/shell.php")
    ftp.upload(sample, "books/kinds/01.mp3")
    ftp.upload(sample, "loose.mp3")
    told = ingest.told()
    assert {path: event for path, (event, _) in told.items()} == {
        "samples/dune/teaser.mp3": "moved", "podcasts/show/001.mp3": "moved", "podcasts/show/feed.xml": "moved",
        "images/cover.jpg": "moved", "books/kinds": "published", "images/shell.php": "failed", "loose.mp3": "failed"}
    files = {str(path.relative_to(ingest.tree)): path for path in ingest.tree.rglob("*") if path.is_file()}
    assert set(files) == {"samples/dune/teaser.mp3", "podcasts/show/001.mp3", "podcasts/show/feed.xml",
                          "images/cover.jpg"}
    assert files["images/cover.jpg"].read_bytes() == image.read_bytes()
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in files.values())
    assert stock.objects() == {"kinds/01.mp3"}
    assert "images/ takes" in ftp.read("failed/images/shell.php.reason.txt")
    assert "books/BOOK/" in ftp.read("failed/loose.mp3.reason.txt")


def test_no_password_no_way_in_and_nothing_of_ours_in_reach(ftp: Vsftpd, tmp_path: Path) -> None:
    source = mp3(tmp_path, "01.mp3")
    (ftp.drop / ".audiodl-ingest").mkdir(exist_ok=True)
    for words in (ftp.curl("books/", "--user", "anna:wrong"), ftp.curl("books/", "--user", "root:x"),
                  ftp.curl("books/", "--user", "anonymous:x"), ftp.curl(".audiodl-ingest/"),
                  ftp.curl(".audiodl-ingest/x", "--upload-file", source),
                  ftp.curl("/etc/passwd"), ftp.curl("../vsftpd.conf")):
        done = subprocess.run(words, capture_output=True, check=False, timeout=60)
        assert done.returncode != 0 and not done.stdout, words


def test_over_tls_only(workspace: Workspace, stock: Stock, tmp_path: Path) -> None:
    secure = Vsftpd(workspace, tls=True)
    source = mp3(tmp_path, "01.mp3")
    # vsftpd drops one or the other upload over TLS; then the client does it again.
    secure.upload(source, "books/secret/01.mp3", "--retry", "5", "--retry-all-errors", "--retry-delay", "0")
    assert Ingest(stock, secure).told() == {"books/secret": ("published", "")}
    assert stored(stock, "secret/01.mp3") == source.read_bytes()
    plain = [word for word in secure.curl("books/") if word not in ("--ssl-reqd", "--insecure")]
    done = subprocess.run(plain, capture_output=True, check=False, timeout=60)
    assert done.returncode == 67  # denied before a password is asked for


def test_what_was_uploaded_can_be_bought_at_once(workspace: Workspace, ceph: Ceph, proxy: Proxy, ftp: Vsftpd,
                                                 mariadb: MariaDb, session: str, tmp_path: Path,
                                                 make_shop: Callable[..., AudioShop]) -> None:
    origin = S3Origin(workspace, ceph, proxy.port, bucket="ingest-shop")
    shop = make_shop(origin=origin)
    mariadb.add_purchase(CUSTOMER, "from the narrator")
    source = mp3(tmp_path, "01.mp3", 300_000)
    assert shop.get("from the narrator/01.mp3", session).status == 404
    ftp.upload(source, "books/from%20the%20narrator/01.mp3")
    given = origin.directives()
    good(audiodl("ingest", "--origin", str(given["AudioOrigin"]), "--credentials", str(given["AudioCredentials"]),
                 "--listing", shop.listing, "--quiet", "0", ftp.drop))
    answer = shop.get("from the narrator/01.mp3", session)
    assert (answer.status, answer.body) == (200, source.read_bytes())


def test_several_at_once_do_it_once(workspace: Workspace, ceph: Ceph, proxy: Proxy, ftp: Vsftpd,
                                    tmp_path: Path) -> None:
    stock = Stock(workspace, ceph, proxy.port)
    ingest = Ingest(stock, ftp)
    for book in ("x", "y", "z"):
        for part in ("01.mp3", "02.mp3"):
            ftp.put_in(f"books/{book}/{part}", mp3(tmp_path, part).read_bytes())
    proxy.faults.latency = 0.02
    running = [subprocess.Popen(ingest.words("--quiet", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for _ in range(4)]
    for process in running:
        process.communicate(timeout=120)
        assert process.returncode == 0
    proxy.heal()
    assert ingest.told() == {}
    assert stock.objects() == set(chunks(stock.master)) and len(stock.objects()) == 6
    sent = [exchange.path for exchange in proxy.exchanges() if exchange.method == "PUT" and stock.bucket in exchange.path]
    assert len(sent) == len(set(sent)) == 6


def test_s3_that_is_away_costs_nothing(workspace: Workspace, ceph: Ceph, ftp: Vsftpd, tmp_path: Path) -> None:
    stock = Stock(workspace, ceph)
    ingest = Ingest(stock, ftp)
    ftp.put_in("books/later/01.mp3", mp3(tmp_path, "01.mp3").read_bytes())
    words = ["ingest", "--origin", "s3://none region=us-east-1 endpoint=http://127.0.0.1:1 style=path",
             "--credentials", f"{tmp_path}/none", "--listing", stock.master, "--quiet", "0", ftp.drop]
    done = audiodl(*words)
    assert (done.returncode, "later" in done.stderr) == (3, True), done.stderr
    assert not (ftp.drop / "failed/books/later").exists()
    assert ingest.told() == {"books/later": ("published", "")}


def spoil_wrong_region(stock: Stock, proxy: Proxy) -> Callable[[], None]:
    """A HEAD has no body, so its 400 says no more; an expired session's looks just so."""
    proxy.faults = Faults(answer=400)
    return proxy.heal


def spoil_manifest(stock: Stock, proxy: Proxy) -> Callable[[], None]:
    folder = stock.master / "good"
    folder.mkdir()
    (folder / ".audiodl.json").write_text("{")
    return lambda: shutil.rmtree(folder)


def spoil_marker(stock: Stock, proxy: Proxy) -> Callable[[], None]:
    marker = stock.master / "good" / "01.mp3"
    marker.parent.mkdir()
    marker.write_bytes(b"somebody's only copy")
    return marker.unlink


def spoil_every_object(stock: Stock, proxy: Proxy) -> Callable[[], None]:
    """What is read back is never what was sent."""
    proxy.faults = Faults(flip_at=100)
    return proxy.heal


@pytest.mark.parametrize("spoil", [spoil_wrong_region, spoil_manifest, spoil_marker, spoil_every_object])
def test_what_is_the_operators_fault_is_no_uploads(workspace: Workspace, ceph: Ceph, proxy: Proxy, ftp: Vsftpd,
                                                   tmp_path: Path,
                                                   spoil: Callable[[Stock, Proxy], Callable[[], None]]) -> None:
    stock = Stock(workspace, ceph, proxy.port)
    ingest = Ingest(stock, ftp)
    ftp.put_in("books/good/01.mp3", mp3(tmp_path, "01.mp3").read_bytes())
    mend = spoil(stock, proxy)
    for _ in range(2):
        done = ingest.run("--quiet", "0")
        assert (done.returncode, "books/good: " in done.stderr) == (3, True), done.stdout + done.stderr
        assert not list((ftp.drop / "failed").rglob("good*"))
    mend()
    assert ingest.told() == {"books/good": ("published", "")}
    assert stored(stock, "good/01.mp3") == (tmp_path / "01.mp3").read_bytes()


def test_an_origin_that_is_not_mounted_costs_nothing(stock: Stock, ftp: Vsftpd, tmp_path: Path) -> None:
    source = mp3(tmp_path, "01.mp3")
    ftp.put_in("books/unmounted/01.mp3", source.read_bytes())
    origin = stock.folder / "disk"
    words = ["ingest", "--origin", f"file://{origin}", "--listing", stock.master, "--quiet", "0", ftp.drop]
    done = audiodl(*words)
    assert (done.returncode, "is it mounted?" in done.stderr) == (3, True), done.stdout + done.stderr
    assert not list((ftp.drop / "failed").rglob("unmounted*"))
    origin.mkdir()
    good(audiodl(*words))
    assert (origin / "unmounted/01.mp3").read_bytes() == source.read_bytes()


def test_killed_anywhere_nothing_is_lost_and_nothing_missing_is_listed(
        stock: Stock, ftp: Vsftpd, ingest: Ingest, tmp_path: Path) -> None:
    chance = random.Random(seed())
    killer = Killer(chance)
    sold: dict[str, bytes] = {}
    media: dict[str, bytes] = {}
    rounds = 0
    while killer.killed < KILLS:
        rounds += 1
        uploads = {}
        book = f"book {chance.randint(0, 4)}"
        for part in range(chance.randint(1, 3)):
            name = f"{part:02}.mp3"
            uploads[f"{book}/{name}"] = silence(f"{rounds} {part}", chance.randint(5_000, 40_000))
        for name, data in uploads.items():
            ftp.put_in(f"books/{name}", data)
        ftp.put_in(f"books/{book}/done", b"")
        broken = f"broken {rounds}"
        if chance.random() < 0.3:
            ftp.put_in(f"books/{broken}/01.mp3", silence("x", 9_000)[:-50])
            ftp.put_in(f"books/{broken}/02.mp3", silence("y", 9_000))
            ftp.put_in(f"books/{broken}/done", b"")
        if chance.random() < 0.5:
            media[f"samples/{rounds}.mp3"] = silence("sample", 9_000)
            ftp.put_in(f"samples/{rounds}.mp3", media[f"samples/{rounds}.mp3"])
        for _ in range(2):
            killer.kill("ingest", ingest.words("--quiet", "0"))
            missing = set(chunks(stock.master)) - stock.objects()
            assert not missing, f"{killer.last}: {missing} have no object"
            for name in chunks(stock.master):
                assert stored(stock, name) in (sold.get(name), uploads.get(name)), f"{killer.last}: {name}"
        done = ingest.run("--quiet", "0")
        assert done.returncode in (0, 1), f"{killer.last}: {done.stdout}{done.stderr}"
        sold.update(uploads)
        when = f"round {rounds}, {killer.last}"
        assert {name: stored(stock, name) for name in chunks(stock.master)} == sold, when
        assert stock.objects() == set(sold), when
        assert {str(path.relative_to(ingest.tree)): path.read_bytes() for path in ingest.tree.rglob("*.mp3")} == media
        if (ftp.drop / "failed/books" / broken).exists():
            assert sorted(os.listdir(ftp.drop / "failed/books" / broken)) == ["01.mp3", "02.mp3", "done"], when
            assert "01.mp3: " in (ftp.drop / f"failed/books/{broken}.reason.txt").read_text(), when
        assert ingest.told() == {}, when
        assert not [path for top in ("books", "samples") for path in (ftp.drop / top).rglob("*") if path.is_file()], when
        assert not list((ftp.drop / ".audiodl-ingest/books").rglob("*")), when
    note(f"{killer.killed} kills of ingest in {rounds} rounds")
