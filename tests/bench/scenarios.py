# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The scenarios: what is set beside what, and what the project aims at in each."""

import math
import statistics
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers import OBJECT_BYTES, Sample
from lanes import WARM, Lane
from measuring import Series, interleave
from report import Limit, Measure, Row, at_least, at_most, compared, counted
from s3 import CephShop
from servers.waiting import wait_until
from shop import Shop
from stage import Stage

_RANGE_BYTES = 65_536
# S3 as it is seen from an instance in the same region.
_LATENCY, _RATE = 0.03, 80e6
# Two of the cache's blocks: the range lies across a border.
_SEEK = "27000000-27065535"


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    rounds: int
    slow_rounds: int
    seconds: float  # of each run under load
    warmup: float
    herd: int
    slow_clients: int
    slow_idle: float  # of the fast client alone
    slow_ramp: float
    slow_seconds: float


FULL = Plan(rounds=5, slow_rounds=1, seconds=3, warmup=0.5, herd=200, slow_clients=1000, slow_idle=3,
            slow_ramp=2, slow_seconds=10)
QUICK = Plan(rounds=1, slow_rounds=1, seconds=0.4, warmup=0.1, herd=20, slow_clients=100, slow_idle=0.5,
             slow_ramp=0.5, slow_seconds=1)


@dataclass
class Result:
    rows: list[Row]
    series: dict[str, Series]


def hit(stage: Stage, plan: Plan) -> Result:
    """What is in the cache beside httpd's own static file: whole objects, then small ranges."""
    nginx = [stage.nginx.static] if stage.nginx else []
    varnish = [stage.varnish.cached] if stage.varnish else []
    shop = stage.shop
    whole = _hits(stage, plan, [shop.static, shop.module, *nginx, *varnish], clients=8)
    ranges = _hits(stage, plan, [shop.static, shop.open, shop.module, *nginx, *varnish], clients=16,
                   range_bytes=_RANGE_BYTES)
    return Result(compared("hit 30 MB", whole, "static", _throughput(at_least(1), at_most(1)))
                  + compared("hit 64 KB", ranges, "static",
                             [*_throughput(at_least(1), at_most(1)), Measure("p99_ms", "p99 ms")], ours="module, open"),
                  {"hit 30 MB": whole, "hit 64 KB": ranges})


def tls(stage: Stage, plan: Plan) -> Result:
    """Whole objects over TLS."""
    nginx = [stage.nginx.tls_static] if stage.nginx else []
    series = _hits(stage, plan, [stage.tls_shop.static, stage.tls_shop.module, *nginx], clients=8)
    return Result(compared("tls 30 MB", series, "static", _throughput(at_least(1.25))), {"tls 30 MB": series})


def auth(stage: Stage, plan: Plan) -> Result:
    """What a right costs that was found out before."""
    series = _hits(stage, plan, [stage.shop.open, stage.shop.module], clients=16, range_bytes=_RANGE_BYTES)
    return Result(compared("auth 64 KB", series, "module, open", _throughput(at_least(0.97))), {"auth 64 KB": series})


def miss(stage: Stage, plan: Plan) -> Result:
    """A cold object, from a paced origin and from a real S3."""
    measures = [Measure("ttfb_p50_ms", "TTFB ms"), Measure("wall_ms", "wall ms", limit=at_most(0.40))]
    series = _cold(stage, plan.rounds, [stage.direct(), stage.shop.module, *stage.caching_peers()])
    rows = compared("miss 30 MB", series, "direct", measures)
    results = {"miss 30 MB": series}
    if ceph := stage.ceph:
        results["miss, Ceph"] = _cold_on_ceph(stage, plan.rounds, ceph)
        rows += compared("miss, Ceph", results["miss, Ceph"], "direct",
                         [Measure("ttfb_p50_ms", "TTFB ms"), Measure("wall_ms", "wall ms")])
    return Result(rows, results)


def seek(stage: Stage, plan: Plan) -> Result:
    """A small range far into a cold object."""
    series = _cold(stage, plan.rounds, [stage.direct(), stage.shop.module, *stage.caching_peers()], range=_SEEK)
    cached = {name: samples for name, samples in series.items() if name != "direct"}
    return Result(compared("seek 27 MB", series, "direct", [Measure("ttfb_p50_ms", "TTFB ms", limit=at_most(1.1))])
                  + counted("seek 27 MB", cached, [Measure("blocks", "blocks fetched", limit=at_most(2)),
                                                   Measure("gets", "GETs")]),
                  {"seek 27 MB": series})


def herd(stage: Stage, plan: Plan) -> Result:
    """Many clients at once on a cold object, beside as many GETs at once from the origin."""
    name = f"herd of {plan.herd}"
    alone = Lane("one direct GET", stage.direct().url)
    lanes = [stage.direct(), stage.shop.module, *stage.caching_peers()]
    series = _cold(stage, plan.rounds, lanes, clients=plan.herd)
    one = _cold(stage, plan.rounds, [alone])
    cached = {lane: samples for lane, samples in series.items() if lane != "direct"}
    rows = compared(name, series, "direct", [
        Measure("ttfb_p50_ms", "TTFB p50 ms", limit=at_most(1.5)),
        Measure("ttfb_p95_ms", "TTFB p95 : p50 ms", base_key="ttfb_p50_ms", limit=at_most(2)),
        Measure("wall_ms", "wall ms", limit=at_most(1.2))])
    rows += counted(name, cached, [Measure("copies", "objects fetched", limit=at_most(1))])
    rows += compared(name, {**one, "module": series["module"]}, alone.name, [Measure("wall_ms", "wall ms")])
    return Result(rows, {name: series, f"{name}, alone": one})


def slow(stage: Stage, plan: Plan) -> Result:
    """Clients on thin lines, plain and TLS, and how a fast one fares beside them."""
    results: dict[str, Series] = {}
    rows: list[Row] = []
    for kind, shop in (("plain", stage.shop), ("TLS", stage.tls_shop)):
        name = f"slow {plan.slow_clients}, {kind}"
        nginx = [stage.nginx.static if shop is stage.shop else stage.nginx.tls_static] if stage.nginx else []
        lanes = [shop.module, shop.static, *nginx]
        stage.warm(*lanes)

        def measure(lane: Lane, _: int, shop: Shop = shop) -> Sample:
            return _slow_run(stage, plan, shop, lane)

        results[name] = interleave(lanes, plan.slow_rounds, measure)
        rows += counted(name, results[name], [Measure("starved", "starved", limit=at_most(0))])
        httpd = {lane: samples for lane, samples in results[name].items() if lane != "nginx static"}
        rows += counted(name, httpd, [Measure("busy", "busy workers", limit=at_most(5))])
        for lane, samples in results[name].items():
            rows += _probe_rows(name, lane, samples)
    return Result(rows, results)


SCENARIOS: dict[str, Callable[[Stage, Plan], Result]] = {
    "hit": hit, "tls": tls, "miss": miss, "seek": seek, "herd": herd, "slow": slow, "auth": auth}


def _throughput(rate: Limit | None = None, cpu: Limit | None = None) -> list[Measure]:
    return [Measure("rate", "GB/s", 1e-9, rate), Measure("cpu_per_gb", "CPU s/GB", 1, cpu)]


def _hits(stage: Stage, plan: Plan, lanes: Sequence[Lane], **options: object) -> Series:
    stage.warm(*lanes)

    def measure(lane: Lane, number: int) -> Sample:
        return stage.load(lane, seconds=plan.seconds, warmup=plan.warmup, seed=number + 1, **options)

    series = interleave(lanes, plan.rounds, measure)
    if stage.origin.asked().gets:
        stage.fail("the origin was asked for what should have been in the caches")
    return series


def _cold(stage: Stage, rounds: int, lanes: Sequence[Lane], **options: object) -> Series:
    """A cold book for each round, and what each lane had the origin send."""
    stage.warm(*lanes)  # connections, threads and code, not the object
    stage.origin.pace(_LATENCY, _RATE)
    books = [stage.cold_book() for _ in range(rounds)]

    def measure(lane: Lane, number: int) -> Sample:
        stage.origin.reset()
        sample = stage.herd(lane, books[number], **options)
        asked = stage.origin.asked_when_quiet()
        return {**sample, "gets": asked.gets, "blocks": asked.blocks, "copies": asked.bytes / OBJECT_BYTES}

    return interleave(lanes, rounds, measure)


def _cold_on_ceph(stage: Stage, rounds: int, ceph: CephShop) -> Series:
    lanes = [ceph.direct, ceph.shop.module]
    for lane in lanes:
        stage.herd(lane, WARM)
    for number in range(rounds):
        ceph.shop.publish(f"cold-{number}", stage.chunk.read_bytes())

    def measure(lane: Lane, number: int) -> Sample:
        return stage.herd(lane, f"cold-{number}")

    return interleave(lanes, rounds, measure)


def _slow_run(stage: Stage, plan: Plan, shop: Shop, lane: Lane) -> Sample:
    stop = threading.Event()
    busy: list[float] = []

    def watch() -> None:
        stop.wait(plan.slow_idle + plan.slow_ramp + 1)  # until all are there, as the driver waits too
        while not stop.wait(0.2):
            workers = shop.busy_workers()
            busy.append(math.inf if workers is None else workers)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        sample = stage.slow(lane, clients=plan.slow_clients, rate=100_000, seconds=plan.slow_seconds,
                            ramp=plan.slow_ramp, idle=plan.slow_idle)
    finally:
        stop.set()
        watcher.join()
    # Whoever served slow clients until now has to notice that they are gone.
    wait_until(lambda: (shop.busy_workers() or 0) <= 1, "the workers to be free again", 60, interval=0.2)
    return {**sample, "busy": statistics.median(busy)}


def _probe_rows(name: str, lane: str, samples: list[Sample]) -> list[Row]:
    """The fast client beside the slow ones, set against itself alone."""
    limit = at_most(2) if lane == "module" else None
    alone = [{"p50": sample["idle_p50_ms"], "p95": sample["idle_p95_ms"]} for sample in samples]
    beside = [{"p50": _answered(sample, "p50"), "p95": _answered(sample, "p95")} for sample in samples]
    return compared(name, {lane: beside, "alone": alone}, "alone",
                    [Measure("p50", "fast client p50 ms"), Measure("p95", "fast client p95 ms", limit=limit)], ours=lane)


def _answered(sample: Sample, percentile: str) -> float:
    """A percentile of the fast client's times; infinite where so many got no answer at all."""
    lost = sample["loaded_failed"] / max(1, sample["loaded_failed"] + sample["loaded_probes"])
    return math.inf if lost > 1 - int(percentile[1:]) / 100 else sample[f"loaded_{percentile}_ms"]
