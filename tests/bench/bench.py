# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""bench.py [SCENARIO …] [--rounds N] [--quick] [--json]: measures the module beside its peers on this machine.

Scenarios: hit tls miss seek herd slow auth, or all (the default). README.md says what each one is and how
to read the table. Exits with 1 if a body was wrong, a request failed or a scenario could not be run; that
an aim is missed is a result.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import network  # noqa: E402
from drivers import DriverError, Drivers  # noqa: E402
from measuring import Series  # noqa: E402
from report import Row, as_json, heading, line_of  # noqa: E402
from scenarios import FULL, QUICK, SCENARIOS, Plan  # noqa: E402
from servers.audioshop import module_path  # noqa: E402
from servers.waiting import TooLate  # noqa: E402
from servers.workspace import Workspace  # noqa: E402
from stage import Stage  # noqa: E402

# Slow clients, both ends of them, and what else is open.
_DESCRIPTORS = 8192


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=" ".join([*SCENARIOS, "all"]))
    parser.add_argument("--rounds", type=int, help="of each lane in every scenario (default: 5; slow: 1)")
    parser.add_argument("--quick", action="store_true", help="under a minute: shows that the bench works, no more")
    parser.add_argument("--json", action="store_true", help="after the table, everything as JSON")
    parser.add_argument("--drivers", type=Path, default=TESTS.parent / "build" / "bench", help="where make put them")
    arguments = parser.parse_args()
    if unknown := set(arguments.scenarios) - {*SCENARIOS, "all"}:
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return arguments


def plan_of(arguments: argparse.Namespace) -> Plan:
    plan = QUICK if arguments.quick else FULL
    return replace(plan, rounds=arguments.rounds, slow_rounds=arguments.rounds) if arguments.rounds else plan


def allow_descriptors() -> None:
    """For us and all servers and drivers, who inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, _DESCRIPTORS)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        if os.geteuid() != 0:
            wanted = hard
        hard = wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(stage: Stage, names: list[str], plan: Plan) -> tuple[list[Row], dict[str, Series]]:
    """Prints each scenario's rows when it is done. One that cannot be run costs its own rows only."""
    rows: list[Row] = []
    series: dict[str, Series] = {}
    print(heading(), flush=True)
    for name in names:
        try:
            result = SCENARIOS[name](stage, plan)
        except (DriverError, TooLate, RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            stage.fail(f"{name} could not be run: {error}")
            continue
        print("\n".join(line_of(row) for row in result.rows), flush=True)
        rows += result.rows
        series |= result.series
    return rows, series


def facts(stage: Stage, plan: Plan, seconds: float) -> dict[str, object]:
    return {"machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}",
            "rounds": plan.rounds, "slow_rounds": plan.slow_rounds, "seconds": round(seconds),
            "other_load_cores": {"median": statistics.median(stage.others or [0]), "most": max(stage.others or [0])},
            "notes": stage.notes}


def main() -> int:
    arguments = parse_arguments()
    names = arguments.scenarios if arguments.scenarios and "all" not in arguments.scenarios else list(SCENARIOS)
    missing = [str(path) for path in (module_path(), arguments.drivers / "load") if not path.exists()]
    if missing:
        print(f"not built: {', '.join(missing)}; run: make bench", file=sys.stderr)
        return 1
    allow_descriptors()
    network.isolate()
    plan = plan_of(arguments)
    began = time.monotonic()
    with Workspace() as workspace:
        stage = Stage(workspace, Drivers(arguments.drivers))
        if network.paces_loopback():
            stage.note("TCP is bbr, which paces loopback: run as root, or all figures of throughput are too low")
        rows, series = run(stage, names, plan)
        told = facts(stage, plan, time.monotonic() - began)
    print(f"\n{told['machine']}; medians of {plan.rounds} rounds (slow: {plan.slow_rounds}); other processes kept "
          f"{statistics.median(stage.others or [0]):.1f} cores busy (at most {max(stage.others or [0]):.1f}); "
          f"{told['seconds']} s")
    for note in ["--quick shows that the bench works; its figures mean nothing"] * arguments.quick + stage.notes:
        print(f"! {note}")
    if arguments.json:
        print(as_json(rows, series, told))
    return 1 if stage.failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
