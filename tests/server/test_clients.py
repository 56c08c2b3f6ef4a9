# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The programs that customers really have: curl, wget, aria2c, ffprobe and Chromium; names, seeks and resumes."""

import hashlib
import http.server
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.audioshop import COOKIE, AudioShop
from servers.chromium import Chromium, Page
from servers.mariadb import MariaDb
from servers.mp3 import silence
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from servers.workspace import Workspace
from support import BLOCK, CHUNK_BYTES, CUSTOMER, some_bytes

DATA = some_bytes(CHUNK_BYTES, seed=23)
SHA256 = hashlib.sha256(DATA).digest()

# A book's title; the name that Chromium and wget save it under; the one of curl, which reads no UTF-8.
NAMES = [
    ("Moby-Dick", "Moby-Dick.mp3", "Moby-Dick.mp3"),
    ("John's \"Émile\" – Teil 2", "John's _Émile_ – Teil 2.mp3", "John's _Emile_ - Teil 2.mp3"),
    ("AC/DC: Back\\Black?", "AC_DC_ Back_Black_.mp3", "AC_DC_ Back_Black_.mp3"),
    ("三体 📚", "三体 📚.mp3", "__ _.mp3"),
    ("100%41 & more; x=y", "100_41 & more; x=y.mp3", "100_41 & more; x=y.mp3"),
    ("safe\u202e3pm.exe\u202c", "safe3pm.exe.mp3", "safe3pm.exe.mp3"),
    ("CON", "_CON.mp3", "_CON.mp3"),
    ("..secret", "secret.mp3", "secret.mp3"),
    ("../../etc/cron.d/x", "_.._etc_cron.d_x.mp3", "_.._etc_cron.d_x.mp3"),
    ("x" * 300, "x" * 226 + ".mp3", "x" * 226 + ".mp3"),
    # The last one not for wget, which counts characters beyond ASCII several times and cuts off the ending.
    ("体" * 200, "体" * 75 + ".mp3", "_" * 75 + ".mp3"),
]


def named(shop: AudioShop, mariadb: MariaDb, book: str) -> list[str]:
    """A chunk for each of NAMES, in a book of its own whose title is the name."""
    chunks = []
    for n, (title, _, _) in enumerate(NAMES):
        mariadb.add_purchase(CUSTOMER, f"{book}/{n}")
        chunks.append(f"{book}/{n}/chunk.mp3")
        shop.publish(chunks[-1], title.encode())
        (shop.listing / book / str(n) / ".audiodl.json").write_text(
            json.dumps({"audiodl": 1, "title": title, "chunks": [{"name": "chunk.mp3"}]}))
    return chunks


def saved(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_names_in_curl_and_wget(shop: AudioShop, mariadb: MariaDb, session: str, book: str, tmp_path: Path) -> None:
    urls = [shop.address + shop.path(chunk) for chunk in named(shop, mariadb, book)]
    by_curl, by_wget = tmp_path / "curl", tmp_path / "wget"
    by_curl.mkdir()
    by_wget.mkdir()
    cookie = f"Cookie: {COOKIE}={session}"
    subprocess.run(["curl", "-q", "-fsSJ", "--remote-name-all", "-H", cookie, *urls], cwd=by_curl, check=True, timeout=60)
    assert saved(by_curl) == {ascii_name: title.encode() for title, _, ascii_name in NAMES}
    subprocess.run(["wget", "--no-config", "-q", "--content-disposition", "--header", cookie, *urls[:-1]], cwd=by_wget,
                   check=True, timeout=60, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    assert saved(by_wget) == {name: title.encode() for title, name, _ in NAMES[:-1]}


@pytest.fixture
def cold(shop: AudioShop, book: str) -> str:
    name = f"{book}/01.mp3"
    shop.publish(name, DATA)
    return name


@pytest.mark.parametrize("resume", [
    ["curl", "-q", "-fsS", "-C", "-", "-o", "{file}", "-H", "{cookie}", "{url}"],
    ["wget", "--no-config", "-q", "-c", "-O", "{file}", "--header", "{cookie}", "{url}"],
], ids=["curl", "wget"])
def test_a_cut_download_is_continued(shop: AudioShop, cold: str, session: str, tmp_path: Path, resume: list[str]) -> None:
    file = tmp_path / "book.mp3"
    place = {"file": str(file), "cookie": f"Cookie: {COOKIE}={session}", "url": shop.address + shop.path(cold)}
    command = [word.format(**place) for word in resume]
    for part in (0, CHUNK_BYTES // 3, CHUNK_BYTES - 1):
        file.write_bytes(DATA[:part])
        subprocess.run(command, check=True, timeout=120)
        assert hashlib.sha256(file.read_bytes()).digest() == SHA256
    # What is whole already is left as it is: 416 says how much there is.
    subprocess.run(command, check=False, timeout=60)
    assert hashlib.sha256(file.read_bytes()).digest() == SHA256


def test_a_book_in_parallel(shop: AudioShop, session: str, book: str, proxy: Proxy, tmp_path: Path) -> None:
    chunks = [f"{book}/{n:02}.mp3" for n in range(8)]
    data = {name: some_bytes(2 * BLOCK + n, seed=n) for n, name in enumerate(chunks)}
    for name in chunks:
        shop.publish(name, data[name])
    subprocess.run(["curl", "-q", "-fsS", "--parallel", "--remote-name-all", "-H", f"Cookie: {COOKIE}={session}",
                    *(shop.address + shop.path(name) for name in chunks)], cwd=tmp_path, check=True, timeout=60)
    assert saved(tmp_path) == {name.rpartition("/")[2]: data[name] for name in chunks}
    for name in chunks:
        proxy.assert_each_byte_once(name, len(data[name]))


def test_eight_segments(shop: AudioShop, cold: str, session: str, proxy: Proxy, tmp_path: Path) -> None:
    subprocess.run(["aria2c", "--quiet", "--no-conf", "--split=8", "--max-connection-per-server=8", "--min-split-size=1M",
                    f"--header=Cookie: {COOKIE}={session}", f"--dir={tmp_path}", shop.address + shop.path(cold)],
                   check=True, timeout=120)
    # Called as Content-Disposition says.
    assert {name: hashlib.sha256(data).digest() for name, data in saved(tmp_path).items()} == {"01.mp3": SHA256}
    # Now and then the fetcher asks twice for a part that is slow to come.
    assert proxy.body_bytes(cold) < 1.5 * CHUNK_BYTES


def ffprobe(url: str, session: str, *options: str) -> str:
    return subprocess.run(["ffprobe", "-v", "error", "-of", "csv=p=0", "-headers", f"Cookie: {COOKIE}={session}\r\n", *options, url],
                          capture_output=True, text=True, check=True, timeout=120).stdout


def test_ffprobe_seeks_in_a_cold_chunk(shop: AudioShop, session: str, book: str, proxy: Proxy) -> None:
    name, audio = f"{book}/01.mp3", silence("Chapter 1", CHUNK_BYTES)
    shop.publish(name, audio)
    proxy.faults = Faults(rate=2e6)  # all of it takes 15 s
    # Half an hour at 128 kbit/s; packets from minute 25 on.
    found = ffprobe(shop.address + shop.path(name), session, "-fflags", "+fastseek", "-read_intervals", "1500%+#3",
                    "-show_entries", "packet=pts_time")
    times = [float(line.split(",")[0]) for line in found.split()]
    assert times and all(1490 < time < 1510 for time in times)
    assert proxy.body_bytes(name) < 0.95 * len(audio), "the seek waited for all that it went over"


def test_ffprobe_finds_the_index_at_the_end_of_an_m4b(shop: AudioShop, session: str, book: str, tmp_path: Path) -> None:
    file = tmp_path / "book.m4b"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=r=16000:d=120:a=0.1", "-c:a", "aac", "-b:a", "48k",
                    "-f", "ipod", str(file)], check=True, timeout=120)
    data = file.read_bytes()
    assert data.rindex(b"moov") > len(data) // 2
    shop.publish(f"{book}/book.m4b", data)
    duration = ffprobe(shop.address + shop.path(f"{book}/book.m4b"), session, "-show_entries", "format=duration")
    assert float(duration) == pytest.approx(120, abs=1)


# ---- Chromium -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(workspace: Workspace) -> Iterator[Chromium]:
    with Chromium(workspace, workspace.directory("chromium-downloads")) as made:
        yield made


def log_in(page: Page, address: str, session: str) -> None:
    page.call("Network.enable")
    page.call("Network.setCookie", name=COOKIE, value=session, url=address)


@contextmanager
def page_server() -> Iterator[str]:
    """An origin of its own with an empty page; its address."""
    class Empty(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>player</title>")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def download(browser: Chromium, page: Page, url: str) -> Path:
    """Opens the address, as a click on a link does; the file when it is whole."""
    page.call("Page.navigate", url=url)
    begun = browser.wait_for("Browser.downloadWillBegin", lambda event: event["url"] == url)
    ended = browser.wait_for("Browser.downloadProgress",
                             lambda event: event["guid"] == begun["guid"] and event["state"] != "inProgress")
    assert ended["state"] == "completed"
    return browser.downloads / begun["suggestedFilename"]


def test_chromium_saves_a_download_under_its_name(shop: AudioShop, mariadb: MariaDb, session: str, book: str,
                                                  browser: Chromium) -> None:
    page = browser.page()
    log_in(page, shop.address, session)
    for (title, name, _), chunk in zip(NAMES, named(shop, mariadb, book), strict=True):
        file = download(browser, page, shop.address + shop.path(chunk))
        assert (file.name, file.read_bytes()) == (name, title.encode())


def test_chromium_seeks_in_a_cold_chunk(shop: AudioShop, session: str, book: str, proxy: Proxy, browser: Chromium) -> None:
    name, audio = f"{book}/01.mp3", silence("Chapter 1", CHUNK_BYTES)
    shop.publish(name, audio)
    proxy.faults = Faults(rate=2e6)  # all of it takes 15 s
    page = browser.page()
    log_in(page, shop.address, session)
    with page_server() as origin:
        page.call("Page.navigate", url=origin)
        played = page.evaluate("""(async () => {
            const audio = new Audio('%s');
            const event = (name) => new Promise((done, fail) => {
                audio.addEventListener(name, done, {once: true});
                audio.addEventListener('error', () => fail(new Error(audio.error.message)), {once: true});
            });
            await event('loadedmetadata');
            const seeked = event('seeked');
            audio.currentTime = 1500;
            await seeked;
            await audio.play();
            while (audio.currentTime < 1500.2) await new Promise((done) => setTimeout(done, 20));
            audio.pause();
            return {duration: audio.duration, at: audio.currentTime};
        })()""" % (shop.address + shop.path(name)))
    assert played["duration"] == pytest.approx(len(audio) / 417 * 1152 / 44100, rel=0.01)
    assert 1500 < played["at"] < 1600
    assert proxy.body_bytes(name) < 0.95 * len(audio), "the seek waited for all that it went over"


def test_a_player_on_another_origin(make_shop: Callable[..., AudioShop], session: str, book: str, browser: Chromium) -> None:
    """The same browser, the same cookie: the page that is allowed can read ranges, validators and refusals, the other not."""
    with page_server() as allowed, page_server() as other:
        shop = make_shop(changes={"AudioCORSOrigins": allowed})
        shop.publish(f"{book}/01.mp3", DATA[:BLOCK])
        script = """(async () => {
            const ask = async (path, headers) => {
                try {
                    const answer = await fetch('%s' + path, {credentials: 'include', headers});
                    const told = Object.fromEntries(['etag', 'content-range', 'content-length', 'content-disposition']
                                                    .map((name) => [name, answer.headers.get(name)]));
                    return {status: answer.status, ...told, bytes: (await answer.arrayBuffer()).byteLength};
                } catch (error) { return String(error); }
            };
            const whole = await ask('%s', {});
            return [whole, await ask('%s', {Range: 'bytes=10-19', 'If-Range': whole.etag ?? '"x"'}), await ask('%s', {})];
        })()""" % (shop.address, *([shop.path(f"{book}/01.mp3")] * 2), shop.path("somebody/elses.mp3"))

        def ask_from(origin: str) -> list[object]:
            page = browser.page()
            log_in(page, shop.address, session)
            page.call("Page.navigate", url=origin)
            wait_until(lambda: page.evaluate("document.title") == "player", "the page to be there")
            return page.evaluate(script)

        whole, part, refused = ask_from(allowed)
        etag = '"' + hashlib.md5(DATA[:BLOCK]).hexdigest() + '"'
        told = {"etag": etag, "content-disposition": 'attachment; filename="01.mp3"'}
        assert whole == {"status": 200, **told, "content-range": None, "content-length": str(BLOCK), "bytes": BLOCK}
        assert part == {"status": 206, **told, "content-range": f"bytes 10-19/{BLOCK}", "content-length": "10", "bytes": 10}
        assert isinstance(refused, dict) and refused["status"] == 403
        assert ask_from(other) == ["TypeError: Failed to fetch"] * 3


# Clicks the button of that name on chrome://downloads; true if there is one.
CLICK = """(() => {
    const find = (root) => {
        for (const element of root.querySelectorAll('*')) {
            const label = element.title || element.textContent.trim();
            const button = element.matches('button, cr-button, cr-icon-button') && !element.hidden && label === '%s';
            const found = button ? element : element.shadowRoot && find(element.shadowRoot);
            if (found) return found;
        }
    };
    const button = find(document);
    if (button) button.click();
    return !!button;
})()"""


def test_chromium_pauses_and_resumes(shop: AudioShop, cold: str, session: str, browser: Chromium) -> None:
    """The customer pauses, the network goes away meanwhile, the customer goes on: one right file."""
    road = Proxy(shop.apache.port)
    address = f"http://127.0.0.1:{road.port}"
    page, manager = browser.page(), browser.page("chrome://downloads/")
    log_in(page, address, session)
    # So slow that there is something left to resume.
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=4e6, uploadThroughput=4e6)
    page.call("Page.navigate", url=address + shop.path(cold))
    begun = browser.wait_for("Browser.downloadWillBegin")
    browser.wait_for("Browser.downloadProgress", lambda event: event["receivedBytes"] > 2e6)
    wait_until(lambda: manager.evaluate(CLICK % "Pause"), "the button that pauses")
    road.refuse()
    road.listen()
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    file = browser.downloads / begun["suggestedFilename"]

    # The first click finds the connection gone; Chromium then goes on by itself, or offers the button once more.
    def is_whole() -> bool:
        manager.evaluate(CLICK % "Resume")
        return file.exists() and file.stat().st_size == CHUNK_BYTES

    wait_until(is_whole, "the download to be whole", 60, interval=0.2)
    assert hashlib.sha256(file.read_bytes()).digest() == SHA256
    road.close()
    answers = [line.status for line in shop.apache.access_log() if cold in line.request]
    assert answers[0] == 200 and set(answers[1:]) == {206}, "it was not resumed but begun again"
