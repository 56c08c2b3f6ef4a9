# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Books with manifests, and the two ways to their pages: with a session, and by a signed link."""

import hashlib
import json
import subprocess
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

from servers import web
from servers.audioshop import COOKIE, AudioShop
from servers.command import command_path
from servers.workspace import Workspace

# Beside /download, where a session is needed: either a session or a link.
EITHER = """
<Location "/either">
    SetHandler audiodl
    AuthType AudioSession
    <RequireAny>
        Require audio-entitled
        Require audio-link
    </RequireAny>
</Location>
"""
BOOKS_QUERY = '"SELECT book FROM purchases WHERE customer_id = %{customer}s ORDER BY book"'


def audiodl(*words: str | Path, code: int = 0) -> str:
    done = subprocess.run([command_path(), *words], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == code, done.stderr
    return done.stdout


def write_keys(workspace: Workspace, name: str = "page-keys") -> Path:
    path = workspace.path / name
    path.touch(0o600)
    path.write_text(audiodl("link-key", "new", "k1"))
    return path


def write_manifest(shop: AudioShop, book: str, chunks: Sequence[dict], **about: object) -> None:
    """As `audiodl publish` does it: into a new file, then over the old one."""
    folder = shop.listing / book
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / ".new"
    new.write_text(json.dumps({"audiodl": 1, **about, "chunks": list(chunks)}))
    new.rename(folder / ".audiodl.json")


def chunk_of(name: str, data: bytes, **more: object) -> dict:
    """What a manifest says of a chunk."""
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
            "etag": f'"{hashlib.md5(data).hexdigest()}"', "modified": "2026-11-20T11:00:00Z", "crc32": f"{zlib.crc32(data):08x}",
            "duration_ms": 60_000, **more}


def publish_book(shop: AudioShop, book: str, parts: dict[str, bytes], **about: object) -> None:
    """Parts that can be had, and a manifest of them in that order."""
    for name, data in parts.items():
        shop.publish(f"{book}/{name}", data)
    write_manifest(shop, book, [chunk_of(name, data, title=f"Part {number}")
                                for number, (name, data) in enumerate(parts.items(), 1)], **about)


def list_book(shop: AudioShop, book: str, names: Sequence[str]) -> None:
    """Markers alone."""
    folder = shop.listing / book
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def fetch(shop: AudioShop, path: str, session: str | None = None, method: str = "GET", **headers: str) -> web.Answer:
    """`path` is everything behind the host, encoded; or a whole URL of the shop."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if session is not None:
        named["Cookie"] = f"{COOKIE}={session}"
    return web.fetch(shop.address, path.removeprefix(shop.address), method, named)


def page(shop: AudioShop, book: str, query: str = "", where: str = "either") -> str:
    """The path of a book's page; of the library without a book."""
    return f"/{where}/" + (web.encode_path(book) + "/" if book else "") + (f"?{query}" if query else "")


class Revoke:
    """audiodl revoke, for the shop's database."""

    def __init__(self, workspace: Workspace, database):
        self._path = workspace.path / f"revoke-{time.monotonic_ns()}"
        self._path.touch(0o600)
        self._path.write_text(f'DBDriver {database.driver}\nDBDParams "{database.writer_params}"\n')

    def __call__(self, *words: str, code: int = 0) -> None:
        audiodl("revoke", "--database", self._path, *words, code=code)
