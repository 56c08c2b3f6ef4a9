# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""make demo: a shop on loopback with books, a customer and the module, until Ctrl-C.

By default everything is embedded: SQLite through mod_dbd, a folder as origin. With S3=1 in the
environment the books lie in Ceph's S3 gateway and the sessions in MariaDB. DEMO_SECONDS=N ends it after
N seconds; with --once it runs the curl line itself, twice, and ends. Nothing is left behind.
"""

import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import mp3, web  # noqa: E402
from servers.audioshop import COOKIE, AudioShop, Database, FileOrigin, Origin, S3Origin, module_path  # noqa: E402
from servers.ceph import Ceph  # noqa: E402
from servers.mariadb import MariaDb  # noqa: E402
from servers.sqlite import SqliteDb  # noqa: E402
from servers.workspace import Workspace  # noqa: E402

CUSTOMER = 42
OWNED, NOT_OWNED = "Moby-Dick", "Dracula"
CHUNKS = {f"{OWNED}/01.mp3": 30_000_000, f"{OWNED}/02.mp3": 29_000_000, f"{NOT_OWNED}/01.mp3": 5_000_000}


def build(workspace: Workspace, with_s3: bool) -> AudioShop:
    """A running shop with its books listed; nothing is cached yet."""
    origin: Origin
    database: Database
    if with_s3:
        ceph = Ceph(workspace)
        origin, database = S3Origin(workspace, ceph, ceph.port), MariaDb(workspace)
    else:
        origin, database = FileOrigin(workspace), SqliteDb(workspace)
    shop = AudioShop(workspace, "shop", origin, database)
    for chunk, size in CHUNKS.items():
        shop.publish(chunk, mp3.silence(chunk, size))
    database.add_purchase(CUSTOMER, OWNED)
    shop.start()
    return shop


def curl_command(shop: AudioShop, session: str, chunk: str) -> list[str]:
    return ["curl", "-sS", "-D", "-", "-o", "/dev/null", "-b", f"{COOKIE}={session}",
            shop.address + shop.path(chunk)]


def explain(shop: AudioShop, session: str) -> None:
    """Says what there is to try."""
    first, second, foreign = (shop.address + shop.path(chunk) for chunk in CHUNKS)
    print(f"""
The shop is open: {shop.address}
Customer {CUSTOMER} has bought {OWNED} and is logged in with the cookie  {COOKIE}={session}

A download: the first time X-Audiodl-Cache says miss, from then on hit.
  {shlex.join(curl_command(shop, session, f"{OWNED}/01.mp3"))}

Also to try: {second}
The book's page, with the cookie: {first.rpartition('/')[0]}/   (?format=json, m3u8, metalink …)
Not bought (403): {foreign}
Without the cookie (401): {first}

configuration  {shop.apache.dir}/httpd.conf
logs           {shop.apache.dir}/error.log, access.log
cache          {shop.cache}
listing        {shop.listing}

Ctrl-C stops everything and removes it.""", flush=True)


def show_miss_then_hit(shop: AudioShop, session: str) -> bool:
    """Runs the curl line twice; whether the cache said miss, then hit."""
    seen = []
    for _ in range(2):
        command = curl_command(shop, session, f"{OWNED}/01.mp3")
        print(f"\n$ {shlex.join(command)}")
        headers = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        print(headers.strip())
        fields = dict(line.split(": ", 1) for line in headers.splitlines() if ": " in line)
        seen.append((headers.split()[1], fields.get("X-Audiodl-Cache")))
    if seen != [("200", "miss"), ("200", "hit")]:
        print(f"expected 200 miss, then 200 hit; got {seen}\n{shop.apache.error_log()}", file=sys.stderr)
        return False
    data = mp3.silence(f"{OWNED}/01.mp3", CHUNKS[f"{OWNED}/01.mp3"])
    answer = web.fetch(shop.address, shop.path(f"{OWNED}/01.mp3"), headers={"Cookie": f"{COOKIE}={session}"})
    if answer.body != data:
        print("the download differs from what was published", file=sys.stderr)
        return False
    return True


def main() -> int:
    if not module_path().exists():
        print(f"{module_path()} is not built; run: make", file=sys.stderr)
        return 1
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with_s3 = os.environ.get("S3", "0") not in ("", "0")
    print("starting Ceph, MariaDB and Apache" if with_s3 else "starting Apache", "on loopback …", flush=True)
    with Workspace() as workspace:
        shop = build(workspace, with_s3)
        session = shop.new_session(CUSTOMER, lifetime=86400)
        if "--once" in sys.argv[1:]:
            return 0 if show_miss_then_hit(shop, session) else 1
        explain(shop, session)
        seconds = os.environ.get("DEMO_SECONDS")
        stop.wait(float(seconds) if seconds else None)
        print("\nclosing …", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
