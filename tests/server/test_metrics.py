# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""What the server counts, and every way of looking at it: metrics, server-status, `audiodl status`."""

import json
import os
import signal
import stat
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from servers import web
from servers.audioshop import AudioShop
from servers.command import command_path
from servers.proxy import Faults, Proxy
from servers.waiting import wait_until
from support import BLOCK, CUSTOMER, read_sha256, sha256, some_bytes

OPENMETRICS = "application/openmetrics-text"
# As Prometheus 2.42 asks.
ACCEPT = f"{OPENMETRICS};version=1.0.0,{OPENMETRICS};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
LOCATIONS = """
<Location "/metrics">
    SetHandler audiodl-metrics
    Require ip 127.0.0.1
</Location>
<Location "/metrics-of-others">
    SetHandler audiodl-metrics
    Require ip 192.0.2.1
</Location>
"""
DATA = some_bytes(6 * BLOCK + 5)


@pytest.fixture
def counting_shop(make_shop: Callable[..., AudioShop]) -> AudioShop:
    """A shop that has counted nothing yet."""
    return make_shop(extra=LOCATIONS)


def read_metrics(shop: AudioShop) -> dict[str, float]:
    """Each sample by its name and label: {"requests_total hit": 1, …}, as a stranger's parser reads it."""
    answer = web.fetch(shop.address, "/metrics", headers={"Accept": ACCEPT})
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"{OPENMETRICS}; version=1.0.0; charset=utf-8")
    return {" ".join([sample.name.removeprefix("audiodl_"), *sample.labels.values()]): sample.value
            for family in parse_openmetrics(answer.body.decode()) for sample in family.samples}


def wait_for(shop: AudioShop, **expected: float) -> None:
    """Waits for gauges and counters to be so: what is sent is counted when httpd logs the request."""
    def seen() -> bool:
        metrics = read_metrics(shop)
        return all(metrics[name.replace("__", " ")] == value for name, value in expected.items())

    wait_until(seen, f"the metrics to say {expected}; they say {read_metrics(shop)}")


def audiodl(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), *words], capture_output=True, text=True, check=False, timeout=30)


def test_misses_hits_and_bytes_are_counted(counting_shop: AudioShop, session: str, book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    before = read_metrics(shop)
    assert before["fetchers"] == before["fetcher_starts_total"] == 1
    assert not [name for name, value in before.items() if value and name.startswith(("requests", "origin", "sent"))]

    shop.publish(chunk, DATA)
    assert shop.get(chunk, session).cache == "miss"
    assert shop.get(chunk, session).cache == "hit"
    assert shop.get(chunk, session, Range="bytes=10-109").status == 206
    assert shop.get(chunk, session, method="HEAD").status == 200
    assert shop.get(chunk, session, Range=f"bytes={len(DATA)}-").status == 416
    # What never gets as far as the cache is not counted: a stranger, an unlisted chunk.
    assert shop.get(chunk).status == 401
    assert shop.get(f"{book}/unlisted.mp3", session).status == 404

    wait_for(shop, sent_bytes_total=2 * len(DATA) + 100)
    after = read_metrics(shop)
    assert (after["requests_total miss"], after["requests_total hit"]) == (1, 4)
    assert after["fetched_bytes_total"] == len(DATA)
    assert after["filled_blocks_total"] == 7
    assert after["origin_requests_total ok"] >= 1
    assert after["fills"] == after["waiting_requests"] == 0


def test_those_who_join_a_fill_are_counted_and_seen_waiting(counting_shop: AudioShop, proxy: Proxy, session: str,
                                                            book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(hang=True)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(shop.get, chunk, session)
        wait_for(shop, waiting_requests=1, fills=1)
        others = [pool.submit(shop.get, chunk, session) for _ in range(2)]
        wait_for(shop, waiting_requests=3, fills=1)
        proxy.heal()
        assert [download.result().sha256 for download in (first, *others)] == [sha256(DATA)] * 3
    metrics = read_metrics(shop)
    assert (metrics["requests_total miss"], metrics["requests_total joined"]) == (1, 2)
    assert metrics["fetched_bytes_total"] == len(DATA)
    wait_for(shop, waiting_requests=0, fills=0)


def test_those_refused_because_too_many_wait_are_counted(counting_shop: AudioShop, proxy: Proxy, session: str,
                                                         book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(hang=True)
    with ThreadPoolExecutor(60) as pool:
        downloads = [pool.submit(shop.get, chunk, session) for _ in range(60)]
        wait_until(lambda: read_metrics(shop)["refused_requests_total"] > 0, "some to be refused")
        proxy.heal()
        statuses = [download.result().status for download in downloads]
    assert set(statuses) == {200, 503}
    wait_for(shop, refused_requests_total=statuses.count(503), waiting_requests=0)


def test_counters_survive_graceful(counting_shop: AudioShop, session: str, book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    shop.get(chunk, session)
    wait_for(shop, sent_bytes_total=len(DATA))
    shop.apache.graceful()
    wait_for(shop, requests_total__miss=1, sent_bytes_total=len(DATA), fetcher_starts_total=2, fetchers=1)
    assert shop.get(chunk, session).cache == "hit"
    wait_for(shop, requests_total__hit=1, sent_bytes_total=2 * len(DATA))


def test_killed_processes_leave_no_gauge_wrong(counting_shop: AudioShop, proxy: Proxy, session: str,
                                               book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(hang=True)
    with ThreadPoolExecutor(4) as pool:
        broken = [pool.submit(shop.get, chunk, session) for _ in range(4)]
        wait_for(shop, waiting_requests=4, fills=1)
        for pid in shop.apache.worker_pids():
            os.kill(pid, signal.SIGKILL)
        assert all(download.exception() for download in broken)
    # The fetcher still fills, nobody waits; then it is killed as well.
    wait_until(lambda: shop.apache.worker_pids(), "new workers")
    wait_for(shop, waiting_requests=0)
    for pid in shop.apache.helper_pids():
        os.kill(pid, signal.SIGKILL)
    wait_for(shop, fills=0, fetchers=1, fetcher_starts_total=2)


@pytest.mark.parametrize("answer, result", [(403, "forbidden"), (404, "not_found"), (429, "throttled"),
                                            (500, "server_error"), (503, "throttled")])
def test_trouble_at_the_origin_is_told_apart(counting_shop: AudioShop, proxy: Proxy, session: str, book: str,
                                             answer: int, result: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(answer=answer)
    assert shop.get(chunk, session).status in (404, 503)
    metrics = read_metrics(shop)
    answers = {name: value for name, value in metrics.items() if value and name.startswith("origin_requests")}
    assert list(answers) == [f"origin_requests_total {result}"]
    assert answers.popitem()[1] == metrics["retries_total"] + 1
    assert sum(value for name, value in metrics.items() if name.startswith("failed_fills")) == 1
    assert metrics["sent_bytes_total"] == 0


def test_a_body_that_breaks_off_is_counted_and_retried(counting_shop: AudioShop, proxy: Proxy, session: str,
                                                      book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    proxy.faults = Faults(cut_after=BLOCK, times=1)
    assert shop.get(chunk, session).sha256 == sha256(DATA)
    metrics = read_metrics(shop)
    assert metrics["origin_requests_total no_answer"] == metrics["retries_total"] == 1
    assert not [name for name, value in metrics.items() if value and name.startswith("failed_fills")]


def test_the_metrics_name_no_customer_and_no_book(counting_shop: AudioShop, session: str, book: str) -> None:
    shop = counting_shop
    shop.publish(f"{book}/01.mp3", DATA)
    shop.get(f"{book}/01.mp3", session)
    pages = [web.fetch(shop.address, path).body.decode() for path in
             ("/metrics", "/server-status?auto")]
    for page in pages:
        ours = "\n".join(line for line in page.splitlines() if "udiodl" in line)
        assert "hit" in ours.lower()
        for private in (book, session, f"={CUSTOMER}", str(shop.cache), "prod"):
            assert private not in ours


def test_the_older_text_format_parses_too(counting_shop: AudioShop) -> None:
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "text/plain;version=0.0.4"}):
        answer = web.fetch(counting_shop.address, "/metrics", headers=headers)
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = {family.name: family for family in parse_text(answer.body.decode())}
        assert families["audiodl_requests"].type == "counter"
        assert families["audiodl_fills"].type == "gauge"
        assert families["audiodl_build_info"].samples[0].labels["version"]


def test_who_may_read_the_metrics_is_for_require_to_say(counting_shop: AudioShop) -> None:
    assert web.fetch(counting_shop.address, "/metrics-of-others").status == 403
    assert web.fetch(counting_shop.address, "/metrics", method="POST").status == 405
    head = web.fetch(counting_shop.address, "/metrics", method="HEAD")
    assert (head.status, head.body) == (200, b"") and int(head.headers["Content-Length"]) > 0


def test_server_status_shows_the_same(counting_shop: AudioShop, session: str, book: str) -> None:
    shop = counting_shop
    shop.publish(f"{book}/01.mp3", DATA)
    shop.get(f"{book}/01.mp3", session)
    wait_for(shop, sent_bytes_total=len(DATA))
    lines = dict(line.split(": ", 1) for line in
                 web.fetch(shop.address, "/server-status?auto").body.decode().splitlines() if ": " in line)
    assert (lines["AudiodlRequestsMiss"], lines["AudiodlSentBytes"]) == ("1", str(len(DATA)))
    page = web.fetch(shop.address, "/server-status").body.decode()
    assert "<th align=\"left\">Bytes of chunks sent to clients</th><td>%d</td>" % len(DATA) in page
    plain = web.fetch(shop.address, "/server-status?notable").body.decode()
    assert "<dt>Bytes of chunks sent to clients: %d</dt>" % len(DATA) in plain


def test_audiodl_status(counting_shop: AudioShop, proxy: Proxy, session: str, book: str) -> None:
    shop, chunk = counting_shop, f"{book}/01.mp3"
    shop.publish(chunk, DATA)
    shop.get(chunk, session)
    done = audiodl("status", "--dir", str(shop.cache))
    assert done.returncode == 0, done.stderr
    assert "1 (1 miss)" in done.stdout and f"{shop.cache} from s3://books" in done.stdout

    shop.publish(f"{book}/02.mp3", DATA)
    proxy.faults = Faults(rate=200_000)
    with shop.open(f"{book}/02.mp3", session) as response:
        response.read(1)
        status = json.loads(audiodl("status", "--json", "--dir", str(shop.cache)).stdout)
        assert [fill["key"] for fill in status["fills"]] == [f"prod/{book}/02.mp3"]
        assert 0 < status["fills"][0]["percent"] < 100
        assert f"prod/{book}/02.mp3" in audiodl("status", "--dir", str(shop.cache)).stdout
        assert [status["pid"]] == shop.apache.helper_pids()
        assert (status["counters"]["requests"]["miss"], status["counters"]["fills"]) == (2, 1)
        # The draining fetcher has lost the name to its successor at once.
        shop.apache.graceful()
        wait_until(lambda: json.loads(audiodl("status", "--json", "--dir", str(shop.cache)).stdout)["pid"]
                   != status["pid"], "the new fetcher to answer")
        proxy.heal()
        assert read_sha256(response) == sha256(DATA[1:])

    shop.stop()
    done = audiodl("status", "--dir", str(shop.cache))
    assert (done.returncode, done.stdout) == (3, "")
    assert f"no fetcher runs for {shop.cache}" in done.stderr


def test_a_killed_fetchers_control_socket_is_taken_over(counting_shop: AudioShop) -> None:
    shop = counting_shop
    socket = shop.cache / ".audiodl-control"
    wait_until(socket.exists, "the fetcher's socket")
    mode = socket.stat()
    assert stat.S_ISSOCK(mode.st_mode) and stat.S_IMODE(mode.st_mode) == 0o600
    assert mode.st_uid == shop.cache.stat().st_uid
    [killed] = shop.apache.helper_pids()
    os.kill(killed, signal.SIGKILL)
    wait_for(shop, fetcher_starts_total=2)
    status = json.loads(audiodl("status", "--json", "--dir", str(shop.cache)).stdout)
    assert [status["pid"]] == shop.apache.helper_pids() != [killed]


@pytest.mark.parametrize("words, code, text", [
    (["status", "--dir", "/nonexistent"], 3, "/nonexistent"),
    (["status", "operand"], 2, "takes no operands"),
    (["status", "--frob"], 2, "no option --frob"),
])
def test_audiodl_status_complains_clearly(words: list[str], code: int, text: str) -> None:
    done = audiodl(*words)
    assert (done.returncode, done.stdout) == (code, "") and text in done.stderr
