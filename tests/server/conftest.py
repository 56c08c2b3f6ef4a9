# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The servers that the tests share, started when the first test asks for them, and one shop on top.

Tests share one warm shop, so each works with a book of its own (`book`), which is cold.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.apache import php_handler
from servers.audioshop import AudioShop, S3Origin, module_path, new_session
from servers.ceph import Ceph
from servers.mariadb import MariaDb
from servers.php import Php
from servers.postgresql import PostgreSql
from servers.proxy import Proxy
from servers.workspace import Workspace
from support import CUSTOMER

_numbers = itertools.count(1)


def pytest_sessionstart() -> None:
    if not module_path().exists():
        pytest.exit(f"{module_path()} is not built; run: make", returncode=3)


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    with Workspace() as made:
        yield made


@pytest.fixture(scope="session")
def ceph(workspace: Workspace) -> Ceph:
    return Ceph(workspace)


@pytest.fixture(scope="session")
def mariadb(workspace: Workspace) -> MariaDb:
    return MariaDb(workspace)


@pytest.fixture(scope="session")
def postgresql(workspace: Workspace) -> PostgreSql:
    return PostgreSql(workspace)


@pytest.fixture(scope="session")
def php(workspace: Workspace, mariadb: MariaDb) -> Php:
    return Php(workspace, mariadb)


@pytest.fixture(scope="session")
def _proxy(ceph: Ceph) -> Iterator[Proxy]:
    made = Proxy(ceph.port)
    yield made
    made.close()


@pytest.fixture
def proxy(_proxy: Proxy) -> Iterator[Proxy]:
    """The road to S3, in good order at the start of each test."""
    _proxy.heal()
    yield _proxy
    _proxy.heal()


@pytest.fixture(scope="session")
def s3_origin(workspace: Workspace, ceph: Ceph, _proxy: Proxy) -> S3Origin:
    return S3Origin(workspace, ceph, _proxy.port)


@pytest.fixture(scope="session")
def _shop(workspace: Workspace, s3_origin: S3Origin, mariadb: MariaDb, php: Php) -> Iterator[AudioShop]:
    made = AudioShop(workspace, "shop", s3_origin, mariadb, extra=php_handler(php.socket, php.documents))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def shop(_shop: AudioShop, proxy: Proxy) -> AudioShop:
    """Apache with the event MPM and three processes, S3 through `proxy`, MariaDB, PHP."""
    return _shop


@pytest.fixture(scope="session")
def session(mariadb: MariaDb) -> str:
    """A logged-in session of CUSTOMER."""
    return new_session(mariadb, CUSTOMER)


@pytest.fixture
def book(mariadb: MariaDb) -> str:
    """The name of a book that CUSTOMER has bought and no other test knows."""
    name = f"book-{next(_numbers)}"
    mariadb.add_purchase(CUSTOMER, name)
    return name


@pytest.fixture
def make_shop(workspace: Workspace, proxy: Proxy, s3_origin: S3Origin, mariadb: MariaDb
              ) -> Iterator[Callable[..., AudioShop]]:
    """Makes shops with settings of their own, started; they end with the test."""
    made: list[AudioShop] = []

    def make(**settings: Any) -> AudioShop:
        chosen: dict[str, Any] = {"origin": s3_origin, "database": mariadb, **settings}
        made.append(AudioShop(workspace, f"shop{next(_numbers)}", **chosen))
        made[-1].start()
        return made[-1]

    yield make
    for shop in made:
        shop.stop()


@pytest.fixture(scope="session")
def certificate(workspace: Workspace) -> Path:
    """A self-signed certificate and its key in one file."""
    path = workspace.path / "tls.pem"
    workspace.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                   "-keyout", str(path), "-out", str(path) + ".crt"])
    path.write_text(path.read_text() + Path(str(path) + ".crt").read_text())
    return path


@pytest.fixture
def make_tls_shop(make_shop: Callable[..., AudioShop], certificate: Path) -> Callable[..., AudioShop]:
    """As make_shop, over TLS."""

    def make(extra: str = "", modules: tuple[str, ...] = (), **settings: object) -> AudioShop:
        shop = make_shop(extra=f'SSLEngine On\nSSLCertificateFile "{certificate}"\n{extra}',
                         modules=("ssl", *modules), **settings)
        shop.address = shop.address.replace("http:", "https:")
        return shop

    return make
