# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A book with a manifest, as publishing leaves it: objects, markers, and BOOK/.audiodl.json."""

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path

from . import web
from .audioshop import AudioShop, FileOrigin, Origin


def describe(name: str, data: bytes, title: str = "", etag: str = "") -> dict[str, object]:
    """What a manifest says of an object; without an `etag`, of one that was uploaded to S3 in one piece."""
    return {"name": name, "title": title, "size": len(data), "etag": etag or f'"{hashlib.md5(data).hexdigest()}"',
            "crc32": f"{zlib.crc32(data):08x}", "sha256": hashlib.sha256(data).hexdigest(),
            "modified": "2026-11-20T11:00:02Z", "type": "audio/mpeg"}


def file_tag(path: Path) -> str:
    """The entity tag of an object at a file:// origin."""
    stat = path.stat()
    seconds, nanoseconds = divmod(stat.st_mtime_ns, 1_000_000_000)
    return f'"{stat.st_size:x}-{seconds:x}.{nanoseconds:09}"'


@dataclass
class Book:
    """`parts` by name, in the book's order; without `titles` they are called as they are."""

    name: str
    parts: dict[str, bytes]
    title: str = ""
    titles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = dict(self.parts)  # tests change it

    def manifest(self, origin: Origin | None = None) -> dict[str, object]:
        titles = self.titles or [""] * len(self.parts)
        tags = [file_tag(origin.path / self.path(part)) if isinstance(origin, FileOrigin) else "" for part in self.parts]
        return {"audiodl": 1, "title": self.title,
                "chunks": [describe(name, data, title, tag) for (name, data), title, tag
                           in zip(self.parts.items(), titles, tags, strict=True)]}

    def path(self, part: str) -> str:
        return f"{self.name}/{part}"

    def publish(self, shop: AudioShop) -> "Book":
        self.write_parts(shop, self.parts)
        self.write_manifest(shop)
        return self

    def write_parts(self, shop: AudioShop, parts: Iterable[str]) -> None:
        for part in parts:
            shop.publish(self.path(part), self.parts[part])

    def write_manifest(self, shop: AudioShop, manifest: Mapping[str, object] | None = None) -> None:
        """As a whole, as whatever replicates it does."""
        path = shop.listing / self.name / ".audiodl.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self.manifest(shop.origin) if manifest is None else manifest))
        os.replace(new, path)

    def url(self, shop: AudioShop, query: str = "format=zip") -> str:
        return shop.path(self.name + "/") + f"?{query}"

    def get_zip(self, shop: AudioShop, session: str | None = None, method: str = "GET", **headers: str) -> web.Answer:
        return web.fetch(shop.address, self.url(shop), method, shop.headers(session, headers))

    @contextmanager
    def open_zip(self, shop: AudioShop, session: str, receive_buffer: int = 0) -> Iterator[HTTPResponse]:
        """The response with its body unread."""
        with web.open_response(shop.address, self.url(shop), "GET", shop.headers(session, {}),
                               receive_buffer) as response:
            yield response
