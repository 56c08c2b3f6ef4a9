# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The listing under real unison, with the profiles of conf/unison: one master, three web servers, any order.

However often, in whichever order and from whichever side they are run, with clocks gone wrong, archives lost or old,
trees damaged and runs killed: what is published does not disappear, and what was withdrawn does not return.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prove.counts import count, note, seed
from servers.command import command_path
from servers.killing import Killer
from servers.ports import accepts, free_port
from servers.workspace import Daemon, Workspace
from stock import Done, MasterTree, audiodl, chunks, good, manifests

HISTORIES = count("AUDIODL_UNISON_HISTORIES", 15)
CONF = Path(__file__).resolve().parents[2] / "conf" / "unison"
REPLICATE = str(CONF / "audiodl-replicate")
BOOKS = [f"shelf/book {n}" for n in range(6)] + ["ümläut+"]

pytestmark = pytest.mark.skipif(shutil.which("unison") is None, reason="unison is not installed")


# Stands in for ssh: unison gives it a host and a command, and it runs the command as that host would.
SSH = """#!/bin/sh
host= user= batch=
while [ "$1" != unison ]; do
    case $1 in www?) host=$1 ;; audiodl) user=$1 ;; BatchMode=yes) batch=$1 ;; esac
    shift
done
[ "$user" ] && [ "$batch" ] || { echo "ssh was not called as the profile says" >&2; exit 255; }
UNISON={folder}-$host/memory exec "$@"
"""


class Machine:
    """A host: what unison remembers there, and a server of its own, for when it is reached over a socket."""

    def __init__(self, workspace: Workspace, name: str):
        self.name = name
        self._workspace = workspace
        self.folder = workspace.directory(f"unison-{name}")
        self.memory = workspace.directory(f"unison-{name}/memory")
        self.port = free_port()
        shutil.copy(CONF / "audiodl-listing", self.memory)
        self.ssh = self.folder / "ssh"
        self.ssh.write_text(SSH.replace("{folder}", str(workspace.path / "unison")))
        self.ssh.chmod(0o755)
        self.daemon: Daemon | None = None

    def serve(self) -> None:
        """Starts its server on a socket, anew: a client that was killed may leave one that answers nobody."""
        if self.daemon is not None:
            self.daemon.stop(by=signal.SIGKILL)
        self.daemon = self._workspace.spawn(f"unison-{self.name}", [
            "unison", "-socket", str(self.port), "-listen", "127.0.0.1"], env=self.environment)
        self._workspace.wait_ready(self.daemon, lambda: accepts(self.port))

    @property
    def environment(self) -> dict[str, str]:
        return {"UNISON": str(self.memory), "HOME": str(self.folder)}

    def address(self, path: Path) -> str:
        return f"socket://127.0.0.1:{self.port}/{path}"

    def profile(self, name: str, changes: dict[str, str]) -> str:
        """The shipped profile with this test's addresses; its name."""
        text = (CONF / f"{name}.prf").read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        text += f"\nsshcmd = {self.ssh}\n"
        own = f"{name}-{abs(hash(tuple(changes.values())))}"
        (self.memory / f"{own}.prf").write_text(text)
        return own

    def archives(self) -> list[Path]:
        return [path for path in self.memory.iterdir() if path.name.startswith(("ar", "fp"))]


@pytest.fixture(scope="module")
def machines(workspace: Workspace) -> Iterator[list[Machine]]:
    """The master, then the web servers."""
    made = [Machine(workspace, name) for name in ("master", "www1", "www2", "www3")]
    made[0].serve()
    yield made
    assert made[0].daemon is not None
    made[0].daemon.stop()


class WebServer:
    """One server's copy and listing in one history."""

    def __init__(self, machine: Machine, master: Machine, tree: Path, number: int):
        self.machine = machine
        self._master = master
        self.copy = machine.folder / f"copy{number}"
        self.listing = machine.folder / f"listing{number}"
        self.copy.mkdir()
        self.listing.mkdir()
        remote = master.address(tree)
        self._web = machine.profile("audiodl-web", {"/var/lib/audiodl/copy": str(self.copy),
                                                    "ssh://audiodl@master//var/www/listing": remote})
        self._push = master.profile("audiodl-master", {"\nroot = /var/www/listing": f"\nroot = {tree}",
                                                       "force = /var/www/listing": f"force = {tree}"})

    def unison(self, by_master: bool) -> tuple[list[str], dict[str, str]]:
        if by_master:
            words = [REPLICATE, self._push, "-root", f"ssh://audiodl@{self.machine.name}/{self.copy}"]
            return words, {**os.environ, **self._master.environment}
        return [REPLICATE, self._web], {**os.environ, **self.machine.environment}

    def restart_master(self) -> None:
        self._master.serve()

    def apply_words(self) -> list[str | Path]:
        return [command_path(), "listing", "apply", self.copy, "--listing", self.listing]

    def apply(self) -> Done:
        return audiodl(*self.apply_words()[1:])


def run_unison(server: WebServer, by_master: bool, skew: str = "") -> subprocess.CompletedProcess[str]:
    words, environment = server.unison(by_master)
    if skew:
        words = ["faketime", "-f", skew, *words]
    for _ in range(3):
        process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
        try:
            output, errors = process.communicate(timeout=60)
            return subprocess.CompletedProcess(words, process.returncode, output, errors)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            server.restart_master()
    raise AssertionError(f"{words} hangs")


def everything(tree: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path.relative_to(tree)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in tree.rglob("*") if path.is_file()}


def assert_same(ours: dict[str, int], masters: dict[str, int]) -> None:
    """Unison takes times that are less than two seconds apart for the same."""
    missing, extra = sorted(masters.keys() - ours.keys()), sorted(ours.keys() - masters.keys())
    assert not missing and not extra, f"missing: {missing}, too many: {extra}"
    wrong = {chunk: (ours[chunk], masters[chunk]) for chunk in ours if abs(ours[chunk] - masters[chunk]) > 2e9}
    assert not wrong


class History:
    """One master and three web servers, and what befalls them."""

    def __init__(self, machines: list[Machine], number: int, chance: random.Random):
        self.chance = chance
        self.killer = Killer(chance)
        self.master = machines[0]
        tree = self.master.folder / f"tree{number}"
        tree.mkdir()
        self.tree = MasterTree(tree)
        for book in BOOKS:
            for part in range(4):
                self.tree.publish(f"{book}/{part:02}.mp3")
            self.tree.write_manifest(book, book)
        self.servers = [WebServer(machine, self.master, tree, number) for machine in machines[1:]]
        self.old_memories: list[tuple[Machine, dict[str, bytes]]] = []
        self.said: list[str] = []

    def say(self, what: str) -> None:
        self.said.append(what)

    def work(self) -> None:
        """Publishes, replaces, withdraws."""
        for _ in range(self.chance.randint(1, 4)):
            listed = sorted(chunks(self.tree.path))
            kind = self.chance.choice(["publish", "replace", "withdraw", "withdraw", "book", "manifest",
                                       "again"])
            chunk = self.chance.choice(listed) if listed else f"{BOOKS[0]}/00.mp3"
            self.say(f"{kind} {chunk}")
            if kind == "publish":
                self.tree.publish(f"{self.chance.choice(BOOKS)}/{self.chance.randint(0, 9):02}.mp3")
            elif kind == "replace":
                self.tree.publish(chunk)
            elif kind == "withdraw":
                self.tree.withdraw(chunk)
            elif kind == "again":  # withdrawn, and published at once as something of the same size
                self.tree.withdraw(chunk)
                self.tree.publish(chunk)
                self.tree.write_manifest(chunk.rpartition("/")[0], f"{self.chance.randint(0, 9999):04}")
            elif kind == "book":
                book = chunk.rpartition("/")[0]
                for part in listed:
                    if part.rpartition("/")[0] == book:
                        self.tree.withdraw(part)
            elif (self.tree.path / chunk).exists():
                self.tree.write_manifest(chunk.rpartition("/")[0], str(self.chance.random()))

    def trouble(self) -> None:
        """What befalls a server or unison's memory."""
        server = self.chance.choice(self.servers)
        machine = self.chance.choice([server.machine, self.master])
        kind = self.chance.choice(["lost", "planted", "dated", "emptied", "forgotten", "remember", "recall"])
        self.say(f"{kind} at {server.machine.name}")
        markers = sorted(chunks(server.copy))
        if kind == "lost":
            for chunk in self.chance.sample(markers, min(3, len(markers))):
                (server.copy / chunk).unlink()
        elif kind == "planted":  # somebody restored last week's tree
            for part in range(10):
                MasterTree(server.copy).publish(f"{self.chance.choice(BOOKS)}/{part:02}.mp3")
        elif kind == "dated":
            for chunk in self.chance.sample(markers, min(3, len(markers))):
                skew = self.chance.choice([-86400, 86400, 10_000])
                os.utime(server.copy / chunk, (time.time() + skew,) * 2)
        elif kind == "emptied":
            shutil.rmtree(server.copy)
            server.copy.mkdir()
        elif kind == "forgotten":
            for path in machine.archives():
                path.unlink()
        elif kind == "remember":
            self.old_memories.append((machine, {path.name: path.read_bytes() for path in machine.archives()}))
        elif self.old_memories:
            machine, memory = self.chance.choice(self.old_memories)
            for name, data in memory.items():
                (machine.memory / name).write_bytes(data)

    def sync(self, server: WebServer) -> None:
        """One run from either side, killed before or not, under some clock; then the copy is applied."""
        by_master = self.chance.random() < 0.4
        skew = self.chance.choice(["", "", "", "+2h", "-3d", "+400d"])
        self.say(f"sync {server.machine.name} by {'master' if by_master else 'itself'} {skew}")
        master_before = everything(self.tree.path)
        others = {other: chunks(other.listing) for other in self.servers if other is not server}
        before = chunks(server.listing)
        if self.chance.random() < 0.2:
            words, environment = server.unison(by_master)
            self.killer.kill("unison", words, env=environment)
            self.say(self.killer.last)
            assert chunks(server.listing) == before
        done = run_unison(server, by_master, skew)
        # A run that was killed leaves locks, which audiodl-replicate removes an hour later; or a part of it that
        # still runs, and has them.
        deadline = time.monotonic() + 60
        while "archives are locked" in done.stdout and time.monotonic() < deadline:
            for machine in (server.machine, self.master):
                for lock in machine.memory.glob("lk*"):
                    lock.unlink(missing_ok=True)
            done = run_unison(server, by_master, skew)
        self.say(f"unison: {done.stdout[-300:]}{done.stderr[-300:]}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert_same(chunks(server.copy), chunks(self.tree.path))
        if self.chance.random() < 0.2:
            self.killer.kill("apply", server.apply_words())
            self.check_between(server, before)
        good(server.apply())
        assert_same(chunks(server.listing), chunks(self.tree.path))
        assert manifests(server.listing) == manifests(self.tree.path)
        assert everything(self.tree.path) == master_before, "the master was changed"
        for other, had in others.items():
            assert chunks(other.listing) == had

    def lose_the_master(self) -> None:
        """Half of the master's disk, or all of it, is not there while a server comes that has some of it."""
        listed = sorted(chunks(self.tree.path))
        lost = set(listed[::2])
        able = [server for server in self.servers if len(lost & set(chunks(server.listing))) > 4]
        if not able:
            return
        server = self.chance.choice(able)
        kept = self.tree.path.with_name(self.tree.path.name + "-kept")
        shutil.copytree(self.tree.path, kept)
        whole = self.chance.random() < 0.5
        self.say(f"the master loses {'everything' if whole else 'half'}, {server.machine.name} comes")
        for path in list(self.tree.path.iterdir()) if whole else [self.tree.path / chunk for chunk in lost]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        before = chunks(server.listing)
        done = run_unison(server, False)
        if done.returncode == 0:
            applied = server.apply()
            assert applied.returncode == 1, applied.stdout + applied.stderr
        assert chunks(server.listing) == before
        shutil.rmtree(self.tree.path)
        shutil.copytree(kept, self.tree.path)  # with the times
        shutil.rmtree(kept)

    def check_between(self, server: WebServer, before: dict[str, int]) -> None:
        now, wanted = set(chunks(server.listing)), set(chunks(server.copy))
        assert set(before) & wanted <= now <= set(before) | wanted


def test_any_order_of_syncs_loses_nothing_and_brings_nothing_back(machines: list[Machine]) -> None:
    syncs = kills = 0
    for number in range(HISTORIES):
        history = History(machines, number, random.Random(f"{seed()} {number}"))
        try:
            for _ in range(history.chance.randint(2, 3)):
                history.work()
                if history.chance.random() < 0.7:
                    history.trouble()
                if history.chance.random() < 0.15:
                    history.lose_the_master()
                for server in history.chance.sample(history.servers, history.chance.randint(1, 2)):
                    history.sync(server)
                    syncs += 1
            for server in history.servers:
                history.sync(server)
        except AssertionError as wrong:
            raise AssertionError(f"history {number}: {'; '.join(history.said)}") from wrong
        kills += history.killer.killed
    note(f"{HISTORIES} histories with {syncs} runs of unison, {kills} kills")


def test_an_emptied_master_empties_no_copy(machines: list[Machine]) -> None:
    history = History(machines, 2_000_000, random.Random(seed()))
    server = history.servers[0]
    history.work()
    for by_master in (False, True):
        assert run_unison(server, by_master).returncode == 0
        good(server.apply())
        had = everything(server.copy)
        kept = history.tree.path.with_name("kept")
        shutil.copytree(history.tree.path, kept)
        for path in history.tree.path.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for _ in range(2):  # nor at its next turn
            done = run_unison(server, by_master)
            assert (done.returncode, "Aborting" in done.stdout) == (3, True), done.stdout + done.stderr
            assert everything(server.copy) == had
        shutil.copytree(kept, history.tree.path, dirs_exist_ok=True)
        shutil.rmtree(kept)
        history.work()
        history.sync(server)
        # A copy has nothing to lose.
        shutil.rmtree(server.copy)
        server.copy.mkdir()
        assert run_unison(server, by_master).returncode == 0
        assert_same(chunks(server.copy), chunks(history.tree.path))


@pytest.mark.parametrize("trouble", ["missing", "cut", "of another time", "nonsense"])
def test_archives_that_do_not_fit_hold_nothing_up(machines: list[Machine], trouble: str) -> None:
    history = History(machines, 2_000_001 + len(trouble), random.Random(seed()))
    server = history.servers[1]
    before = set(server.machine.archives())
    history.sync(server)
    archive, = [path for path in set(server.machine.archives()) - before if path.name.startswith("ar")]
    old = archive.read_bytes()
    history.work()
    history.sync(server)
    if trouble == "missing":
        archive.unlink()
    else:
        archive.write_bytes({"cut": old[:-20], "of another time": old, "nonsense": b"nonsense\n"}[trouble])
    words, environment = server.unison(by_master=False)
    plain = subprocess.run(["unison", *words[1:]], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, check=False, timeout=60)
    assert plain.returncode == 3, plain.stdout + plain.stderr  # or this tests nothing
    history.work()
    assert run_unison(server, by_master=False).returncode == 0
    assert_same(chunks(server.copy), chunks(history.tree.path))


def test_what_a_killed_run_remembers_is_not_trusted(machines: list[Machine]) -> None:
    history = History(machines, 4_000_000, random.Random(seed()))
    server = history.servers[0]
    assert run_unison(server, False).returncode == 0

    others = set(server.machine.memory.glob("audiodl-unfinished-*"))  # of histories that were not gone on with

    def unfinished() -> set[Path]:
        return set(server.machine.memory.glob("audiodl-unfinished-*")) - others

    assert unfinished() == set()
    history.tree.publish("shelf/new/00.mp3")
    words, environment = server.unison(False)
    killed = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=rename",
                             "-e", "inject=rename:signal=SIGKILL:when=1", *words], env=environment, check=False,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (killed.returncode, len(unfinished())) == (128 + signal.SIGKILL, 1), killed.stderr
    for lock in [*server.machine.memory.glob("lk*"), *history.master.memory.glob("lk*")]:
        lock.unlink()
    done = run_unison(server, False)
    assert (done.returncode, unfinished()) == (0, set()), done.stdout + done.stderr
    assert_same(chunks(server.copy), chunks(history.tree.path))


def test_two_at_once_do_no_harm(machines: list[Machine]) -> None:
    history = History(machines, 1_000_000, random.Random(seed()))
    for round_number in range(3):
        history.work()
        before = everything(history.tree.path)
        running = []
        for server in history.servers:
            for by_master in (False, True):
                words, environment = server.unison(by_master)
                running.append(subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL,
                                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        for process in running:
            process.wait(120)
        assert everything(history.tree.path) == before, round_number
    for server in history.servers:
        history.sync(server)
