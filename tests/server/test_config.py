# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`apache2 -t` catches an operator's mistakes: it names the directive, the value and what to do."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers import apache
from servers.audioshop import AudioShop, Directives, FileOrigin, Origin, write_credentials
from servers.mariadb import MariaDb
from servers.workspace import AS_ROOT, Workspace


@pytest.fixture(scope="module")
def base(workspace: Workspace, s3_origin: Origin, mariadb: MariaDb) -> AudioShop:
    """A shop that is never started: only its configuration is tested."""
    return AudioShop(workspace, "config", s3_origin, mariadb)


@pytest.fixture
def scratch(workspace: Workspace, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory of this test's own, at a place the servers' user can reach."""
    yield workspace.directory("scratch-" + re.sub(r"\W+", "-", request.node.name))


@dataclass
class Mistake:
    """What an operator wrote, and words that the output must hold beside the directive's name."""

    changes: Directives
    directive: str
    value: str  # as the output must quote it
    remedy: str  # a pattern: what to do about it
    extra: str = ""


def cache(scratch: Path, mode: int = 0o700) -> Path:
    path = scratch / "cache"
    path.mkdir()
    path.chmod(mode)
    return path


def foreign_cache(scratch: Path) -> Mistake:
    path = cache(scratch)
    (path / "thesis.doc").write_text("my life's work")
    return Mistake({"AudioCacheDir": str(path)}, "AudioCacheDir", str(path), r"empty|another director")


def stolen_cache(scratch: Path) -> Mistake:
    path = cache(scratch)
    os.chown(path, 12345, 12345)
    return Mistake({"AudioCacheDir": str(path)}, "AudioCacheDir", str(path), r"chown")


def world_writable_cache(scratch: Path) -> Mistake:
    path = cache(scratch, mode=0o777)
    return Mistake({"AudioCacheDir": str(path)}, "AudioCacheDir", str(path), r"chmod")


def published_cache(scratch: Path) -> Mistake:
    path = cache(scratch)
    return Mistake({"AudioCacheDir": str(path)}, "AudioCacheDir", str(path), r"outside|another director|DocumentRoot",
                   f'DocumentRoot "{scratch}"')


def readable_credentials(scratch: Path) -> Mistake:
    path = scratch / "credentials"
    path.write_text("[web]\naws_access_key_id = A\naws_secret_access_key = B\n")
    path.chmod(0o644)
    return Mistake({"AudioCredentials": f"{path} profile=web"}, "AudioCredentials", str(path), r"chmod")


def credentials_without(scratch: Path) -> Mistake:
    path = scratch / "credentials"
    path.write_text("[web]\naws_access_key_id = A\n")
    path.chmod(0o600)
    return Mistake({"AudioCredentials": f"{path} profile=web"}, "AudioCredentials", str(path),
                   r"aws_secret_access_key")


def no_file(directive: str, remedy: str, suffix: str = "") -> Callable[[Path], Mistake]:
    def build(scratch: Path) -> Mistake:
        path = scratch / "missing"
        return Mistake({directive: f"{path}{suffix}"}, directive, str(path), remedy)
    return build


def simply(directive: str, value: str | None, remedy: str, quoted: str | None = None) -> Callable[[Path], Mistake]:
    """A directive with a wrong value (None: left out)."""
    def build(_: Path) -> Mistake:
        return Mistake({directive: value}, directive, quoted if quoted is not None else (value or ""), remedy)
    return build


def malformed_free_titles(scratch: Path) -> Mistake:
    path = scratch / "free"
    path.write_text("# this week\nMoby Dick 2026-12-24T00:00:00Z 2026-12-27T00:00:00Z\n")
    return Mistake({"AudioFreeTitles": str(path)}, "AudioFreeTitles", f"{path}: line 2", r"quotes")


def file_origin_missing(scratch: Path) -> Mistake:
    path = scratch / "missing"
    return Mistake({"AudioOrigin": f"file://{path}", "AudioCredentials": None}, "AudioOrigin", str(path),
                   r"create|mkdir|exist")


def too_many_connections(_: Path) -> Mistake:
    return Mistake({"AudioDBConnections": "8", "DBDMax": "4"}, "AudioDBConnections", "8", r"DBDMax 8")


MISTAKES = {
    "unknown session store": simply("AudioSessionStore", "files:///tmp", r"dbd, memcached://.*redis://"),
    "session store with a database": simply("AudioSessionStore", "redis://127.0.0.1/3", r"redis://|memcached://"),
    "no time for the database": simply("AudioDBTimeout", "0", r"2s"),
    "no connections": simply("AudioDBConnections", "0", r"from 1 to"),
    "more connections than mod_dbd has": too_many_connections,
    "unknown origin scheme": simply("AudioOrigin", "gopher://books/prod", r"s3://.*file://|file://.*s3://"),
    "origin without a bucket": simply("AudioOrigin", "s3://", r"s3://\w"),
    "unknown origin option": simply("AudioOrigin", "s3://books colour=red", r"region", quoted="colour"),
    "endpoint without a scheme": simply("AudioOrigin", "s3://books endpoint=127.0.0.1:9000", r"https?://",
                                        quoted="127.0.0.1:9000"),
    "unknown style": simply("AudioOrigin", "s3://books style=art-deco", r"path.*virtual|virtual.*path",
                            quoted="art-deco"),
    "relative file origin": simply("AudioOrigin", "file://books", r"file:///", quoted="file://books"),
    "file origin missing": file_origin_missing,
    "bad size": simply("AudioCacheMaxSize", "40X", r"40G|\b[KMGT]\b"),
    "negative size": simply("AudioCacheMaxSize", "-1", r"40G|\b[KMGT]\b"),
    "bad free space": simply("AudioCacheMinFree", "120%", r"5%|100"),
    "cache missing": no_file("AudioCacheDir", r"mkdir|install -d|create"),
    "cache a relative path": simply("AudioCacheDir", "var/cache", r"absolute|/var"),
    "cache world-writable": world_writable_cache,
    "cache under DocumentRoot": published_cache,
    "cache is somebody's directory": foreign_cache,
    "listing left out": simply("AudioListing", None, r"AudioListing"),
    "listing missing": no_file("AudioListing", r"mkdir|create|exist"),
    "cache left out": simply("AudioCacheDir", None, r"AudioCacheDir"),
    "decision cache unknown": simply("AudioDecisionCache", "florb", r"LoadModule.*shmcb|shmcb.*none"),
    "decision cache too small": simply("AudioDecisionCache", '"shmcb:x(1)"', r"8192", quoted="shmcb:x(1)"),
    "decision ttl in words": simply("AudioDecisionTTL", "soon", r"\ds"),
    "decision ttl of nothing": simply("AudioDecisionTTL", "0s", r"AudioDecisionCache none"),
    "three decision ttls": simply("AudioDecisionTTL", "1s 2s 3s", r"\ds"),
    "grant ttl in words": simply("AudioGrantTTL", "forever", r"24h"),
    "relative free titles": simply("AudioFreeTitles", "free-titles", r"/etc/"),
    "free titles missing": no_file("AudioFreeTitles", r"No such file"),
    "free titles malformed": malformed_free_titles,
    "one statement without session": simply("AudioSessionEntitlementQuery", '"SELECT 1"', r"%{session}s",
                                            quoted="SELECT 1"),
    "one statement and two": simply("AudioSessionEntitlementQuery", '"SELECT %{session}s"', r"remove one",
                                    quoted=""),
    "origin left out": simply("AudioOrigin", None, r"s3://|AudioOrigin"),
    "session query left out": simply("AudioSessionQuery", None, r"SELECT|AudioSessionQuery"),
    "entitlement query left out": simply("AudioEntitlementQuery", None, r"SELECT|AudioEntitlementQuery"),
    "credentials missing": no_file("AudioCredentials", r"create|No such file", " profile=web"),
    "credentials world-readable": readable_credentials,
    "credentials half": credentials_without,
    "session query for everybody": simply("AudioSessionQuery", '"SELECT data FROM sessions"', r"%\{session\}",
                                          quoted="SELECT data FROM sessions"),
    "entitlement for everybody": simply("AudioEntitlementQuery", '"SELECT 1 FROM purchases"', r"%\{customer\}",
                                        quoted="SELECT 1 FROM purchases"),
    "unknown parameter": simply("AudioEntitlementQuery", '"SELECT 1 FROM p WHERE c = %{costumer}s"',
                                r"%\{customer\}|\bcustomer\b", quoted="costumer"),
    "positional parameter": simply("AudioSessionQuery", '"SELECT data FROM sessions WHERE id = %s"',
                                   r"%\{session\}", quoted="SELECT data FROM sessions WHERE id = %s"),
    "quoted parameter": simply("AudioSessionQuery", "\"SELECT data FROM sessions WHERE id = '%{session}s'\"",
                               r"quot", quoted="SELECT data FROM sessions"),
    "two statements": simply("AudioSessionQuery", '"SELECT data FROM s WHERE id = %{session}s; DROP TABLE s"',
                             r";", quoted="DROP TABLE s"),
    "unknown format": simply("AudioSessionFormat", "igbinary", r"php_serialize"),
    "rate in words": simply("AudioRate", "fast", r"500K"),
    "unknown option of the rate": simply("AudioRate", "500K colour=red", r"burst=SIZE", quoted="colour"),
    "no downloads at all": simply("AudioStreams", "0", r"none.*4 address=16"),
    "unknown option of the streams": simply("AudioStreams", "4 colour=red", r"address=N", quoted="colour"),
    "no time for clients": simply("AudioStallTimeout", "10ms", r"5m"),
    "bad cookie name": simply("AudioSessionCookie", '"PHP SESSID"', r"PHPSESSID|token|RFC", quoted="PHP SESSID"),
}

if AS_ROOT:
    MISTAKES["cache of another user"] = stolen_cache


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_caught(base: AudioShop, scratch: Path, name: str) -> None:
    mistake = MISTAKES[name](scratch)
    code, output = base.apache.configtest(base.config(mistake.changes) + mistake.extra)
    assert code != 0, f"passed:\n{output}"
    assert mistake.directive in output
    assert mistake.value in output
    assert re.search(mistake.remedy, output, re.IGNORECASE | re.DOTALL), output
    # One sentence of an administrator's language, not a crash.
    assert "internal error" not in output and "Segmentation" not in output


def test_a_missing_profile_is_named(base: AudioShop, workspace: Workspace) -> None:
    path = write_credentials(workspace, "credentials-profile")
    code, output = base.apache.configtest(base.config({"AudioCredentials": f"{path} profile=nobody"}))
    assert code != 0
    for word in ("AudioCredentials", str(path), "nobody"):
        assert word in output


def test_the_right_configuration_passes(base: AudioShop, workspace: Workspace) -> None:
    code, output = base.apache.configtest(base.config())
    assert (code, output.splitlines()[-1]) == (0, "Syntax OK")
    assert "audiodl" not in output.replace(str(workspace.path), ""), "nothing to complain about"
    embedded = FileOrigin(workspace, "config-origin")
    changes: Directives = {**embedded.directives(), "AudioCredentials": None}
    assert base.apache.configtest(base.config(changes))[0] == 0


def test_a_dbdmin_that_defeats_the_bound_is_worth_a_warning(base: AudioShop) -> None:
    code, output = base.apache.configtest(base.config({"AudioDBConnections": "2", "DBDMin": "3"}))
    assert code == 0 and "DBDMin 0" in output


def test_a_test_changes_nothing(base: AudioShop) -> None:
    before = sorted(base.cache.rglob("*"))
    base.apache.configtest(base.config())
    assert sorted(base.cache.rglob("*")) == before


def test_loaded_but_unused_the_module_demands_nothing(base: AudioShop) -> None:
    assert base.apache.configtest("# nothing of ours")[0] == 0


@pytest.mark.parametrize(("extra", "factor", "remedy"), [
    ("", "20", None),
    ("Protocols h2 http/1.1", "20", "Protocols http/1.1"),
    ("EnableSendfile Off", "20", "EnableSendfile On"),
    ("", None, "AsyncRequestWorkerFactor 20"),
    ("AudioRate 500K\nAudioStreams 4\nAudioStallTimeout 1m", "20", None),
    ("AudioRate 10K", "20", "64K or more"),
    ("AudioStreams 1 address=9", "20", "AudioStreams 3 or more"),
    ('<Location "/download/x">\nAudioStallTimeout 5s\n</Location>', "20", "1m or more"),
])
def test_advice_where_it_would_be_slow(base: AudioShop, monkeypatch: pytest.MonkeyPatch, extra: str,
                                       factor: str | None, remedy: str | None) -> None:
    """Warnings only: the configuration is good, but its downloads would be slow."""
    if factor is None:
        without = apache._MPM["event"].replace("\nAsyncRequestWorkerFactor 20", "")
        monkeypatch.setitem(apache._MPM, "event", without)
    code, output = base.apache.configtest(base.config() + extra)
    assert code == 0, output
    advice = [line for line in output.splitlines() if "audiodl" in line]
    assert [remedy in line for line in advice] == ([] if remedy is None else [True]), output
