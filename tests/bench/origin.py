# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The purpose-built S3 origin (origin.cc) as a server of the bench."""

import http.client
import json
import math
from dataclasses import dataclass
from pathlib import Path

from servers.audioshop import Directives, write_credentials
from servers.ports import accepts, free_port
from servers.waiting import wait_until
from servers.workspace import Workspace

BUCKET, PREFIX = "bench", "prod"
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Asked:
    """What the origin was asked for and sent, all objects together, since the last reset."""

    gets: int = 0
    heads: int = 0
    bytes: int = 0
    at_once: int = 0

    @property
    def blocks(self) -> int:
        """How many of the cache's blocks those bytes are."""
        return math.ceil(self.bytes / BLOCK)


class Origin:
    """Runs from construction on. The files of `objects` are its objects, each under every prefix."""

    def __init__(self, workspace: Workspace, driver: Path, objects: Path):
        self.port = free_port()
        self._credentials = write_credentials(workspace, "credentials-bench")
        daemon = workspace.spawn("origin", [driver, "--port", str(self.port), "--folder", objects])
        workspace.wait_ready(daemon, lambda: accepts(self.port))

    def directives(self) -> Directives:
        return {"AudioOrigin": f"s3://{BUCKET}/{PREFIX} region=us-east-1 "
                               f"endpoint=http://127.0.0.1:{self.port} style=path",
                "AudioCredentials": f"{self._credentials} profile=web"}

    def put(self, chunk: str, data: bytes) -> None:
        raise NotImplementedError("its objects are the files it was started with")

    def url(self, chunk: str) -> str:
        return f"http://127.0.0.1:{self.port}/{BUCKET}/{PREFIX}/{chunk}"

    def pace(self, latency: float, rate: float) -> None:
        """Seconds before each answer, and bytes a second of each connection; 0 is as fast as it goes."""
        self._control(f"set?latency={latency}&rate={rate}")

    def reset(self) -> None:
        self._control("reset")

    def asked(self) -> Asked:
        """The sum over all objects."""
        of_each = self._control("stats").values()
        return Asked(*(sum(counters[name] for counters in of_each) for name in ("gets", "heads", "bytes")),
                     max((counters["at_once"] for counters in of_each), default=0))

    def asked_when_quiet(self) -> Asked:
        """The same once nothing has been added for a while, so that reading ahead is counted too."""
        seen = [self.asked()]

        def unchanged() -> bool:
            seen.append(self.asked())
            return len(seen) > 4 and len(set(seen[-4:])) == 1

        wait_until(unchanged, "the origin to be left alone", 30, interval=0.08)
        return seen[-1]

    def _control(self, command: str) -> dict[str, dict[str, int]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/-/{command}")
            answer: dict[str, dict[str, int]] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()
