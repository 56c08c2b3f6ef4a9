# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl fsck: finds and explains what differs, mends what it can, and finds nothing after that."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from prove.counts import count
from servers.audioshop import AudioShop, S3Origin
from servers.ceph import Ceph
from servers.mariadb import MariaDb
from servers.proxy import Proxy
from servers.workspace import Workspace
from stock import Stock, audiodl, chunks, good, manifests
from support import some_bytes

OBJECTS = count("AUDIODL_FSCK_OBJECTS", 1_050)


@pytest.fixture
def stock(workspace: Workspace, ceph: Ceph) -> Stock:
    return Stock(workspace, ceph)


def fsck(stock: Stock, *more: str | Path) -> tuple[int, dict[tuple[str, str], dict[str, object]]]:
    """The exit code, and what was found by kind and path."""
    done = audiodl("fsck", *stock.options(stock.master), "--json", *more, seconds=600)
    assert done.returncode in (0, 1), done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {(one["kind"], one["path"]): one for one in found}


def manifest_of(stock: Stock, book: str, **changes: dict[str, object]) -> None:
    """A manifest with what the bucket says of each marker; `changes` by the chunk's name without its ending."""
    lines = []
    for path in sorted((stock.master / book).glob("*.mp3")):
        head = stock.client.head(stock.bucket, f"prod/{book}/{path.name}")
        chunk = {"name": path.name, "title": path.stem, "size": int(head["content-length"]), "etag": head["etag"],
                 "sha256": "0" * 64, "duration_ms": 1000}
        lines.append({**chunk, **changes.get(path.stem, {})})
    (stock.master / book / ".audiodl.json").write_text(json.dumps({"audiodl": 1, "title": book, "chunks": lines}))


def test_nothing_differs_where_nothing_is_wrong(stock: Stock) -> None:
    stock.put_many([f"many/{n:05}.mp3" for n in range(OBJECTS)])
    good(audiodl("listing", "rebuild", *stock.options(stock.master), "--manifests", "--force"))
    stock.publish("withdrawn/01.mp3")
    stock.withdraw("withdrawn/01.mp3")
    assert fsck(stock) == (0, {})
    assert good(audiodl("fsck", *stock.options(stock.master))) == "0 differences\n"


def test_each_difference_is_explained_and_mended(stock: Stock, tmp_path: Path) -> None:
    for n in range(60):
        stock.publish(f"good/{n:02}.mp3")
    for name in ("gone", "size", "etag", "old", "unlisted", "returned", "full", "copy", "left"):
        stock.publish(f"book/{name}.mp3", name.encode())
    manifest_of(stock, "book", size={"size": 7}, etag={"etag": '"0"'})
    stock.publish("legacy/01.mp3")
    stock.publish("legacy/lost.mp3")
    stock.publish("broken/01.mp3")
    (stock.master / "broken/.audiodl.json").write_text("{")
    stock.publish("empty/01.mp3", b"")

    stock.client.delete(stock.bucket, "prod/book/gone.mp3")
    (stock.master / "book/unlisted.mp3").unlink()
    (stock.master / "legacy/lost.mp3").unlink()
    stock.withdraw("book/returned.mp3")
    (stock.master / "book/returned.mp3").touch()
    (stock.master / "book/full.mp3").write_bytes(b"somebody's only copy")
    (stock.master / "book/copy.mp3").write_bytes(b"copy")
    (stock.master / "book/left.mp3").unlink()
    stock.client.delete(stock.bucket, "prod/book/left.mp3")
    os.utime(stock.master / "legacy/01.mp3", (1, 1))
    stock.client.put(stock.bucket, "prod/book/new.mp3", b"a publish that was killed")
    stock.client.put(stock.bucket, "prod/loose.txt", b"?")
    (stock.master / "loose.mp3").touch()

    code, found = fsck(stock)
    assert code == 1
    mendable = {("no_object", "book/gone.mp3"), ("other_size", "book/size.mp3"), ("other_etag", "book/etag.mp3"),
                ("unlisted", "book/unlisted.mp3"), ("unlisted", "legacy/lost.mp3"),
                ("withdrawn_listed", "book/returned.mp3"), ("not_empty", "book/copy.mp3"),
                ("manifest_only", "book/left.mp3"), ("old_marker", "legacy/01.mp3"),
                ("broken_manifest", "broken/.audiodl.json")}
    for_people = {("not_empty", "book/full.mp3"), ("unlisted", "book/new.mp3"), ("bad_name", "loose.txt"),
                  ("bad_name", "loose.mp3"), ("empty_object", "empty/01.mp3")}
    assert set(found) == mendable | for_people
    assert {key for key, one in found.items() if one["repair"]} == mendable
    assert all(len(str(one["text"]).split()) >= 6 for one in found.values())
    before = chunks_and_strays(stock)
    assert fsck(stock)[1].keys() == found.keys() and chunks_and_strays(stock) == before

    old_times = {path: stock.master.joinpath(path).stat().st_mtime for path in ("book/size.mp3", "book/etag.mp3")}
    code, mended = fsck(stock, "--repair")
    assert code == 1 and {key for key, one in mended.items() if one["mended"]} == mendable
    code, left = fsck(stock, "--repair")
    assert code == 1 and set(left) == for_people and not any(one["mended"] for one in left.values())

    said = {chunk["name"]: chunk for chunk in json.loads(manifests(stock.master)["book"])["chunks"]}
    assert said["size.mp3"]["size"] == 4 and "sha256" not in said["size.mp3"]
    assert said["etag.mp3"]["etag"] == stock.client.head(stock.bucket, "prod/book/etag.mp3")["etag"]
    assert said["old.mp3"]["sha256"] == "0" * 64  # which nobody had reason to doubt
    assert all(stock.master.joinpath(path).stat().st_mtime >= time + 2 for path, time in old_times.items())
    assert not (stock.master / "book/returned.mp3").exists() and not (stock.master / "book/gone.mp3").exists()
    assert (stock.master / "book/full.mp3").read_bytes() == b"somebody's only copy"
    assert (stock.master / "book/copy.mp3").stat().st_size == 0
    assert list((stock.master / "broken").glob(".audiodl.json.damaged-*"))
    assert json.loads(manifests(stock.master)["broken"])["chunks"][0]["name"] == "01.mp3"


def chunks_and_strays(stock: Stock) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in stock.master.rglob("*") if path.is_file()}


def test_an_empty_bucket_takes_no_marker_away(stock: Stock) -> None:
    for n in range(30):
        stock.publish(f"book/{n:02}.mp3")
    for n in range(30):
        stock.client.delete(stock.bucket, f"prod/book/{n:02}.mp3")
    done = audiodl("fsck", *stock.options(stock.master), "--repair")
    assert (done.returncode, "30 of 30 markers would go" in done.stderr) == (1, True), done.stderr
    assert len(chunks(stock.master)) == 30
    code, found = fsck(stock, "--repair", "--force")
    assert code == 0 and len(found) == 30 and chunks(stock.master) == {}


def test_an_empty_listing_is_not_filled_with_what_was_withdrawn(stock: Stock) -> None:
    for n in range(30):
        stock.publish(f"book/{n:02}.mp3")
    for n in range(5):
        stock.withdraw(f"book/{n:02}.mp3")
    good(stock.push())
    shutil.rmtree(stock.master)
    stock.master.mkdir()
    keys = ("--keys", stock.keys)
    # Without a key nobody can tell, and says so.
    done = audiodl("fsck", *stock.options(stock.master), "--repair")
    assert (done.returncode, "30 chunks would be listed" in done.stderr) == (1, True), done.stderr
    assert "no key is known here" in done.stderr and chunks(stock.master) == {}
    done = audiodl("fsck", *stock.options(stock.master), *keys, "--repair")
    assert (done.returncode, "25 chunks would be listed" in done.stderr) == (1, True), done.stderr
    assert "audiodl listing rebuild" in done.stderr and chunks(stock.master) == {}
    # What was lost with it is there again, and a list that is cut is made whole.
    noted = (stock.master / ".audiodl-withdrawn").read_text()
    assert [line.partition(" ")[2] for line in noted.splitlines()] == [f"book/{n:02}.mp3" for n in range(5)]
    good(audiodl("listing", "rebuild", *stock.options(stock.master)))
    assert set(chunks(stock.master)) == {f"book/{n:02}.mp3" for n in range(5, 30)}
    (stock.master / ".audiodl-withdrawn").write_text(noted[:70])
    code, found = fsck(stock, *keys, "--repair")
    bad = found["withdrawn_bad_line", ".audiodl-withdrawn"]
    assert code == 1 and "line 3;" in str(bad["text"]) and not bad["mended"]
    assert found["withdrawn_forgotten", ".audiodl-withdrawn"]["mended"] is True
    assert fsck(stock, *keys) == (0, {}) and (stock.master / ".audiodl-withdrawn").read_text() == noted


def test_a_bucket_that_does_not_answer_is_no_difference(stock: Stock) -> None:
    stock.publish("book/01.mp3")
    wrong = [str(word).replace("profile=web", "profile=default") for word in stock.options(stock.master)]
    done = audiodl("fsck", *wrong, "--repair", "--force")
    assert (done.returncode, done.stdout) == (3, "")
    assert set(chunks(stock.master)) == {"book/01.mp3"}


def test_old_and_unlisted_copies_leave_the_cache(workspace: Workspace, ceph: Ceph, proxy: Proxy, mariadb: MariaDb,
                                                 session: str, book: str,
                                                 make_shop: Callable[..., AudioShop]) -> None:
    origin = S3Origin(workspace, ceph, proxy.port, bucket="fsck-cache")
    shop = make_shop(origin=origin)
    for name in ("same", "replaced", "withdrawn"):
        shop.publish(f"{book}/{name}.mp3", some_bytes(300_000))
        assert shop.get(f"{book}/{name}.mp3", session).status == 200
    given = origin.directives()
    words = ["fsck", "--origin", str(given["AudioOrigin"]), "--credentials", str(given["AudioCredentials"]),
             "--listing", shop.listing, "--dir", shop.cache]
    assert good(audiodl(*words)) == "0 differences\n"

    origin.put(f"{book}/replaced.mp3", some_bytes(300_000, seed=2))
    os.utime(shop.listing / book / "replaced.mp3", (2_000_000_000, 2_000_000_000))  # nobody is told by the marker
    shop.stop()  # or the fetcher would take the withdrawn one away first

    # A disk that is not mounted is no listing to mend a cache by.
    mounted = shop.listing.rename(shop.listing.with_name("mounted"))
    shop.listing.mkdir()
    done = audiodl(*words, "--repair")
    assert (done.returncode, done.stdout.count("Mended")) == (1, 0), done.stdout + done.stderr
    assert "no copy is taken from a cache, since the listing is not mended" in done.stderr
    assert "Is the listing's disk not mounted" in done.stderr and copies(shop) == 3
    shop.listing.rmdir()
    mounted.rename(shop.listing)

    (shop.listing / book / "withdrawn.mp3").unlink()
    ceph.client.delete("fsck-cache", f"prod/{book}/withdrawn.mp3")
    done = audiodl(*words, "--json")
    found = {(one["kind"], one["path"]) for one in map(json.loads, done.stdout.splitlines())}
    assert found == {("cached_other", f"{book}/replaced.mp3"), ("cached_unlisted", f"{book}/withdrawn.mp3")}
    # Nobody noted that it was withdrawn, and it is a third of the cache.
    done = audiodl(*words, "--repair")
    assert (done.returncode, done.stdout.count("Mended")) == (1, 1), done.stdout + done.stderr
    assert "1 of the 3 copies" in done.stderr and copies(shop) == 2
    (shop.listing / ".audiodl-withdrawn").write_text(f"2026-11-27T08:00:00Z {book}/withdrawn.mp3\n")
    assert good(audiodl(*words, "--repair")).count("Mended") == 1
    assert good(audiodl(*words)) == "0 differences\n" and copies(shop) == 1


def copies(shop: AudioShop) -> int:
    return sum(path.stat().st_size >= 300_000 for path in shop.cache.glob("??/*"))
