# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: several pytest processes share one collection, file by file, each with servers of its own.

    AUDIODL_SHARE=/tmp/claims python3 -m pytest -p sharing ...      (as many of these as wanted)

Most of a test's time is waiting, so two of them on two cores take half the time of one. Whoever comes
first to a file runs it. What a file costs is not known before: those that are known to wait come first, then the large ones.
"""

import os
from pathlib import Path

import pytest

# Files whose tests wait long, which are begun first: whoever took one last would let the others wait.
_LONG = ("test_ledger.py", "test_health.py", "test_zip_delivery.py", "test_entitlement.py", "test_publish.py", "test_replication.py")


class Sharing:
    def __init__(self, claims: Path):
        self._claims = claims
        self._mine: dict[str, bool] = {}

    def _claim(self, name: str) -> bool:
        try:
            os.close(os.open(self._claims / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    @staticmethod
    def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
        # Stable: the tests of a file keep their order.
        items.sort(key=lambda item: (item.path.name not in _LONG, -item.path.stat().st_size, item.path.name))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """True, which says that it is dealt with, for a test of another process's file."""
        name = item.path.name
        if name not in self._mine:
            self._mine[name] = self._claim(name)
        return None if self._mine[name] else True


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Sharing(Path(os.environ["AUDIODL_SHARE"])), "sharing of files")
