# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl publish and withdraw on Ceph, and a real httpd that delivers what was published, and only that."""

import json
import re
import secrets
import subprocess
import threading
import time
from pathlib import Path

import pytest

from publishing import BUCKET, Shelf, master, sha256
from servers.audioshop import AudioShop, S3Origin, module_path
from servers.ceph import Ceph
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from support import read_sha256

LARGE = 20_000_000  # goes in parts
COMMON = Path(__file__).resolve().parents[2] / "common"


STALE = 20  # seconds, for tests that must see an upload grow old


class OpenUploads:
    """Uploads in parts that somebody began and has not ended."""

    def __init__(self, ceph: Ceph, bucket: str, prefix: str):
        self._client, self._bucket, self._prefix = ceph.client, bucket, prefix
        self._begun: dict[str, float] = {}  # the youngest of each key

    def begin(self, key: str) -> None:
        self._begun[key] = time.time()
        begun = self._client.request("POST", f"/{self._bucket}/{self._prefix}{key}", {"uploads": ""})
        assert begun.status == 200

    def there(self) -> list[str]:
        listed = self._client.request("GET", f"/{self._bucket}", {"uploads": "", "prefix": self._prefix})
        return sorted(key.removeprefix(self._prefix)
                      for key in re.findall(r"<Key>(.*?)</Key>", listed.body.decode()))

    def age(self) -> float:
        return time.time() - max(self._begun.values())

    def wait_until_old(self) -> None:
        wait_until(lambda: self.age() > STALE + 1, "uploads to grow old", STALE + 60)

    def assert_young(self, key: str) -> None:
        """Else what follows would say nothing."""
        if time.time() - self._begun[key] > STALE:
            pytest.skip("this machine is too busy to keep an upload young")


@pytest.fixture
def shelf(shop: AudioShop, s3_origin: S3Origin, book: str, tmp_path: Path) -> Shelf:
    """Empty, before a shop whose CUSTOMER has bought the book already."""
    return Shelf(s3_origin, shop.listing, tmp_path / "masters", book)


def writes(proxy: Proxy, since: int = 0) -> list[str]:
    return [f"{e.method} {e.path}?{e.query}" for e in proxy.exchanges()[since:] if e.method not in ("GET", "HEAD")]


def test_what_is_published_is_delivered(shop: AudioShop, shelf: Shelf, session: str, ceph: Ceph) -> None:
    names = {"1.mp3": 300_000, "2.mp3": LARGE, "10 – Schluß + Ende.mp3": 1_000_000}
    masters = {name: shelf.write(name, master(n, size)) for n, (name, size) in enumerate(names.items())}
    shelf.write("booklet.pdf", b"%PDF-1.7 not for the ears")
    assert shop.get(f"{shelf.book}/1.mp3", session).status == 404
    done = shelf.publish("--title", "The Book", "--author", "Somebody")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"published {shelf.book}: 4 chunks, 4 sent\n")

    for name, data in masters.items():
        with shop.open(f"{shelf.book}/{name}", session) as response:
            assert (response.status, read_sha256(response)) == (200, sha256(data))
    assert shop.get(f"{shelf.book}/booklet.pdf", session).status == 200
    manifest = shelf.manifest()
    assert (manifest["title"], manifest["author"]) == ("The Book", "Somebody")
    assert [chunk["name"] for chunk in manifest["chunks"]] == [*names, "booklet.pdf"]
    for chunk in manifest["chunks"][:3]:
        data = masters[chunk["name"]]
        stored = ceph.client.head(BUCKET, shelf.key(chunk["name"]))
        assert (chunk["size"], chunk["sha256"]) == (len(data), sha256(data))
        assert (chunk["etag"], chunk["type"]) == (stored["etag"], "audio/mpeg")
        frames = (len(data) - len(data) % 417) // 417
        assert abs(chunk["duration_ms"] - frames * 1152 / 44.1) < 60
        head = shop.get(f"{shelf.book}/{chunk['name']}", session, method="HEAD")
        assert (head.headers["etag"], int(head.headers["content-length"])) == (chunk["etag"], len(data))


def test_again_sends_nothing(shelf: Shelf, proxy: Proxy) -> None:
    shelf.write("1.mp3", master(1, 100_000))
    shelf.write("2.mp3", master(2, LARGE))
    assert shelf.publish().returncode == 0
    before = len(proxy.exchanges())
    time_of = shelf.marker("1.mp3").stat().st_mtime_ns
    done = shelf.publish("--json")
    assert done.returncode == 0
    assert [json.loads(line)["done"] for line in done.stdout.splitlines()] == ["unchanged", "unchanged"]
    assert writes(proxy, before) == []
    # Neither are they read: the manifest was written when they had been.
    assert {e.method for e in proxy.exchanges()[before:] if "/1.mp3" in e.path or "/2.mp3" in e.path} == {"HEAD"}
    assert shelf.marker("1.mp3").stat().st_mtime_ns == time_of


def test_what_another_tool_uploaded_is_compared_not_sent(shelf: Shelf, ceph: Ceph, proxy: Proxy) -> None:
    data = shelf.write("1.mp3", master(1, 200_000))
    ceph.client.put(BUCKET, shelf.key("1.mp3"), data)
    before = len(proxy.exchanges())
    done = shelf.publish()
    assert (done.returncode, "was there already" in done.stdout) == (0, True)
    assert writes(proxy, before) == []
    assert shelf.listed() == ["1.mp3"]


def test_dry_run_changes_nothing(shelf: Shelf, ceph: Ceph, proxy: Proxy) -> None:
    shelf.write("1.mp3", master(1, 100_000))
    done = shelf.publish("-n")
    assert (done.returncode, "1.mp3: would be added" in done.stdout) == (0, True)
    assert (shelf.listed(), shelf.stored(ceph)) == ([], [])


def test_a_cut_file_is_refused_with_the_time_of_the_break(shelf: Shelf, ceph: Ceph) -> None:
    whole = shelf.write("1.mp3", master(1, 200_000))
    second = master(2, 200_000)
    shelf.write("2.mp3", second[:150_000])
    done = shelf.publish()
    assert done.returncode == 1
    found = re.search(r"2\.mp3: broken at 0:(\d\d\.\d{3}) \(byte (\d+)\)", done.stderr)
    assert found, done.stderr
    tag = len(second) % 417
    assert int(found[2]) == tag + (150_000 - tag) // 417 * 417
    assert float(found[1]) == pytest.approx((150_000 - tag) // 417 * 1152 / 44100, abs=0.001)
    assert (shelf.listed(), shelf.stored(ceph)) == ([], [])
    # With a whole one in its place, it goes through.
    shelf.write("2.mp3", second)
    assert shelf.publish().returncode == 0
    assert ceph.client.get(BUCKET, shelf.key("1.mp3")) == whole


def test_a_replaced_chunk_leaves_a_running_download_whole(shop: AudioShop, shelf: Shelf, session: str,
                                                          proxy: Proxy) -> None:
    old = shelf.write("1.mp3", master(1, LARGE))
    assert shelf.publish().returncode == 0
    marker = shelf.marker("1.mp3").stat().st_mtime_ns
    with shop.open(f"{shelf.book}/1.mp3", session, receive_buffer=65536) as running:
        running.read(1000)  # the rest waits in the server and the kernel
        new = shelf.write("1.mp3", master(2, LARGE + 4170))
        done = shelf.publish()
        assert (done.returncode, "1.mp3: replaced" in done.stdout) == (0, True), done.stderr
        wait_until(lambda: shop.get(f"{shelf.book}/1.mp3", session).body == new, "the new version to be served", 30)
        rest = running.read()
    assert old[1000:] == rest
    assert shelf.marker("1.mp3").stat().st_mtime_ns > marker
    assert shelf.manifest()["chunks"][0]["sha256"] == sha256(new)


@pytest.mark.parametrize("gone", ["replaced", "deleted"])
def test_a_cold_download_is_whole_where_the_bucket_keeps_versions(shop: AudioShop, shelf: Shelf, session: str, ceph: Ceph,
                                                                  proxy: Proxy, gone: str) -> None:
    old, new = shelf.write("1.mp3", master(1, LARGE)), master(2, LARGE + 4170)
    ceph.client.keep_versions(BUCKET)
    try:
        assert shelf.publish().returncode == 0
        # So slow that most of it is yet to come, and cut so often that it must be asked for again.
        proxy.faults = Faults(rate=4_000_000, cut_after=400_000)
        since = len(proxy.exchanges())
        with shop.open(f"{shelf.book}/1.mp3", session) as running:
            begin = running.read(1000)
            if gone == "replaced":
                ceph.client.put(BUCKET, shelf.key("1.mp3"), new)
            else:
                ceph.client.delete(BUCKET, shelf.key("1.mp3"))
            assert begin + running.read() == old
        assert any(e.status == 206 and "versionId=" in e.query for e in proxy.exchanges()[since:])
        proxy.heal()
        shelf.write("1.mp3", new)
        assert shelf.publish().returncode == 0
        wait_until(lambda: shop.get(f"{shelf.book}/1.mp3", session).body == new, "the new version to be served", 30)
    finally:
        ceph.client.keep_versions(BUCKET, "Suspended")


def test_withdrawn_is_gone_at_once(shop: AudioShop, shelf: Shelf, session: str, ceph: Ceph) -> None:
    for number in (1, 2, 3):
        shelf.write(f"{number}.mp3", master(number, 100_000))
    assert shelf.publish().returncode == 0
    assert shop.get(f"{shelf.book}/2.mp3", session).status == 200
    assert shelf.withdraw("-n", "2.mp3").returncode == 0
    assert shelf.listed() == ["1.mp3", "2.mp3", "3.mp3"]
    assert shelf.withdraw("--delete-objects", "2.mp3").returncode == 0
    assert shop.get(f"{shelf.book}/2.mp3", session).status == 404
    assert shelf.stored(ceph) == ["1.mp3", "3.mp3"]
    assert [chunk["name"] for chunk in shelf.manifest()["chunks"]] == ["1.mp3", "3.mp3"]
    assert shelf.withdraw("2.mp3").returncode == 1

    assert shelf.withdraw().returncode == 0
    assert shop.get(f"{shelf.book}/1.mp3", session).status == 404
    assert (shelf.stored(ceph), (shop.listing / shelf.book).exists()) == (["1.mp3", "3.mp3"], False)
    assert shelf.withdraw().returncode == 1
    assert shelf.withdraw("--older-than", "1d").returncode == 2
    told = []

    def delete(age: str) -> list[str]:
        """What is left."""
        done = shelf.run("withdraw", "--delete-objects", "--older-than", age)
        assert done.returncode == 0, done.stderr
        told.extend(line for line in done.stdout.splitlines() if line.startswith(f"{shelf.book}/"))
        return shelf.stored(ceph)

    assert (delete("1d"), told) == (["1.mp3", "3.mp3"], [])
    # A marker of a moment ago is dated ahead by seconds, and so is its end.
    wait_until(lambda: delete("0s") == [], "the objects to be old enough", 30)
    assert len(told) == 2


def test_one_book_has_one_publisher(shelf: Shelf, proxy: Proxy) -> None:
    shelf.write("1.mp3", master(1, 100_000))
    proxy.faults = Faults(latency=2)
    before = len(proxy.exchanges())
    first = threading.Thread(target=shelf.publish)
    first.start()
    wait_until(lambda: len(proxy.exchanges()) > before, "the first to be at work")
    second = shelf.publish()
    assert (second.returncode, "another audiodl command" in second.stderr) == (3, True)
    first.join()
    assert shelf.listed() == ["1.mp3"]


def test_trouble_with_s3_is_outlived_or_told(shelf: Shelf, ceph: Ceph, proxy: Proxy) -> None:
    data = shelf.write("1.mp3", master(1, LARGE))
    proxy.faults = Faults(answer=503, times=4)
    assert shelf.publish().returncode == 0
    assert proxy.faults.times == 0
    assert ceph.client.get(BUCKET, shelf.key("1.mp3")) == data
    # A byte that goes wrong on the way back is never taken for what was sent.
    shelf.write("2.mp3", master(2, 100_000))
    proxy.faults = Faults(flip_at=5000, times=1)
    done = shelf.publish()
    assert (done.returncode, proxy.faults.times) == (0, 0)
    assert "2 chunks, 1 sent" in done.stdout


def test_broken_off_uploads_are_aborted_when_stale_and_young_ones_are_not(shelf: Shelf, ceph: Ceph) -> None:
    uploads = OpenUploads(ceph, BUCKET, shelf.key(""))
    shelf.write("1.mp3", master(1, 100_000))
    uploads.begin("stale.mp3")
    assert shelf.publish().returncode == 0
    assert uploads.there() == ["stale.mp3"]  # somebody may be at it for a day, if nothing else is said
    shelf.config.write_text(f"{shelf.config.read_text()}AudioStaleUploads {STALE}s\n")
    uploads.wait_until_old()
    uploads.begin("young.mp3")
    done = shelf.publish()
    assert done.returncode == 0, done.stderr
    uploads.assert_young("young.mp3")
    assert uploads.there() == ["young.mp3"]


def test_put_and_backup_abort_what_is_stale_of_their_own(shelf: Shelf, ceph: Ceph, tmp_path: Path) -> None:
    bucket = f"others{secrets.token_hex(3)}"
    ceph.client.create_bucket(bucket)
    uploads = OpenUploads(ceph, bucket, "")
    file = tmp_path / "file"
    file.write_bytes(b"data")
    config = f"{shelf.config.read_text()}AudioBackupTo s3://{bucket}/shop\nAudioBackupDump echo dump\n"
    shelf.config.write_text(config)
    for key in ("some/key", "some/key-of-another", "shop-20260101T000000Z.gz", "shop-front/20260101T000000Z.gz"):
        uploads.begin(key)
    put = ("put", file, f"s3://{bucket}/some/key")
    for words in (put, ("backup run",)):
        done = shelf.run(*words)
        assert done.returncode == 0, done.stderr
    assert len(uploads.there()) == 4  # a day has not gone by
    shelf.config.write_text(f"{config}AudioStaleUploads {STALE}s\n")
    uploads.wait_until_old()
    uploads.begin("some/key")
    assert shelf.run(*put).returncode == 0
    uploads.assert_young("some/key")
    assert uploads.there() == ["shop-20260101T000000Z.gz", "shop-front/20260101T000000Z.gz", "some/key",
                               "some/key-of-another"]
    assert shelf.run("backup run").returncode == 0
    assert uploads.there() == ["shop-front/20260101T000000Z.gz", "some/key", "some/key-of-another"]


def test_settings_that_are_wrong_are_told(shelf: Shelf, tmp_path: Path) -> None:
    shelf.write("1.mp3", master(1, 100_000))
    for text, said in [("AudioOrigin s3://books\nAudioOrigin s3://books\n", "line 2: AudioOrigin is given twice"),
                       ("# x\n\nAudioOrigins x\n", "line 3: there is no setting AudioOrigins"),
                       ("AudioOrigin\n", "line 1: AudioOrigin lacks its value"),
                       ("AudioOrigin s3://Books\n", "AudioOrigin: "),
                       ("AudioOrigin file:///tmp\n", "there is no listing"),
                       ("AudioListing /x /y\nAudioOrigin file:///tmp\n", "AudioListing takes one value"),
                       ("AudioListing x\nAudioOrigin file:///tmp\n", "no absolute path"),
                       ("", "there is no origin")]:
        shelf.config.write_text(text)
        done = shelf.publish()
        assert (done.returncode, said in done.stderr) == (3, True), (text, done.stderr)
    shelf.config.unlink()
    assert shelf.publish().returncode == 3


def test_the_module_cannot_write() -> None:
    """What writes to an origin is in no library that the module is linked with, and no header of its."""
    symbols = subprocess.run(["nm", "-C", module_path()], capture_output=True, text=True, check=True).stdout
    assert "audiodl::SignRead" in symbols  # they are told
    assert not re.findall(r".* audiodl::(?:S3Caller|S3Store|FileStore|SignCall|S3Multipart|Publisher)\b.*", symbols)
    # The linker lets httpd's own symbols pass undefined, so ours must be looked at.
    assert not re.findall(r"^ +U (audiodl::.*)$", symbols, re.MULTILINE)
    readers = [path for folder in (COMMON, COMMON.parent / "mod_audiodl") for path in folder.rglob("*.[ch]*")
               if path.parent.name not in ("s3write", "publish", "stock", "ingest")]
    assert len(readers) > 100
    assert [path for path in readers if '#include "common/s3write/' in path.read_text()] == []
