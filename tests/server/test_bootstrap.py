# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl bootstrap, health and takeover: a server that comes up, as often as one likes, killed or not."""

import grp
import itertools
import json
import os
import random
import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from prove import counts
from servers.audioshop import AudioShop, FileOrigin
from servers.bind import ZONE, Bind
from servers.command import command_path
from servers.ports import free_port
from servers.sqlite import SqliteDb
from servers.waiting import wait_until
from servers.web import fetch
from servers.workspace import AS_ROOT, SERVER_GID, SERVER_UID, SERVER_USER, Workspace

CONF = Path(__file__).resolve().parents[2] / "conf"
KILLS = counts.count("AUDIODL_BOOTSTRAP_KILLS", 10)
TTL = 8  # seconds that resolvers remember an address: longer than drain waits without DNS
_numbers = itertools.count(1)


def audiodl(*words: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=120, env={**os.environ, **(env or {})})


class Plan:
    """A plan and its state, in a directory of its own."""

    def __init__(self, directory: Path, text: str):
        self.dir = directory
        self.file = directory / "bootstrap.conf"
        self.file.write_text(text)
        self.words = ["bootstrap", "--plan", str(self.file), "--state", str(directory / "state")]

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> tuple[int, dict[str, str]]:
        """The exit code, and what came of each step."""
        done = audiodl(*self.words, "--json", *words, env=env)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, {row["step"]: row["result"] for row in rows}


@pytest.fixture
def make_plan(tmp_path: Path) -> Callable[[str], Plan]:
    def make(text: str) -> Plan:
        return Plan(tmp_path, text)

    return make


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path.relative_to(directory)): (stat.S_IMODE(path.stat().st_mode),
                                               path.read_bytes() if path.is_file() else b"")
            for path in sorted(directory.rglob("*"))}


def test_steps_are_done_in_order_and_a_second_time_nothing_changes(make_plan: Callable[[str], Plan], tmp_path: Path
                                                                   ) -> None:
    plan = make_plan(f"""
        Phase prepare
        Directory {tmp_path}/srv/cache owner={SERVER_USER} mode=0700
        Run first -- sh -c "echo one > {tmp_path}/log"
        Run second -- sh -c "cat {tmp_path}/log > {tmp_path}/copy"
        Phase leave
        Run leave -- touch {tmp_path}/left
    """)
    assert plan.run() == (0, {f"{tmp_path}/srv/cache": "done", "first": "done", "second": "done"})
    assert (tmp_path / "copy").read_text() == "one\n"
    assert not (tmp_path / "left").exists()
    cache = (tmp_path / "srv/cache").stat()
    assert stat.S_IMODE(cache.st_mode) == 0o700
    if AS_ROOT:
        assert cache.st_uid == SERVER_UID
    before = tree(tmp_path)
    assert plan.run() == (0, {f"{tmp_path}/srv/cache": "skipped", "first": "done", "second": "done"})
    assert tree(tmp_path) == before
    assert plan.run("leave")[1] == {"leave": "done"}


def test_what_fails_stops_the_rest_unless_it_is_optional(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = make_plan(f"""
        Phase all
        Run optional optional -- sh -c "echo no luck >&2; exit 3"
        Run needed -- sh -c "exit 4"
        Run after -- touch {tmp_path}/after
    """)
    assert plan.run() == (1, {"optional": "failed", "needed": "failed", "after": "skipped"})
    assert not (tmp_path / "after").exists()
    done = audiodl(*plan.words)
    assert "optional failed: no luck" in done.stderr and "needed failed: exit code 4" in done.stderr
    assert "after: skipped: because needed failed" in done.stdout


def test_retries_time_limits_and_programs_that_are_not_there(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = make_plan(f"""
        Phase all
        Run later retry=1m -- sh -c "test -e {tmp_path}/now || {{ touch {tmp_path}/now; exit 1; }}"
        Run slow optional timeout=500ms -- sleep 60
        Run nowhere optional -- /no/such/program
    """)
    began = time.monotonic()
    assert plan.run() == (0, {"later": "done", "slow": "failed", "nowhere": "failed"})
    assert time.monotonic() - began < 50


def test_once_in_a_boot(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    text = f'Phase all\nRun warm once=boot -- sh -c "echo x >> {tmp_path}/log; exit 1"\n'
    plan = make_plan(text)
    for _ in range(2):  # what failed was not done
        assert plan.run() == (1, {"warm": "failed"})
    plan.file.write_text(text.replace("exit 1", "exit 0"))
    assert plan.run() == (0, {"warm": "done"})
    assert plan.run() == (0, {"warm": "skipped"})
    assert (tmp_path / "log").read_text() == "x\n" * 3
    plan.file.write_text(text.replace("exit 1", "true"))  # it does something else now
    assert plan.run() == (0, {"warm": "done"})
    mark = tmp_path / "state" / "all.warm.done"
    mark.write_text("another boot" + mark.read_text())
    assert plan.run() == (0, {"warm": "done"})


def test_n_changes_nothing(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = make_plan(f"Phase all\nDirectory {tmp_path}/new\nRun touch -- touch {tmp_path}/file\n")
    before = tree(tmp_path)
    done = audiodl(*plan.words, "-n")
    assert (done.returncode, done.stdout) == (
        0, f"{tmp_path}/new: would be done: make it\ntouch: would be done: touch {tmp_path}/file\n")
    assert tree(tmp_path) == before


def test_mistakes_are_told(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = make_plan("Phase all\nRun x true\n")
    done = audiodl(*plan.words)
    assert done.returncode == 3 and "bootstrap.conf: line 2: " in done.stderr
    done = audiodl("bootstrap", "--plan", tmp_path / "none")
    assert done.returncode == 3 and "No such file" in done.stderr
    plan.file.write_text("Phase all\nRun x -- true\n")
    assert "no phase other" in audiodl(*plan.words, "other").stderr


def test_two_at_once_take_turns(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    """A step that would see another at work fails."""
    plan = make_plan(f"""
        Phase all
        Run alone -- sh -c "mkdir {tmp_path}/busy && sleep 0.2 && rmdir {tmp_path}/busy"
    """)
    running = [subprocess.Popen([command_path(), *plan.words], stdout=subprocess.DEVNULL) for _ in range(5)]
    assert [process.wait(120) for process in running] == [0] * 5
    with subprocess.Popen([command_path(), *plan.words]) as holder:
        wait_until((tmp_path / "busy").exists, "the step to be at work")
        done = audiodl(*plan.words, "--wait", "0")
        assert done.returncode == 3 and "another bootstrap" in done.stderr
        assert holder.wait(60) == 0


def test_killed_anywhere_the_next_run_ends_in_the_same_state(make_plan: Callable[[str], Plan], tmp_path: Path
                                                             ) -> None:
    goal = tmp_path / "goal"
    plan = make_plan(f"""
        Phase prepare
        Directory {goal}/a/cache owner={SERVER_USER} mode=0700
        Directory {goal}/b mode=0751
        Run write -- sh -c "sleep 0.02; echo text > {goal}/b/new && mv {goal}/b/new {goal}/b/file"
        Phase join
        Run warm once=boot -- sh -c "sleep 0.02; touch {goal}/a/warm"
        Run last -- sh -c "sleep 0.02; touch {goal}/b/last"
    """)
    began = time.monotonic()
    assert plan.run()[0] == 0
    usual = time.monotonic() - began
    wanted = tree(goal)
    chance = random.Random(counts.seed())
    for _ in range(KILLS):
        subprocess.run(["rm", "-rf", goal, tmp_path / "state"], check=True)
        process = subprocess.Popen([command_path(), *plan.words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.random() * usual)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        code, results = plan.run()
        assert code == 0, results
        assert tree(goal) == wanted
    counts.note(f"{KILLS} kills of bootstrap")


def test_a_step_dies_with_the_bootstrap(make_plan: Callable[[str], Plan], tmp_path: Path) -> None:
    plan = make_plan(f'Phase all\nRun long -- sh -c "echo $$ > {tmp_path}/pid; exec sleep 60"\n')
    process = subprocess.Popen([command_path(), *plan.words])
    pid = int(wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip(), "the step"))
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or "sleep" not in Path(f"/proc/{pid}/cmdline").read_text(),
               "the step to end with it", 30)


# --- health and takeover ------------------------------------------------------------------------

@pytest.fixture(scope="module")
def shop(workspace: Workspace) -> AudioShop:
    made = AudioShop(workspace, "shop-bootstrap", FileOrigin(workspace, "bootstrap-origin"), SqliteDb(workspace),
                     extra='<Location "/healthz">\nSetHandler audiodl-health\nRequire all granted\n</Location>')
    made.list_chunk("some/01.mp3")
    return made


@pytest.fixture
def health(shop: AudioShop) -> str:
    return f"{shop.address}/healthz"


@pytest.fixture
def running(shop: AudioShop) -> Iterator[AudioShop]:
    shop.start()
    yield shop
    audiodl("drain", "--undo", "--dir", shop.cache)
    shop.stop()


def test_health_says_what_a_balancer_sees(running: AudioShop, health: str, tmp_path: Path) -> None:
    done = audiodl("health", "--health", health, "--wait", "60s")
    assert done.returncode == 0 and done.stdout.startswith("ready: database ok, "), done
    assert json.loads(audiodl("health", "--health", health, "--json").stdout)["status"] == "ready"
    audiodl("drain", "--no-wait", "--dir", running.cache)
    done = audiodl("health", "--health", health, "--wait", "2s")
    assert done.returncode == 1 and "draining yes" in done.stdout
    config = tmp_path / "audiodl.conf"
    config.write_text(f"AudioHealth {health}\n")
    assert audiodl("health", "--config", config).returncode == 1
    named = audiodl("health", "--health", "http://www.example.test/healthz", "--connect",
                    f"127.0.0.1:{running.apache.port}")
    assert named.returncode == 1 and named.stdout.startswith("draining")
    no_health = audiodl("health", "--health", f"{running.address}/server-status")
    assert no_health.returncode == 3 and "no SetHandler audiodl-health" in no_health.stderr
    nobody = audiodl("health", "--health", f"http://127.0.0.1:{free_port()}/healthz")
    assert nobody.returncode == 3
    assert audiodl("health", "--health", "gopher://x/").returncode == 3
    assert audiodl("health", "--health", health, "--wait", "soon").returncode == 2


def hook(directory: Path, script: str) -> Path:
    path = directory / "hook"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_address_moves_only_to_a_server_that_is_ready(running: AudioShop, health: str, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    program = hook(tmp_path, f'echo "$AUDIODL_HEALTH $*" >> {moved}')
    words = ["takeover", "--health", health, "--hook", str(program), "--times", "2", "--json"]
    audiodl("drain", "--no-wait", "--dir", running.cache)
    done = audiodl(*words, "--wait", "3s")
    assert (done.returncode, json.loads(done.stdout)["result"]) == (1, "not taken over")
    assert not moved.exists()
    waiting = subprocess.Popen([command_path(), *words, "--", "eipalloc-1", "a b"], stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    assert waiting.poll() is None and not moved.exists()
    audiodl("drain", "--undo", "--dir", running.cache)
    assert waiting.wait(60) == 0
    assert moved.read_text() == f"{health} eipalloc-1 a b\n"
    done = audiodl(*words, "-n")
    assert json.loads(done.stdout)["result"] == "would be taken over"
    assert moved.read_text().count("\n") == 1


def test_a_hook_that_fails_is_told(running: AudioShop, health: str, tmp_path: Path) -> None:
    words = ["takeover", "--health", health, "--times", "1", "--wait", "60s"]
    done = audiodl(*words, "--hook", hook(tmp_path, "echo UnauthorizedOperation >&2; exit 254"))
    assert done.returncode == 3 and "failed: UnauthorizedOperation" in done.stderr
    done = audiodl(*words, "--timeout", "500ms", "--hook", hook(tmp_path, "sleep 60"))
    assert done.returncode == 3 and "too long" in done.stderr
    assert audiodl(*words, "--hook", tmp_path / "none").returncode == 3
    assert audiodl(*words).returncode == 2


AWS = """\
#!/bin/sh
echo "$AWS_REGION $*" >> {dir}/calls
case "$*" in
  *describe-addresses*) cat {dir}/holder ;;
  *associate-address*) shift; while [ "$1" != --instance-id ]; do shift; done; echo "$2" > {dir}/holder ;;
esac
"""
CURL = """\
#!/bin/sh
case "$*" in
  *api/token*) echo TOKEN ;;
  *"token: TOKEN"*instance-id) echo i-metadata ;;
  *"token: TOKEN"*placement/region) echo eu-west-1 ;;
  *) exit 22 ;;
esac
"""


def test_the_hook_for_amazon_moves_an_address_once(running: AudioShop, health: str, tmp_path: Path) -> None:
    """The AWS command line and the metadata service are stand-ins: what is sent to them is looked at."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (("aws", AWS), ("curl", CURL)):
        (tools / name).write_text(text.format(dir=tmp_path) if name == "aws" else text)
        (tools / name).chmod(0o755)
    (tmp_path / "holder").write_text("i-dead\n")
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "AWS_REGION": ""}
    words = ["takeover", "--health", health, "--times", "1", "--wait", "60s", "--hook",
             str(CONF / "hooks" / "aws-elastic-ip"), "--", "eipalloc-1"]
    for calls in (3, 4):  # a second time it only asks
        done = audiodl(*words, env=env)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "holder").read_text() == "i-metadata\n"
        assert len((tmp_path / "calls").read_text().splitlines()) == calls
    assert ("eu-west-1 ec2 associate-address --allocation-id eipalloc-1 --instance-id i-metadata "
            "--allow-reassociation") in (tmp_path / "calls").read_text()


def minutes(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(h|min|m)", text).groups()  # type: ignore[union-attr]
    return int(number) * (60 if unit == "h" else 1)


def test_systemd_lets_a_server_leave() -> None:
    """The steps may take what they are given, one after the other, and drain ends before its step is ended."""
    leave = (CONF / "bootstrap.conf").read_text().partition("\nPhase leave\n")[2]
    steps = re.findall(r"(?m)^#?Run \w+ optional timeout=(\S+) -- audiodl drain .*--timeout (\S+)", leave)
    assert len(steps) == leave.count("Run ") == 2
    assert all(minutes(waits) < minutes(step) for step, waits in steps)
    unit = (CONF / "systemd" / "audiodl-join.service").read_text()
    stop = re.search(r"(?m)^TimeoutStopSec=(\S+)$", unit)
    assert stop and sum(minutes(step) for step, _ in steps) < minutes(stop.group(1))


# --- the plan that is shipped -------------------------------------------------------------------

MEDIA = ("samples", "podcasts", "images")


class Units:
    """What the units of a web server need: folders to be made, and a master who has pushed a listing."""

    def __init__(self, workspace: Workspace, name: str):
        self._folder = workspace.directory(f"{name}-units")
        self.media, self.home = self._folder / "media", self._folder / "home"
        self._tool = shutil.copy(command_path(), self._folder / "audiodl")  # where that user may go
        self._origin = ["--origin", f"file://{workspace.directory(f'{name}-units/bucket')}"]
        self._master = workspace.directory(f"{name}-units/master")
        assert audiodl("listing", "new-key", self._folder / "listing.key").returncode == 0
        self.publish("b/01.mp3")

    def publish(self, chunk: str) -> None:
        (self._master / chunk).parent.mkdir()
        (self._master / chunk).touch()
        done = audiodl("listing", "push", *self._origin, "--listing", self._master, "--key",
                       self._folder / "listing.key")
        assert done.returncode == 0, done.stderr

    def pull(self, listing: Path) -> list[str | Path]:
        return [self._tool, "listing", "pull", *self._origin, "--listing", listing, "--keys",
                self._folder / "listing.pub"]


@pytest.mark.skipif(not AS_ROOT, reason="gives directories to other users")
def test_the_shipped_plan_brings_a_new_server_up_and_down(workspace: Workspace, tmp_path: Path) -> None:
    """conf/bootstrap.conf with this machine's paths: from nothing to a server that customers find, and away again."""
    name = f"shop-plan-{next(_numbers)}"
    group = grp.getgrgid(SERVER_GID).gr_name
    units = Units(workspace, name)
    shop = AudioShop(workspace, name, FileOrigin(workspace, f"{name}-origin"), SqliteDb(workspace),
                     extra='<Location "/healthz">\nSetHandler audiodl-health\nRequire all granted\n</Location>')
    bind = Bind(workspace, f"bind-{name}")
    shop.cache.rmdir()
    shop.listing.rmdir()
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
    (tmp_path / "audiodl.conf").write_text(
        f"AudioHostsObject file://{tmp_path}/object\nAudioHostsNames dbserver\nAudioHealth {shop.address}/healthz\n"
        f"AudioDnsServer {bind.server}\nAudioDnsKey {bind.key}\nAudioDnsName www.{ZONE}\nAudioDnsTtl {TTL}s\n")
    config = f"--config {tmp_path}/audiodl.conf"
    assert audiodl("hosts", "put", "--config", tmp_path / "audiodl.conf", "--address", "10.0.0.5").returncode == 0
    apachectl = hook(tmp_path, 'test "$1" = -t && exit 0')
    text = (CONF / "bootstrap.conf").read_text()
    for old, new in {
            "/var/cache/audiodl/www": str(shop.cache), "/var/www/listing": str(shop.listing),
            "/var/www/media": str(units.media), "/var/lib/audiodl": str(units.home),
            "www-data:www-data": f"{SERVER_USER}:{group}", "audiodl:audiodl": f"{SERVER_USER}:{group}",
            "-- audiodl hosts apply": f"-- audiodl hosts apply {config} --file {tmp_path}/hosts",
            "-- audiodl listing pull": "-- " + " ".join(map(str, units.pull(shop.listing))),
            "-- apachectl -t": f"-- {apachectl} -t",
            "audiodl drain --undo": f"audiodl drain --undo --dir {shop.cache}",
            "audiodl health": f"audiodl health {config}",
            "#Run dns": "Run dns", "audiodl dns add 192": f"audiodl dns add {config} 192",
            "audiodl drain --timeout": f"audiodl drain {config} --dir {shop.cache} --timeout",
            "-- audiodl ": f"-- {command_path()} "}.items():
        assert old in text, old
        text = text.replace(old, new)
    plan = Plan(tmp_path, text)
    try:
        folders = [shop.cache, shop.listing, units.media, *(units.media / one for one in MEDIA), units.home,
                   units.home / "copy"]
        assert plan.run("prepare") == (0, {**{str(folder): "done" for folder in folders}, "hosts": "done",
                                           "listing": "done", "config": "done"})
        # Root pulled; the unit that pulls from now on is another's, and so are all folders that it needs.
        for path in (*folders[1:], *shop.listing.rglob("*")):
            assert (path.stat().st_uid, path.stat().st_gid) == (SERVER_UID, SERVER_GID), path
        assert (shop.listing / "b/01.mp3").exists()
        units.publish("c/01.mp3")
        subprocess.run(units.pull(shop.listing), check=True, timeout=60, user=SERVER_UID, group=SERVER_GID,
                       extra_groups=[])
        assert (shop.listing / "c/01.mp3").exists()
        assert "10.0.0.5\tdbserver" in (tmp_path / "hosts").read_text()
        shop.start()
        assert plan.run("join") == (0, {"undrain": "done", "ready": "done", "dns": "done"})
        assert sorted(bind.dig("A", f"www.{ZONE}")) == ["192.0.2.1", "192.0.2.7"]
        assert fetch(shop.address, "/healthz").status == 200
        code, results = plan.run()  # from cron, on a server that is up
        assert code == 0 and set(results.values()) <= {"done", "skipped"}
        assert bind.ttl("A", f"www.{ZONE}") == TTL
        began = time.monotonic()
        assert plan.run("leave") == (0, {"dns": "done", "drain": "done"})
        # Whoever had asked for the address just before may have come until then.
        assert time.monotonic() - began >= TTL
        assert bind.dig("A", f"www.{ZONE}") == ["192.0.2.1"]
        assert fetch(shop.address, "/healthz").status == 503
    finally:
        shop.stop()
        bind.stop()
