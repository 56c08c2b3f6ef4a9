# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What a response says beside the bytes: from the manifest without S3, digests, types, CORS, and never compressed."""

import base64
import hashlib
import http.client
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from prove import counts
from servers import web
from servers.audioshop import AudioShop
from servers.ceph import Ceph
from servers.proxy import Faults, Proxy
from support import BLOCK, some_bytes

DATA = some_bytes(BLOCK + 500, seed=5)
MODIFIED = "2026-10-20T11:00:00Z"
MODIFIED_HTTP = "Tue, 20 Oct 2026 11:00:00 GMT"
EARLY = "Thu, 01 Jan 1970 00:00:01 GMT"
OTHER = '"0123456789abcdef"'


def write_manifest(shop: AudioShop, book: str, chunks: list[dict[str, object]], **more: object) -> Path:
    path = shop.listing / book / ".audiodl.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(".audiodl.json.new")
    fresh.write_text(json.dumps({"audiodl": 1, **more, "chunks": chunks}))
    fresh.rename(path)
    return path


def of_book(proxy: Proxy, book: str) -> list[str]:
    return [f"{e.method} {e.path}" for e in proxy.exchanges() if f"/{book}/" in e.path]


def test_a_feed_full_of_heads_asks_s3_nothing(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    """The objects do not even exist: the manifest is enough."""
    chunks = [{"name": f"{n:03}.mp3", "size": 30_000_000 + n, "etag": f'"{n:032x}-4"', "modified": MODIFIED,
               "type": "binary/octet-stream"} for n in range(100)]
    write_manifest(shop, book, chunks)
    for chunk in chunks:
        shop.list_chunk(f"{book}/{chunk['name']}")
    connection = http.client.HTTPConnection("127.0.0.1", shop.apache.port, timeout=60)
    total = counts.count("AUDIODL_HEADS", 400)
    for n in range(total):
        chunk = chunks[n % len(chunks)]
        connection.request("HEAD", shop.path(f"{book}/{chunk['name']}"), headers={"Cookie": f"PHPSESSID={session}"})
        answer = connection.getresponse()
        assert answer.read() == b""
        got = {name: answer.headers[name] for name in ("Content-Length", "ETag", "Last-Modified", "Content-Type", "Accept-Ranges")}
        assert (answer.status, got) == (200, {"Content-Length": str(chunk["size"]), "ETag": chunk["etag"],
                                              "Last-Modified": MODIFIED_HTTP, "Content-Type": "audio/mpeg",
                                              "Accept-Ranges": "bytes"})
        if answer.headers.get("Connection") == "close":
            connection.close()
    assert of_book(proxy, book) == []
    counts.note(f"{total} HEADs from the manifest, no request to S3")


def test_what_has_not_changed_is_known_from_the_manifest(shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    name = f"{book}/01.mp3"
    etag = '"9bb58f26192e4ba00f01e2e7b136bbd8"'
    write_manifest(shop, book, [{"name": "01.mp3", "size": 5000, "etag": etag, "modified": MODIFIED}])
    shop.list_chunk(name)
    for method in ("GET", "HEAD"):
        for condition in ({"If_None_Match": etag}, {"If_None_Match": f"W/{etag}"}, {"If_Modified_Since": MODIFIED_HTTP},
                          {"If_None_Match": etag, "If_Modified_Since": EARLY, "Range": "bytes=0-9"}):
            answer = shop.get(name, session, method, **condition)
            assert (answer.status, answer.headers["ETag"], answer.body, answer.cache) == (304, etag, b"", "manifest")
    assert shop.get(name, session, "HEAD", If_Match=OTHER).status == 412
    assert shop.get(name, session, "HEAD", If_None_Match=OTHER).status == 200
    assert of_book(proxy, book) == []
    # A refusal to GET is the origin's to give, and it has no such object.
    assert shop.get(name, session, If_Match=OTHER).status == 404


def test_the_origin_has_the_last_word(shop: AudioShop, session: str, book: str) -> None:
    """A manifest that is older than the object: HEAD repeats it until the object is known, GET never does."""
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    old = '"00000000000000000000000000000000"'
    write_manifest(shop, book, [{"name": "01.mp3", "size": 7, "etag": old, "modified": MODIFIED, "sha256": "0" * 64}])
    head = shop.get(name, session, "HEAD")
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (old, "7")
    assert "Repr-Digest" in head.headers
    tail = shop.get(name, session, Range="bytes=-3")
    assert (tail.status, tail.body) == (206, DATA[-3:])
    assert tail.headers["Content-Range"] == f"bytes {len(DATA) - 3}-{len(DATA) - 1}/{len(DATA)}"
    assert shop.get(name, session, Range="bytes=0-9", If_Range=old).status == 200
    for answer in (shop.get(name, session), shop.get(name, session, "HEAD")):
        assert answer.headers["ETag"] == f'"{hashlib.md5(DATA).hexdigest()}"'
        assert answer.headers["Content-Length"] == str(len(DATA))
        assert "Repr-Digest" not in answer.headers
    assert shop.get(name, session, If_None_Match=old).status == 200


def test_the_digest_is_that_of_the_bytes(shop: AudioShop, ceph: Ceph, session: str, book: str) -> None:
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    known = ceph.client.head("books", f"prod/{name}")
    write_manifest(shop, book, [{"name": "01.mp3", "etag": known["etag"], "sha256": hashlib.sha256(DATA).hexdigest()}])
    expected = "sha-256=:" + base64.b64encode(hashlib.sha256(DATA).digest()).decode() + ":"
    for method, headers in (("HEAD", {}), ("GET", {}), ("GET", {"Range": "bytes=5-9"}), ("GET", {"Range": "bytes=0-1,900-"})):
        assert shop.get(name, session, method, **headers).headers["Repr-Digest"] == expected
    assert "Repr-Digest" not in shop.get(name, session, Range="bytes=999999999-").headers


@pytest.mark.parametrize("name, media_type", [
    ("a.mp3", "audio/mpeg"), ("a.m4a", "audio/mp4"), ("a.m4b", "audio/mp4"), ("a.zip", "application/zip"),
    ("a.m3u8", "application/vnd.apple.mpegurl"), ("a.cue", "application/x-cue"), ("a.meta4", "application/metalink4+xml")])
def test_types(shop: AudioShop, session: str, book: str, name: str, media_type: str) -> None:
    chunk = f"{book}/{name}"
    shop.publish(chunk, b"x")
    for method in ("HEAD", "GET"):
        headers = shop.get(chunk, session, method).headers
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == (media_type, "nosniff")


def test_inline_where_it_is_wanted(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    shop = make_shop(changes={"AudioDisposition": "inline"})
    shop.publish(f"{book}/01.mp3", b"x")
    write_manifest(shop, book, [{"name": "01.mp3"}], title="Émile")
    expected = "inline; filename=\"Emile.mp3\"; filename*=UTF-8''%C3%89mile.mp3"
    assert shop.get(f"{book}/01.mp3", session).headers["Content-Disposition"] == expected


# ---- web players on other hosts -------------------------------------------------------------------------------------

PLAYER = "https://player.example.org"
CORS = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers",
        "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def cors_headers(answer: web.Answer) -> dict[str, str]:
    return {name: answer.headers[name] for name in CORS if name in answer.headers}


def test_web_players(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str) -> None:
    shop = make_shop(changes={"AudioCORSOrigins": f"http://localhost:8080 {PLAYER}", "AudioOriginTimeout": "1s"})
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    shop.list_chunk(f"{book}/missing.mp3")
    stranger = shop.new_session(4711)

    # Before there is a session, and whether or not there is such a chunk: a preflight carries no cookie.
    for chunk in (name, f"{book}/none.mp3", "somebody/elses.mp3"):
        preflight = shop.get(chunk, None, "OPTIONS", Origin=PLAYER, Access_Control_Request_Method="GET",
                             Access_Control_Request_Headers="range,if-range")
        assert (preflight.status, preflight.body) == (204, b"")
        allowed = cors_headers(preflight)
        assert allowed["Access-Control-Allow-Origin"] == PLAYER
        assert allowed["Access-Control-Allow-Credentials"] == "true"
        assert {"Range", "If-Range"} <= set(allowed["Access-Control-Allow-Headers"].split(", "))
        assert {"GET", "HEAD"} <= set(allowed["Access-Control-Allow-Methods"].split(", "))
        assert "Origin" in preflight.headers["Vary"]

    answers = {
        200: shop.get(name, session, Origin=PLAYER),
        206: shop.get(name, session, Origin=PLAYER, Range="bytes=0-9"),
        401: shop.get(name, None, Origin=PLAYER),
        403: shop.get(name, stranger, Origin=PLAYER),
        404: shop.get(f"{book}/none.mp3", session, Origin=PLAYER),
        405: shop.get(name, session, "POST", Origin=PLAYER, Content_Length="0"),
        412: shop.get(name, session, Origin=PLAYER, If_Match=OTHER),
        416: shop.get(name, session, Origin=PLAYER, Range="bytes=99999999-"),
    }
    proxy.faults = Faults(answer=503)
    answers[503] = shop.get(f"{book}/missing.mp3", session, Origin=PLAYER)
    proxy.heal()
    for status, answer in answers.items():
        assert answer.status == status
        allowed = cors_headers(answer)
        assert (allowed["Access-Control-Allow-Origin"], allowed["Access-Control-Allow-Credentials"]) == (PLAYER, "true"), status
        exposed = set(allowed["Access-Control-Expose-Headers"].split(", "))
        assert {"ETag", "Content-Range", "Content-Length", "Accept-Ranges", "Content-Disposition", "Repr-Digest"} <= exposed
        assert "Origin" in answer.headers["Vary"], status

    # Everybody else's page gets the answer that a browser hides from it.
    for origin in ("https://evil.example", "null", "http://player.example.org", PLAYER + ".evil.example"):
        for answer in (shop.get(name, session, Origin=origin), shop.get(name, None, Origin=origin)):
            assert (cors_headers(answer), answer.headers["Vary"] is not None) == ({}, True)
        preflight = shop.get(name, None, "OPTIONS", Origin=origin, Access_Control_Request_Method="GET")
        assert (preflight.status, cors_headers(preflight)) == (401, {})
    plain = shop.get(name, session)
    assert (plain.status, cors_headers(plain)) == (200, {})
    assert "Origin" in plain.headers["Vary"]


def test_without_the_directive_there_is_no_cors(shop: AudioShop, session: str, book: str) -> None:
    shop.publish(f"{book}/01.mp3", b"x")
    answer = shop.get(f"{book}/01.mp3", session, Origin=PLAYER)
    assert (answer.status, cors_headers(answer), answer.headers["Vary"]) == (200, {}, None)
    preflight = shop.get(f"{book}/01.mp3", None, "OPTIONS", Origin=PLAYER, Access_Control_Request_Method="GET")
    assert (preflight.status, cors_headers(preflight)) == (401, {})


@pytest.mark.parametrize("line, words", [
    ("AudioCORSOrigins *", "name each origin"), ("AudioCORSOrigins player.example.org", "https://"),
    ("AudioCORSOrigins https://player.example.org/app", "path"), ("AudioDisposition download", "attachment")])
def test_what_is_written_wrongly_is_explained(shop: AudioShop, line: str, words: str) -> None:
    name, value = line.split(" ", 1)
    code, said = shop.apache.configtest(shop.config({name: value}))
    assert code != 0
    assert name in said and words in said


# ---- content filters ------------------------------------------------------------------------------------------------


def test_audio_is_never_compressed(make_shop: Callable[..., AudioShop], proxy: Proxy, session: str, book: str) -> None:
    """Debian's stock configuration has mod_filter look at every response; a cold chunk is followed all the same."""
    shop = make_shop(modules=["filter", "deflate"], extra="AddOutputFilterByType DEFLATE text/html audio/mpeg\n"
                     "<Location /download>\nSetOutputFilter DEFLATE\n</Location>")
    name, data = f"{book}/01.mp3", b"compressible" * 100_000
    shop.publish(name, data)
    proxy.faults = Faults(rate=200_000)
    with shop.open(name, session) as response:
        assert response.read(1000) == data[:1000]
        assert proxy.body_bytes(name) < len(data), "the first bytes came with the last"
    proxy.heal()
    for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=12-23"})):
        answer = shop.get(name, session, method, Accept_Encoding="gzip", **headers)
        assert (answer.headers["Content-Encoding"], answer.headers["Transfer-Encoding"]) == (None, None)
        assert answer.headers["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
        assert answer.headers["Content-Length"] == ("12" if headers else str(len(data)))
        assert answer.body in (data, b"compressible", b"")


def test_a_filter_that_changes_the_bytes_gets_all_of_them(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    shop = make_shop(modules=["substitute"], extra='<Location /download>\nSetOutputFilter SUBSTITUTE\n'
                     'Substitute "s/old/brand new/n"\n</Location>')
    name, data = f"{book}/notes.txt", b"an old line\n" * 60_000
    shop.publish(name, data)
    for _ in range(2):
        for header in ({}, {"Range": "bytes=3-11"}, {"Range": "bytes=9999999-"}):
            answer = shop.get(name, session, **header)
            assert (answer.status, answer.body == data.replace(b"old", b"brand new")) == (200, True)
            assert {"Content-Range", "Repr-Digest"}.isdisjoint(answer.headers)
    assert "Content-Length" not in shop.get(name, session, "HEAD").headers


def test_a_filter_for_other_types_is_none_for_audio(make_shop: Callable[..., AudioShop], session: str, book: str) -> None:
    """mod_filter looks at the type when the first bytes come, and steps aside: httpd's own ranges serve then."""
    shop = make_shop(modules=["filter", "substitute"], extra='AddOutputFilterByType SUBSTITUTE text/html\n'
                     'Substitute "s/old/new/n"')
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    for header, status, body in (("bytes=5-9", 206, DATA[5:10]), ("bytes=-7", 206, DATA[-7:]), ("bytes=9-5", 200, DATA)):
        for _ in range(2):
            answer = shop.get(name, session, Range=header)
            assert (answer.status, answer.body) == (status, body)
