# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""run_check.py [unit] [fault] [server] [-- PYTEST ARGUMENTS]: runs the tests and adds up what they say.

Without a name every part is run. The last line is "N passed, N failed" (and ", N skipped" where some
were); the exit code is 0 only if something was run and nothing failed. A part that cannot be run, or
does not come to its end, counts as one failure.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).resolve().parent
BUILD = TESTS.parent / "build"
CATCH_SECONDS, SERVER_SECONDS = 600, 1800
MOST_ALONE, ALONE_SECONDS = 5, 240


class Count(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def added(counts: Iterable[Count]) -> Count:
    return Count(*(sum(column) for column in zip(*counts, strict=True)))


def broken(why: str) -> Count:
    print(f"DID NOT RUN: {why}")
    return Count(failed=1)


def read_catch(report: Path) -> Count:
    """Counts the test cases of Catch2's XML, which versions 2 and 3 write alike in this."""
    results = [case.find("OverallResult") for case in ElementTree.parse(report).iter("TestCase")]
    skipped = sum(1 for result in results if result is not None and int(result.get("skips", "0")))
    passed = sum(1 for result in results if result is not None and result.get("success") == "true")
    return Count(passed - skipped, len(results) - passed, skipped)


def tell_failures(report: Path) -> None:
    """What Catch2's XML says of the test cases that failed."""
    for case in ElementTree.parse(report).iter("TestCase"):
        result = case.find("OverallResult")
        if result is None or result.get("success") == "true":
            continue
        print(f"FAILED {case.get('name')}  {case.get('filename')}:{case.get('line')}")
        for part in case.iter():
            is_failed = part.tag == "Expression" and part.get("success") == "false"
            if is_failed or part.tag in ("Exception", "FatalErrorCondition", "Failure"):
                text = " ".join(" ".join(part.itertext()).split())
                print(f"  {part.get('filename')}:{part.get('line')}: {text}")


def run_catch(program: Path, report: Path) -> Count:
    """A Catch2 binary; a test case without an assertion fails."""
    if not program.exists():
        return broken(f"{program} is not built")
    command = [str(program), "-w", "NoAssertions"]
    done = subprocess.run([*command, "-r", "xml", "-o", str(report)], check=False, timeout=CATCH_SECONDS)
    try:
        count = read_catch(report)
    except (OSError, ElementTree.ParseError) as error:
        return broken(f"{program.name} ended with {done.returncode}, its report is not whole: {error}")
    if done.returncode == 0 and count.failed == 0:
        return count if count.passed else broken(f"{program.name} holds no test")
    tell_failures(report)
    return count if count.failed else broken(f"{program.name} ended with {done.returncode}")


def run_unit(report: Path, _: list[str]) -> Count:
    return run_catch(BUILD / "unit-tests", report)


def run_fault(report: Path, _: list[str]) -> Count:
    """Kills, power cuts and disk faults, in short; tests/prove runs them at length."""
    return run_catch(BUILD / "fault-tests", report)


class Worker:
    """One pytest among several that share the files of tests/server; what it says goes to the terminal, by line."""

    def __init__(self, number: int, of: int, report: Path, claims: Path, arguments: list[str]):
        self.number = number
        self._report = report.with_name(f"{report.stem}-{number}.xml")
        command = [sys.executable, "-u", "-m", "pytest", "-p", "sharing", "-o", "console_output_style=classic", "-rs",
                   "--tb=short", f"--junitxml={self._report}", *(arguments or ["."])]
        self._process = subprocess.Popen(command, cwd=TESTS / "server", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, errors="replace",
                                         env={**os.environ, "AUDIODL_SHARE": str(claims), "AUDIODL_SHARER": f"{number}/{of}"})
        self._printer = threading.Thread(target=self._print)
        self._printer.start()

    def _print(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            print(f"[{self.number}] {line}", end="", flush=True)

    def count(self, deadline: float) -> Count:
        """Waits for its end."""
        try:
            ended = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return broken(f"pytest {self.number} is not finished after {SERVER_SECONDS} s")
        self._printer.join()
        return read_pytest(self._report) if ended in (0, 1) else broken(f"pytest {self.number} ended with {ended}")

    def stop(self) -> None:
        """Lets go of one that still runs; its servers go with it, for their janitor sees it die."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._printer.join()


def read_pytest(report: Path) -> Count:
    total, failed, skipped = 0, 0, 0
    for suite in ElementTree.parse(report).iter("testsuite"):
        total += int(suite.get("tests", "0"))
        failed += int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
        skipped += int(suite.get("skipped", "0"))
    return Count(max(0, total - failed - skipped), failed, skipped)


def failures_in(report: Path) -> list[str]:
    """The failed tests, as pytest's command line names them."""
    cases = ElementTree.parse(report).iter("testcase")
    return [f"{case.get('classname', '').split('.')[0]}.py::{case.get('name')}" for case in cases
            if case.find("failure") is not None or case.find("error") is not None]


def try_alone(count: Count, report: Path) -> Count:
    """What failed beside other tests runs again alone, which tells a fault from a machine that was too busy. It is
    told which those were: each of them is a test, or a time-out, to be made better."""
    failed = [name for shared in sorted(report.parent.glob(f"{report.stem}-*.xml")) for name in failures_in(shared)]
    if not 0 < count.failed == len(failed) <= MOST_ALONE:
        return count
    print(f"alone: {' '.join(failed)}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--junitxml={report}", *failed]
    done = subprocess.run(command, cwd=TESTS / "server", stdin=subprocess.DEVNULL, check=False, timeout=ALONE_SECONDS)
    again = read_pytest(report) if done.returncode in (0, 1) else Count(failed=len(failed))
    print(f"{again.passed} of {len(failed)} failed only beside other tests", flush=True)
    return Count(count.passed + again.passed, len(failed) - again.passed, count.skipped)


def run_server(report: Path, arguments: list[str]) -> Count:
    """pytest over tests/server, more than once at a time: a test waits more than it works."""
    deadline = time.monotonic() + SERVER_SECONDS
    claims = report.parent / "claims"
    claims.mkdir()
    workers: list[Worker] = []
    try:
        of = max(2, os.cpu_count() or 1)
        for number in range(1, of + 1):
            workers.append(Worker(number, of, report, claims, arguments))
        count = added(worker.count(deadline) for worker in workers)
    finally:
        for worker in workers:
            worker.stop()
    return try_alone(count, report)


PARTS: dict[str, Callable[[Path, list[str]], Count]] = {"unit": run_unit, "fault": run_fault, "server": run_server}


def run_part(name: str, arguments: list[str]) -> Count:
    print(f"== {name}", flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="audiodl-report-") as directory:
        try:
            count = PARTS[name](Path(directory) / "report.xml", arguments)
        except subprocess.TimeoutExpired as late:
            count = broken(f"not finished after {late.timeout} s")
    print(f"{name}: {count} in {time.monotonic() - start:.1f} s\n", flush=True)
    return count


def main() -> int:
    words = sys.argv[1:]
    names, arguments = words, []
    if "--" in words:
        names, arguments = words[:words.index("--")], words[words.index("--") + 1:]
    if unknown := set(names) - PARTS.keys():
        print(f"no such part: {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    start = time.monotonic()
    counts = [run_part(name, arguments) for name in names or PARTS]
    total = added(counts)
    print(f"total time: {time.monotonic() - start:.1f} s")
    print(total)
    return 0 if total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
