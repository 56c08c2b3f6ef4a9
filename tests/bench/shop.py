# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""An httpd with the module and, in the same server, what it is measured against."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path

from lanes import CHUNK, WARM, Lane
from servers.audioshop import COOKIE, AudioShop, Origin
from servers.sqlite import SqliteDb
from servers.workspace import Workspace

_CUSTOMER = 42

# httpd's own static files at their best, and the module without its authorization.
_BESIDE = """\
EnableSendfile On
MaxKeepAliveRequests 0
Alias "/static" "{objects}"
<Directory "{objects}">
    Require all granted
</Directory>
<Location "/open">
    SetHandler audiodl
    Require all granted
</Location>
"""
_TLS = """\
SSLEngine On
SSLCertificateFile "{certificate}"
"""


class Shop:
    """Runs from construction on, over TLS if it is given a certificate (and key, in one file)."""

    def __init__(self, workspace: Workspace, name: str, origin: Origin, database: SqliteDb, objects: Path,
                 certificate: Path | None = None):
        extra = _BESIDE.format(objects=objects) + (_TLS.format(certificate=certificate) if certificate else "")
        self._shop = AudioShop(workspace, name, origin, database, changes={"AudioDebugHeaders": None}, extra=extra,
                               modules=["ssl"] if certificate else [], log_level="warn")
        self._address = self._shop.address if certificate is None else self._shop.address.replace("http:", "https:")
        self._shop.start()
        self._cookie = f"Cookie: {COOKIE}={self._shop.new_session(_CUSTOMER, 86400)}"
        self.list_book(WARM)

    def list_book(self, book: str) -> None:
        """The book is for sale, and bought; its chunk is at the origin already."""
        self._shop.list_chunk(f"{book}/{CHUNK}")
        self._shop.database.add_purchase(_CUSTOMER, book)

    def publish(self, book: str, data: bytes) -> None:
        """The same, with the chunk put at the origin first."""
        self._shop.origin.put(f"{book}/{CHUNK}", data)
        self.list_book(book)

    @property
    def module(self) -> Lane:
        """As customers get it: session and entitlement are looked up for each request."""
        return self._lane("module", f"/download/{{book}}/{CHUNK}", self._cookie)

    @property
    def open(self) -> Lane:
        return self._lane("module, open", f"/open/{{book}}/{CHUNK}")

    @property
    def static(self) -> Lane:
        return self._lane("static", f"/static/{CHUNK}")

    @property
    def cache(self) -> Path:
        return self._shop.cache

    def busy_workers(self, seconds: float = 2) -> int | None:
        """What mod_status says, less the worker that says it; None if nobody answers in time."""
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        try:
            with urllib.request.urlopen(f"{self._address}/server-status?auto", timeout=seconds,
                                        context=trusting) as answer:
                lines = answer.read().decode().splitlines()
        except (OSError, urllib.error.URLError):
            return None
        return next(int(line.split()[1]) for line in lines if line.startswith("BusyWorkers:")) - 1

    def errors(self) -> str:
        """What httpd has logged at level warn and above."""
        return self._shop.apache.error_log()

    def _lane(self, name: str, path: str, *headers: str) -> Lane:
        return Lane(name, self._address + path, headers, self._shop.apache.pid)
