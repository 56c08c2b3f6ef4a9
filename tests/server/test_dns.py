# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl dns add and remove against a real name server: round robin, signed, and never the last address."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from prove import counts
from servers.bind import KEY, ZONE, Bind
from servers.command import command_path
from servers.ports import free_port
from servers.workspace import Workspace

WWW = f"www.{ZONE}"
FIRST = "192.0.2.1"  # in the zone file


@pytest.fixture(scope="module")
def _bind(workspace: Workspace) -> Bind:
    return Bind(workspace)


@pytest.fixture
def bind(_bind: Bind) -> Iterator[Bind]:
    """With no address but the first when the test begins."""
    yield _bind
    run(_bind, "add", WWW, FIRST)
    for kind in ("A", "AAAA"):
        for address in _bind.dig(kind, WWW):
            if address != FIRST:
                assert run(_bind, "remove", "--force", WWW, address).returncode == 0


def run(bind: Bind, what: str, *words: str, server: str | None = None, key: Path | None = None
        ) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), "dns", what, "--server", server or bind.server, "--key", key or bind.key,
                           *words], capture_output=True, text=True, check=False, timeout=120)


def test_servers_come_and_go(bind: Bind) -> None:
    for n in (2, 3, 4):
        assert run(bind, "add", WWW, f"192.0.2.{n}").returncode == 0
    assert sorted(bind.dig("A", WWW)) == [f"192.0.2.{n}" for n in (1, 2, 3, 4)]
    assert bind.ttl("A", WWW) == 300
    done = run(bind, "remove", "--json", WWW, "192.0.2.3")
    assert json.loads(done.stdout) == {"result": "removed", "name": WWW, "address": "192.0.2.3",
                                       "addresses": ["192.0.2.1", "192.0.2.2", "192.0.2.4"], "dry_run": False}
    assert sorted(bind.dig("A", WWW)) == ["192.0.2.1", "192.0.2.2", "192.0.2.4"]


def test_customers_spread_over_the_servers(bind: Bind) -> None:
    for n in (2, 3):
        assert run(bind, "add", WWW, f"192.0.2.{n}").returncode == 0
    firsts = [bind.dig("A", WWW)[0] for _ in range(12)]
    assert {firsts.count(f"192.0.2.{n}") for n in (1, 2, 3)} == {4}, firsts


def test_ipv6_is_a_kind_of_its_own(bind: Bind) -> None:
    assert run(bind, "add", WWW, "2001:DB8::7", "192.0.2.7").returncode == 0
    assert bind.dig("AAAA", WWW) == ["2001:db8::7"]
    assert sorted(bind.dig("A", WWW)) == [FIRST, "192.0.2.7"]
    # The last of its kind: those who speak only IPv6 would find nobody.
    assert run(bind, "remove", WWW, "2001:db8::7").returncode == 1
    assert run(bind, "remove", "--force", WWW, "2001:db8::7").returncode == 0
    assert bind.dig("AAAA", WWW) == []


def test_a_second_time_changes_nothing(bind: Bind) -> None:
    assert run(bind, "add", WWW, "192.0.2.2").returncode == 0
    serial = bind.dig("SOA", ZONE)
    done = run(bind, "add", WWW, "192.0.2.2")
    assert (done.returncode, "there already" in done.stdout) == (0, True)
    assert run(bind, "remove", WWW, "192.0.2.9").returncode == 0
    assert bind.dig("SOA", ZONE) == serial


def test_another_time_to_live_is_a_change(bind: Bind) -> None:
    assert run(bind, "add", "--ttl", "1m", WWW, FIRST).returncode == 0
    assert bind.ttl("A", WWW) == 60


def test_the_last_address_stays(bind: Bind) -> None:
    done = run(bind, "remove", WWW, FIRST)
    assert done.returncode == 1 and "last address" in done.stderr
    assert bind.dig("A", WWW) == [FIRST]
    assert run(bind, "remove", "--force", WWW, FIRST).returncode == 0
    assert bind.dig("A", WWW) == []


def test_two_that_leave_at_once_do_not_both(bind: Bind) -> None:
    rounds = counts.count("AUDIODL_DNS_ROUNDS", 5)
    for _ in range(rounds):
        assert run(bind, "add", WWW, FIRST, "192.0.2.2").returncode == 0
        leaving = [subprocess.Popen([command_path(), "dns", "remove", "--server", bind.server, "--key", bind.key, WWW,
                                     address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for address in (FIRST, "192.0.2.2")]
        assert sorted(process.wait(120) for process in leaving) == [0, 1]
        assert len(bind.dig("A", WWW)) == 1
    counts.note(f"{rounds} times two servers left at once")


def test_many_that_come_at_once_all_do(bind: Bind) -> None:
    coming = [subprocess.Popen([command_path(), "dns", "add", "--server", bind.server, "--key", bind.key, WWW,
                                f"192.0.2.{n}"], stdout=subprocess.DEVNULL) for n in range(10, 18)]
    assert [process.wait(120) for process in coming] == [0] * 8
    assert set(bind.dig("A", WWW)) == {FIRST, *(f"192.0.2.{n}" for n in range(10, 18))}


def test_n_only_says(bind: Bind) -> None:
    serial = bind.dig("SOA", ZONE)
    done = run(bind, "add", "-n", WWW, "192.0.2.2")
    assert done.returncode == 0 and done.stdout == f"would be added: {WWW} 192.0.2.2; now {FIRST} 192.0.2.2\n"
    assert run(bind, "remove", "-n", WWW, FIRST).returncode == 1
    assert bind.dig("SOA", ZONE) == serial


def test_settings_come_from_the_configuration(bind: Bind, tmp_path: Path) -> None:
    config = tmp_path / "audiodl.conf"
    config.write_text(f"AudioDnsServer {bind.server}\nAudioDnsKey {bind.key}\nAudioDnsZone {ZONE}\nAudioDnsName {WWW}.\n")
    done = subprocess.run([command_path(), "dns", "add", "--config", config, "192.0.2.2"], capture_output=True,
                          check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(bind.dig("A", WWW)) == [FIRST, "192.0.2.2"]


@pytest.mark.parametrize("name, says", [
    (f"shop.{ZONE}", "alias of www"),
    (f"ns1.{ZONE}", "update-policy"),
    ("www.example.invalid", "REFUSED"),
])
def test_what_the_server_refuses_is_explained(bind: Bind, name: str, says: str) -> None:
    done = run(bind, "add", name, "192.0.2.2")
    assert done.returncode == 3 and says in done.stderr


def test_keys_that_are_no_good_are_explained(bind: Bind, tmp_path: Path) -> None:
    other_secret, other_name = bind.new_key(KEY), bind.new_key("stranger")
    for key, says in ((other_secret, "BADSIG"), (other_name, "BADKEY"), (tmp_path / "none", "No such file")):
        done = run(bind, "add", WWW, "192.0.2.2", key=key)
        assert done.returncode == 3 and says in done.stderr
    bind.key.chmod(0o644)
    done = run(bind, "add", WWW, "192.0.2.2")
    bind.key.chmod(0o600)
    assert done.returncode == 3 and "chmod o-rwx" in done.stderr
    garbage = tmp_path / "garbage"
    garbage.write_text("this is no key\n")
    garbage.chmod(0o600)
    done = run(bind, "add", WWW, "192.0.2.2", key=garbage)
    assert done.returncode == 3 and "key file" in done.stderr
    assert bind.dig("A", WWW) == [FIRST]


def test_no_server_is_told(bind: Bind) -> None:
    done = run(bind, "add", WWW, "192.0.2.2", server=f"127.0.0.1 port={free_port()}")
    assert done.returncode == 3 and "did not answer" in done.stderr


@pytest.mark.parametrize("words", [
    [WWW], [], [WWW, "127.0.0.1"], [WWW, "fe80::1"], ["www_.example.test", "192.0.2.2"], ["a b", "192.0.2.2"],
    ["www.example.test\nserver evil", "192.0.2.2"], ["--ttl", "99999999999", WWW, "192.0.2.2"],
])
def test_what_makes_no_sense_is_not_sent(bind: Bind, words: list[str]) -> None:
    assert run(bind, "add", *words).returncode == 2


@pytest.mark.parametrize("server", ["", "a b", "ns port=0", "ns port=99999", "ns;evil", "-x"])
def test_a_server_that_is_no_name_is_refused(bind: Bind, server: str) -> None:
    done = subprocess.run([command_path(), "dns", "add", f"--server={server}", WWW, "192.0.2.2"], capture_output=True,
                          check=False, timeout=60)
    assert done.returncode == 2
