# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A shop on mod_audiodl: Apache with the module, and the listing, origin, database and cache it needs.

    shop = AudioShop(workspace, "shop", FileOrigin(workspace), SqliteDb(workspace))
    shop.start()
    shop.publish("Moby-Dick/01.mp3", data)
    shop.database.add_purchase(42, "Moby-Dick")
    answer = shop.get("Moby-Dick/01.mp3", shop.new_session(42))
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Protocol

from . import web
from .apache import Apache
from .ceph import ACCESS_KEY, SECRET_KEY, Ceph
from .workspace import AS_ROOT, SERVER_GID, Workspace

COOKIE = "PHPSESSID"
SESSION_QUERY = "SELECT data FROM sessions WHERE id = %{session}s AND expires > %{now}s"

# Directive, then value; None leaves a directive out.
Directives = Mapping[str, str | None]


class Origin(Protocol):
    """Where chunks are kept: what AudioOrigin and AudioCredentials say, and how the tests put objects there."""

    def directives(self) -> Directives: ...
    def put(self, chunk: str, data: bytes) -> None: ...


class Database(Protocol):
    """Sessions and purchases: what DBDriver and DBDParams say, and how the tests add rows."""

    driver: str

    @property
    def dbd_params(self) -> str: ...
    def add_session(self, session: str, data: bytes, expires: int) -> None: ...
    def add_purchase(self, customer: str | int, book: str) -> None: ...


class FileOrigin:
    """A folder."""

    def __init__(self, workspace: Workspace, name: str = "origin"):
        self.path = workspace.directory(name)

    def directives(self) -> Directives:
        return {"AudioOrigin": f"file://{self.path}"}

    def put(self, chunk: str, data: bytes) -> None:
        path = self.path / chunk
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class S3Origin:
    """A bucket and prefix of Ceph, reached through `port` (a fault proxy's, or the gateway's own)."""

    def __init__(self, workspace: Workspace, ceph: Ceph, port: int, bucket: str = "books", prefix: str = "prod",
                 style: str = "path"):
        self._client = ceph.client
        self._bucket = bucket
        self._prefix = prefix
        host = "127.0.0.1" if style == "path" else "localhost"
        self._value = f"s3://{bucket}/{prefix} region=us-east-1 endpoint=http://{host}:{port} style={style}"
        self.credentials = write_credentials(workspace, f"credentials-{bucket}")
        self._client.create_bucket(bucket)

    def directives(self) -> Directives:
        return {"AudioOrigin": self._value, "AudioCredentials": f"{self.credentials} profile=web"}

    def put(self, chunk: str, data: bytes) -> None:
        self._client.put(self._bucket, f"{self._prefix}/{chunk}".lstrip("/"), data)


def write_credentials(workspace: Workspace, name: str, secret: str = SECRET_KEY) -> Path:
    """An AWS shared-credentials file that only its owner and the servers' group may read."""
    path = workspace.path / name
    path.write_text("# the shop's key\n[default]\naws_access_key_id = WRONG\naws_secret_access_key = wrong\n\n"
                    f"[web]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {secret}\n")
    path.chmod(0o640)
    if AS_ROOT:
        os.chown(path, 0, SERVER_GID)
    return path


def new_session(database: Database, customer: int | str, lifetime: int = 3600) -> str:
    """A session of that customer as PHP would have written it, without PHP; returns its id."""
    session = secrets.token_hex(16)
    value = f"i:{customer};" if isinstance(customer, int) else f's:{len(customer.encode())}:"{customer}";'
    data = f'note|s:16:"customer_id|i:1;";customer_id|{value}'
    database.add_session(session, data.encode(), int(time.time()) + lifetime)
    return session


def module_path() -> Path:
    """The module under test: AUDIODL_MODULE, or what `make` built."""
    built = Path(__file__).resolve().parents[2] / "build" / "mod_audiodl.so"
    return Path(os.environ.get("AUDIODL_MODULE") or built).resolve()


def _copy_module(workspace: Workspace) -> Path:
    """The workspace's copy, so that building while tests run changes nothing under a running httpd."""
    copy = workspace.path / "mod_audiodl.so"
    if not copy.exists():
        shutil.copyfile(module_path(), copy)
    return copy


class AudioShop:
    """One Apache with the module. `changes` replaces, adds or (None) removes directives."""

    def __init__(self, workspace: Workspace, name: str, origin: Origin, database: Database, mpm: str = "event",
                 changes: Directives | None = None, extra: str = "", modules: Iterable[str] = (),
                 log_level: str = "info", inside: Iterable[str] = ()):
        """`extra` is further text for the virtual host, `inside` is Apache's."""
        self.origin = origin
        self.database = database
        self.listing = workspace.directory(f"{name}-listing")
        self.cache = workspace.directory(f"{name}-cache", 0o700, for_server=True)
        self._changes = dict(changes or {})
        self._extra = extra
        self.apache = Apache(workspace, name, mpm, modules, log_level=log_level, inside=inside,
                             load=[f'LoadModule audiodl_module "{_copy_module(workspace)}"'])
        self.address = self.apache.address

    def directives(self) -> dict[str, str | None]:
        """The shop's directives by name, as an operator would write them."""
        return {
            "AudioCacheDir": str(self.cache),
            "AudioCacheMaxSize": "2G",
            **self.origin.directives(),
            "AudioListing": str(self.listing),
            "DBDriver": self.database.driver,
            "DBDParams": f'"{self.database.dbd_params}"',
            "AudioSessionCookie": COOKIE,
            "AudioSessionQuery": f'"{getattr(self.database, "session_query", SESSION_QUERY)}"',
            "AudioSessionFormat": "php",
            "AudioCustomerKey": "customer_id",
            "AudioEntitlementQuery":
                '"SELECT 1 FROM purchases WHERE customer_id = %{customer}s AND book = %{book}s"',
            "AudioDebugHeaders": "On",
            **self._changes,
        }

    def config(self, changes: Directives | None = None) -> str:
        """The virtual host's text, with further changes for this once."""
        chosen = {**self.directives(), **(changes or {})}
        lines = [f"{name} {value}" for name, value in chosen.items() if value is not None]
        return "\n".join(lines) + f"""
<Location "/download">
    SetHandler audiodl
    AuthType AudioSession
    Require audio-entitled
</Location>
{self._extra}
"""

    def start(self) -> None:
        self.apache.start(self.config())

    def stop(self) -> None:
        self.apache.stop()

    def publish(self, chunk: str, data: bytes) -> None:
        """Puts the object at the origin and then its empty file into the listing, as publishing does."""
        self.origin.put(chunk, data)
        self.list_chunk(chunk)

    def list_chunk(self, chunk: str) -> None:
        marker = self.listing / chunk
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()

    def new_session(self, customer: int | str, lifetime: int = 3600) -> str:
        return new_session(self.database, customer, lifetime)

    def get(self, chunk: str, session: str | None = None, method: str = "GET", **headers: str) -> web.Answer:
        """Asks for a chunk; If_Range="…" sends an If-Range header."""
        return web.fetch(self.address, self.path(chunk), method, self.headers(session, headers))

    @contextmanager
    def open(self, chunk: str, session: str, receive_buffer: int = 0) -> Iterator[HTTPResponse]:
        """The response to a GET with its body unread."""
        with web.open_response(self.address, self.path(chunk), "GET", self.headers(session, {}),
                               receive_buffer) as response:
            yield response

    @staticmethod
    def path(chunk: str) -> str:
        return "/download/" + web.encode_path(chunk)

    @staticmethod
    def headers(session: str | None, headers: Mapping[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return named if session is None else {**named, "Cookie": f"{COOKIE}={session}"}
