# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl put and get: files and streams of every size become objects and files again, on Ceph and in a folder."""

import itertools
import json
import signal
import subprocess
from pathlib import Path

import pytest

from servers.audioshop import S3Origin
from servers.ceph import Ceph
from servers.command import command_path
from servers.proxy import Faults, Proxy
from servers.s3client import quote
from servers.waiting import wait_until
from support import some_bytes

BUCKET = "books"
PREFIX = "prod"
PART = 8 << 20
_numbers = itertools.count(1)


def options(s3_origin: S3Origin) -> list[str]:
    given = s3_origin.directives()
    return ["--origin", str(given["AudioOrigin"]), "--credentials", str(given["AudioCredentials"])]


def audiodl(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([command_path(), *words], input=stdin, capture_output=True, check=False, timeout=300)


@pytest.fixture
def key() -> str:
    return f"put/{next(_numbers)} a+b&c/ü.bin"


@pytest.mark.parametrize("size", [0, 1, PART - 1, 2 * PART, 2 * PART + 1, 3 * PART + 12345])
def test_a_file_comes_back_as_it_went(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy, tmp_path: Path, key: str,
                                      size: int) -> None:
    data = some_bytes(size)
    (tmp_path / "in").write_bytes(data)
    done = audiodl("put", *options(s3_origin), "--json", tmp_path / "in", key)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["object"], said["size"]) == (f"s3://{BUCKET}/{PREFIX}/{key}", size)
    stored = ceph.client.head(BUCKET, f"{PREFIX}/{key}")
    assert stored["etag"] == said["etag"]
    assert ceph.client.get(BUCKET, f"{PREFIX}/{key}") == data
    assert audiodl("get", *options(s3_origin), key, tmp_path / "out").returncode == 0
    assert (tmp_path / "out").read_bytes() == data


@pytest.mark.parametrize("size", [0, 5, PART, 2 * PART + 7])
def test_a_stream_of_unknown_length(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy, key: str, size: int) -> None:
    data = some_bytes(size)
    done = audiodl("put", *options(s3_origin), "-", f"s3://{BUCKET}/{key}", stdin=data)
    assert done.returncode == 0, done.stderr
    assert ceph.client.get(BUCKET, key) == data
    done = audiodl("get", *options(s3_origin), f"s3://{BUCKET}/{key}", "-")
    assert (done.returncode, done.stdout) == (0, data)


def test_a_folder_is_an_origin_too(tmp_path: Path) -> None:
    (tmp_path / "origin").mkdir()
    origin = ["--origin", f"file://{tmp_path}/origin"]
    assert audiodl("put", *origin, "-", "a/b/c.bin", stdin=b"hello").returncode == 0
    assert (tmp_path / "origin/a/b/c.bin").read_bytes() == b"hello"
    assert audiodl("get", *origin, "a/b/c.bin", "-").stdout == b"hello"
    assert audiodl("get", *origin, "a/b/d.bin", "-").returncode == 1
    assert audiodl("put", *origin, "--if-absent", "/etc/passwd", "a/b/c.bin").returncode == 1
    assert audiodl("put", *origin, "-", "../outside", stdin=b"x").returncode == 3
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["c.bin"]


def test_only_where_there_is_none(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy, tmp_path: Path, key: str) -> None:
    (tmp_path / "one").write_bytes(b"one")
    (tmp_path / "two").write_bytes(b"two")
    assert audiodl("put", *options(s3_origin), "--if-absent", tmp_path / "one", key).returncode == 0
    done = audiodl("put", *options(s3_origin), "--if-absent", tmp_path / "two", key)
    assert (done.returncode, b"exists already" in done.stderr) == (1, True)
    assert ceph.client.get(BUCKET, f"{PREFIX}/{key}") == b"one"


def test_what_is_not_there(s3_origin: S3Origin, proxy: Proxy, tmp_path: Path, key: str) -> None:
    done = audiodl("get", *options(s3_origin), key, tmp_path / "out")
    assert (done.returncode, b"there is no" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def open_uploads(ceph: Ceph, key: str) -> int:
    answer = ceph.client.request("GET", f"/{BUCKET}", {"uploads": "", "prefix": key})
    assert answer.status == 200
    return answer.body.count(b"<UploadId>")


def parts_sent(proxy: Proxy, key: str) -> int:
    return sum("partNumber=" in exchange.query and exchange.status == 200 for exchange in proxy.exchanges(key))


def test_a_killed_upload_goes_on_where_it_was(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy, tmp_path: Path,
                                              key: str) -> None:
    parts = 8
    data = some_bytes(parts * PART - 1)
    (tmp_path / "in").write_bytes(data)
    proxy.faults = Faults(latency=0.3)
    words = [command_path(), "put", *options(s3_origin), tmp_path / "in", key]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    wait_until(lambda: parts_sent(proxy, key) >= 2, "two parts to be there", 60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    proxy.heal()
    assert open_uploads(ceph, f"{PREFIX}/{key}") == 1
    before = parts_sent(proxy, key)
    assert before < parts
    assert audiodl(*words[1:]).returncode == 0
    # Of the four that were under way when it was killed S3 may have any number.
    assert 1 <= parts_sent(proxy, key) - before <= parts - 2
    assert ceph.client.get(BUCKET, f"{PREFIX}/{key}") == data
    assert open_uploads(ceph, f"{PREFIX}/{key}") == 0


def test_an_upload_of_another_content_is_not_taken_up(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy,
                                                      tmp_path: Path, key: str) -> None:
    encoded = f"/{BUCKET}/{PREFIX}/{quote(key)}"
    begun = ceph.client.request("POST", encoded, {"uploads": ""})
    upload = begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
    other = some_bytes(PART, seed=9)
    assert ceph.client.request("PUT", encoded, {"partNumber": "2", "uploadId": upload}, body=other).status == 200
    data = some_bytes(3 * PART)
    (tmp_path / "in").write_bytes(data)
    assert audiodl("put", *options(s3_origin), tmp_path / "in", key).returncode == 0
    assert ceph.client.get(BUCKET, f"{PREFIX}/{key}") == data


@pytest.mark.parametrize("fault", [Faults(answer=503, times=3), Faults(answer=500, times=3)])
def test_what_may_pass_is_tried_again(ceph: Ceph, s3_origin: S3Origin, proxy: Proxy, tmp_path: Path, key: str,
                                      fault: Faults) -> None:
    data = some_bytes(2 * PART + 1)
    (tmp_path / "in").write_bytes(data)
    proxy.faults = fault
    assert audiodl("put", *options(s3_origin), tmp_path / "in", key).returncode == 0
    assert proxy.faults.times == 0
    proxy.faults = Faults(cut_after=1_000_000, times=2)
    assert audiodl("get", *options(s3_origin), key, tmp_path / "out").returncode == 0
    assert proxy.faults.times == 0
    assert (tmp_path / "out").read_bytes() == data


def test_a_wrong_key_is_told_at_once(s3_origin: S3Origin, proxy: Proxy, tmp_path: Path, key: str) -> None:
    origin = str(s3_origin.directives()["AudioOrigin"])
    (tmp_path / "in").write_bytes(b"x")
    (tmp_path / "keys").write_text("[default]\naws_access_key_id=AKNOSUCHKEY\naws_secret_access_key=s3cr3t\n")
    (tmp_path / "keys").chmod(0o600)
    done = audiodl("put", "--origin", origin, "--credentials", tmp_path / "keys", tmp_path / "in", key)
    assert done.returncode == 3
    assert b"AudioCredentials" in done.stderr and b"s3cr3t" not in done.stderr
