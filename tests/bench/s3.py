# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A real S3: Ceph's gateway, a shop on it, and the lane of direct signed GETs."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from lanes import CHUNK, WARM, Lane
from origin import BUCKET, PREFIX
from servers import s3client
from servers.audioshop import S3Origin
from servers.ceph import ACCESS_KEY, SECRET_KEY, Ceph
from servers.sqlite import SqliteDb
from servers.workspace import Workspace
from shop import Shop


def installed() -> bool:
    return all(shutil.which(program) for program in ("radosgw", "ceph-mon", "ceph-osd"))


@dataclass(frozen=True)
class SignedLane(Lane):
    """GETs that S3 answers: each is signed for its own path."""

    host: str = ""

    def headers_for(self, book: str) -> Sequence[str]:
        nothing = hashlib.sha256(b"").hexdigest()
        fields = {"x-amz-content-sha256": nothing,
                  "x-amz-date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")}
        path = self.of(book).partition(self.host)[2]
        signature = s3client.authorization("GET", path, {}, {"host": self.host, **fields}, nothing, ACCESS_KEY,
                                           SECRET_KEY, "us-east-1")
        return [f"{name}: {value}" for name, value in {**fields, "authorization": signature}.items()]


class CephShop:
    """Runs from construction on."""

    def __init__(self, workspace: Workspace, database: SqliteDb, objects: Path):
        ceph = Ceph(workspace)
        origin = S3Origin(workspace, ceph, ceph.port, BUCKET, PREFIX)
        self.shop = Shop(workspace, "ceph-shop", origin, database, objects)
        self.shop.publish(WARM, (objects / CHUNK).read_bytes())
        host = f"127.0.0.1:{ceph.port}"
        self.direct = SignedLane("direct", f"http://{host}/{BUCKET}/{PREFIX}/{{book}}/{CHUNK}", host=host)
