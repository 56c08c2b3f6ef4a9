# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Everything that scenarios use, each piece started when it is first asked for."""

import itertools
import random
import sys
from functools import cached_property
from pathlib import Path

import peers
import s3
from drivers import OBJECT_BYTES, Drivers, Sample
from lanes import CHUNK, WARM, Lane
from measuring import Meter, bring_into_memory
from origin import Origin
from servers.sqlite import SqliteDb
from servers.workspace import Workspace
from shop import Shop


class Stage:
    """`notes` are what the reader of the results must know; `others` is how busy the machine was otherwise."""

    def __init__(self, workspace: Workspace, drivers: Drivers):
        self._workspace = workspace
        self._numbers = itertools.count(1)
        self.drivers = drivers
        self.notes: list[str] = []
        self.failures = 0
        self.others: list[float] = []

    @cached_property
    def objects(self) -> Path:
        """A folder with the chunk: bytes that differ everywhere, so that a wrong one shows."""
        folder = self._workspace.directory("objects")
        (folder / CHUNK).write_bytes(random.Random(1).randbytes(OBJECT_BYTES))
        return folder

    @property
    def chunk(self) -> Path:
        return self.objects / CHUNK

    @cached_property
    def origin(self) -> Origin:
        return Origin(self._workspace, self.drivers.path("origin"), self.objects)

    @cached_property
    def shop(self) -> Shop:
        return Shop(self._workspace, "shop", self.origin, self._database, self.objects)

    @cached_property
    def tls_shop(self) -> Shop:
        return Shop(self._workspace, "tls-shop", self.origin, self._database, self.objects, self._certificate)

    @cached_property
    def ceph(self) -> s3.CephShop | None:
        if not s3.installed():
            self.note("Ceph is not installed: nothing was measured on a real S3")
            return None
        return s3.CephShop(self._workspace, self._database, self.objects)

    @cached_property
    def nginx(self) -> peers.Nginx | None:
        if not peers.installed("nginx"):
            self.note("nginx is not installed: no figures beside it")
            return None
        return peers.Nginx(self._workspace, self.origin.port, self.objects, self._certificate)

    @cached_property
    def varnish(self) -> peers.Varnish | None:
        if not peers.installed("varnishd"):
            self.note("Varnish is not installed: no figures beside it")
            return None
        return peers.Varnish(self._workspace, self.origin.port)

    def caching_peers(self) -> list[Lane]:
        return [peer.cached for peer in (self.nginx, self.varnish) if peer]

    def direct(self) -> Lane:
        return Lane("direct", self.origin.url(f"{{book}}/{CHUNK}"))

    def cold_book(self) -> str:
        """A book that no cache has; its chunk is at the origin, and it is bought."""
        book = f"cold-{next(self._numbers)}"
        self.shop.list_book(book)
        return book

    def warm(self, *lanes: Lane) -> None:
        """Has the chunk fetched into each lane's cache, and all its bytes into memory."""
        self.origin.pace(0, 0)
        for lane in lanes:
            for _ in range(2):
                self.herd(lane, WARM)
        bring_into_memory([self.objects, *(shop.cache for shop in self._running_shops())])
        self.origin.asked_when_quiet()
        self.origin.reset()

    def load(self, lane: Lane, **options: object) -> Sample:
        """Keep-alive clients on the warm book. Adds the server's CPU seconds for a GB as "cpu_per_gb"."""
        with Meter(lane.server) as meter:
            sample = self.drivers.load(lane.of(WARM), lane.headers_for(WARM), **options)
        self._judge(lane, sample, meter)
        return {**sample, "cpu_per_gb": meter.server_cpu / (sample["total_bytes"] / 1e9)}

    def herd(self, lane: Lane, book: str, **options: object) -> Sample:
        """Clients that ask for a book's chunk all at once."""
        with Meter(lane.server) as meter:
            sample = self.drivers.herd(lane.of(book), lane.headers_for(book), self.chunk, **options)
        self._judge(lane, sample, meter)
        return sample

    def slow(self, lane: Lane, **options: object) -> Sample:
        """Slow clients of the warm book; that some fail is a result, not a failure of the bench."""
        with Meter(lane.server) as meter:
            sample = self.drivers.slow(lane.of(WARM), lane.headers_for(WARM), **options)
        self.others.append(meter.others)
        return sample

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, text: str) -> None:
        """What makes the figures doubtful."""
        self.failures += 1
        self.note(f"FAILED {text}")

    def _judge(self, lane: Lane, sample: Sample, meter: Meter) -> None:
        self.others.append(meter.others)
        if sample["failed"]:
            self.fail(f"{lane.name}: {sample['failed']:.0f} requests, for example: {sample['trouble']}")
            print("".join(shop.errors()[-2000:] for shop in self._running_shops()), file=sys.stderr)

    def _running_shops(self) -> list[Shop]:
        # A cached property that was asked for stands in the instance's dictionary.
        return [shop for name in ("shop", "tls_shop") if (shop := self.__dict__.get(name))]

    @cached_property
    def _database(self) -> SqliteDb:
        return SqliteDb(self._workspace)

    @cached_property
    def _certificate(self) -> Path:
        """A certificate of our own with its key, in one file that the servers read before they drop privileges."""
        path = self._workspace.path / "certificate.pem"
        self._workspace.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", path, "-out",
                             path.with_suffix(".crt")])
        path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
        return path
