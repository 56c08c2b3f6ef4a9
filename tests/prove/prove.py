# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""prove.py [--seed SEED] [PART...]: the random tests in their full counts, part by part.

A PART is a part's name (model-3) or what stands before its dash (model: all of them); without any every
part is run whose program is built. Each takes less than ten minutes on a small machine. Every part leaves a
line in tests/PROOF.md: date, part, what was done, seed, result. The exit code is 0 if all held.

    make prove
    make prove PART=herd SEED=7
    make prove PART="model-3 kills"
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
BUILD = TESTS.parent / "build"
FAULT_TESTS = BUILD / "fault-tests"
UNIT_TESTS = BUILD / "unit-tests"
PROOF = TESTS / "PROOF.md"
PART_SECONDS = 900  # a part that takes longer hangs

HEADING = """\
# What was proven, and when

Written by `make prove`: one line for each part that was run. `make prove PART=… SEED=…` runs one again.

| date (UTC) | part | done | seed | result |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Part:
    """One program's run. `{seed}` in a word of the command is replaced."""

    name: str
    command: list[str]
    where: Path
    counts: dict[str, str] = field(default_factory=dict)
    needs: Path | None = None  # not run where that was not built


def server_test(name: str, file: str, **numbers: int | str) -> Part:
    """A test of tests/server with its counts: HERD_ROUNDS=25 sets AUDIODL_HERD_ROUNDS."""
    counts = {f"AUDIODL_{key}": str(value) for key, value in numbers.items()}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", file]
    return Part(name, command, TESTS / "server", counts, BUILD / "mod_audiodl.so")


def fault_test(name: str, cases: str, **numbers: int) -> Part:
    """Some test cases of the fault tests, chosen by Catch2's pattern, with their counts."""
    return catch_test(FAULT_TESTS, name, cases, **numbers)


def unit_test(name: str, cases: str, **numbers: int) -> Part:
    """The same of the unit tests."""
    return catch_test(UNIT_TESTS, name, cases, **numbers)


def catch_test(program: Path, name: str, cases: str, **numbers: int) -> Part:
    counts = {f"AUDIODL_{key}": str(value) for key, value in numbers.items()}
    return Part(name, [str(program), cases, "-w", "NoAssertions"], TESTS.parent, counts, program)


KILL_PARTS, KILLS = 5, 2000
def fuzz_target(target: str) -> list[Part]:
    """20 million executions of a target of tests/fuzz, in parts of less than ten minutes."""
    parts = FUZZ_PARTS.get(target, 4)
    runs = str(20_000_000 // parts)
    command = [sys.executable, str(TESTS / "fuzz" / "prove_fuzz.py"), target, runs]
    return [Part(f"fuzz-{target}-{n}", command, TESTS.parent) for n in range(1, parts + 1)]


MODEL_PARTS, MODEL_HISTORIES = 5, 2000
FUZZ_PARTS = {"session_cookie": 2}  # 4 for all others

PARTS = [
    *(fault_test(f"engine-kills-{n}", "Kills:*", KILLS=KILLS) for n in range(1, KILL_PARTS + 1)),
    fault_test("power-cuts", "*ower cut*", POWER_CUTS=150),
    fault_test("disk-faults", "Disk faults:*"),
    *(server_test(f"herd-{n}", "test_herd.py", HERD_ROUNDS=25) for n in range(1, 5)),
    *(server_test(f"kills-{n}", "test_live_kills.py", KILLS=100) for n in range(1, 3)),
    *(server_test(f"model-{n + 1}", "test_model.py",
                  HISTORIES=f"{n * MODEL_HISTORIES}-{(n + 1) * MODEL_HISTORIES - 1}") for n in range(MODEL_PARTS)),
    server_test("origin", "test_origin_faults.py"),
    server_test("publish", "test_publish_kills.py", PUBLISH_KILLS=200),
    server_test("split", "test_split.py", SPLIT_KILLS=200),
    server_test("listing", "test_listing.py", LISTING_KEYS=100_000, LISTING_KILLS=200),
    server_test("fsck", "test_fsck.py", FSCK_OBJECTS=20_000),
    *(server_test(f"unison-{n}", "test_replication.py", UNISON_HISTORIES=150) for n in range(1, 3)),
    server_test("ingest", "test_ingest.py", INGEST_KILLS=200),
    *(server_test(f"races-{n}", "test_sweep_races.py", RACE_SECONDS=240) for n in range(1, 3)),
    *(server_test(f"sessions-{form.replace(' ', '_')}", "test_php_sessions.py", SESSIONS=105_000, SESSION_FORMAT=form)
      for form in ("php", "php_binary", "php_serialize", "json", "base64 php_serialize", "url php")),
    *(part for target in sorted((TESTS / "fuzz").glob("*_fuzz.cc")) for part in fuzz_target(target.stem[:-5])),
    server_test("matrix", "test_matrix.py", MATRIX_GROUPS=1600),
    server_test("zip", "test_zip.py", ZIP_RANGES=1500),
    server_test("database", "test_database.py", RESTARTS=20, OUTAGE_SECONDS=15, CONNECTION_KILLS=25),
    server_test("stores", "test_session_stores.py"),
    server_test("hosts", "test_hosts.py", HOSTS_KILLS=150),
    server_test("dns", "test_dns.py", DNS_ROUNDS=50),
    server_test("bootstrap", "test_bootstrap.py", BOOTSTRAP_KILLS=100),
    unit_test("ranges", "EvaluateRange: random*", RANGES=1_000_000),
    server_test("protocol", "test_protocol.py", HTTP_RANGES=10_000),
    server_test("heads", "test_chunk_headers.py", HEADS=10_000),
    server_test("fairness", "test_fairness.py", RATE_SECONDS=10, SIP_SECONDS=75),
    server_test("graceful", "test_graceful.py", GRACEFULS=100, LISTENERS=200, GRACEFUL_MS=2500),
]


def chosen(names: list[str]) -> list[Part]:
    """Those named; SystemExit for a name that there is not."""
    for name in names:
        if not any(is_named(part, name) for part in PARTS):
            sys.exit(f"no such part: {name}; there are: {', '.join(part.name for part in PARTS)}")
    return [part for part in PARTS if not names or any(is_named(part, name) for name in names)]


def is_named(part: Part, name: str) -> bool:
    return part.name == name or part.name.rpartition("-")[0] == name


def run(part: Part, seed: str, notes: Path) -> str:
    """How it ended: "held", or what did not."""
    # herd-1 and herd-2 must not do the same.
    own_seed = f"{seed}-{part.name}"
    environment = {**os.environ, **part.counts, "AUDIODL_SEED": own_seed, "AUDIODL_PROOF_NOTES": str(notes)}
    command = [word.replace("{seed}", seed) for word in part.command]
    try:
        done = subprocess.run(command, cwd=part.where, env=environment, check=False, timeout=PART_SECONDS)
    except subprocess.TimeoutExpired:
        return f"NOT FINISHED after {PART_SECONDS} s"
    return "held" if done.returncode == 0 else f"FAILED ({done.returncode})"


def prove(part: Part, seed: str) -> bool:
    """Runs it and writes its line."""
    settings = " ".join(f"{name}={value}" for name, value in part.counts.items())
    print(f"== {part.name}: seed {seed} {settings}", flush=True)
    began = time.monotonic()
    BUILD.mkdir(exist_ok=True)
    # Not in /tmp, where tests tidy up.
    with tempfile.TemporaryDirectory(prefix="proof-", dir=BUILD) as directory:
        notes = Path(directory) / "notes"
        result = run(part, seed, notes)
        done = "; ".join(notes.read_text(encoding="utf-8").split("\n")).strip("; ") if notes.exists() else ""
    took = f"{time.monotonic() - began:.0f} s"
    print(f"== {part.name}: {result} in {took}: {done or settings}\n", flush=True)
    write_line(f"| {datetime.now(timezone.utc):%Y-%m-%d %H:%M} | {part.name} | {done or settings} | {seed} "
               f"| {result} in {took} |\n")
    return result == "held"


def write_line(line: str) -> None:
    begun = PROOF.exists()
    with open(PROOF, "a", encoding="utf-8") as proof:
        proof.write(line if begun else HEADING + line)


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the random tests in their full counts.")
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--seed", default="", help="any text; without it a new one is chosen")
    arguments = parser.parse_args()
    seed = arguments.seed or str(random.SystemRandom().randrange(1_000_000))
    held = []
    for part in chosen(arguments.parts):
        if part.needs is not None and not part.needs.exists():
            print(f"== {part.name}: not run, {part.needs} is not built\n")
            held.append(False)
            continue
        held.append(prove(part, seed))
    print(f"{held.count(True)} parts held, {held.count(False)} did not; seed {seed}")
    return 0 if held and all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
