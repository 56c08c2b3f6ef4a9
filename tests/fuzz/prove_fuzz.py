# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""prove_fuzz.py TARGET EXECUTIONS: one fuzz target from its seeds, so and so often; the exit code is 0 if all held.

AUDIODL_SEED decides what is tried: the same seed on the same tree does the same again. What was found on
the way goes to build/fuzz/TARGET, for run_fuzz.sh TARGET --minimise.
"""

import os
import re
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from prove import counts  # noqa: E402  (the path must be set before)

MAX_BYTES = 200  # longer inputs are the unit tests' affair: they only cost executions here


def fuzz(target: str, executions: int) -> int:
    """How many executions there were; SystemExit if one of them broke a promise."""
    fresh = ROOT / "build" / "fuzz" / f"{target}.proof"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    # libFuzzer takes a number that is not 0.
    seed = zlib.crc32(counts.seed().encode()) or 1
    done = subprocess.run(
        ["sh", ROOT / "tests/fuzz/run_fuzz.sh", target, f"-runs={executions}", f"-seed={seed}", f"-max_len={MAX_BYTES}",
         "-verbosity=0"],
        env={**os.environ, "FOUND": str(fresh)}, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    if done.returncode != 0 or executed is None:
        sys.exit(f"{done.stderr[-4000:]}\n{target}: ended with {done.returncode}; the input is in {fresh}")
    kept = ROOT / "build" / "fuzz" / target
    shutil.copytree(fresh, kept, dirs_exist_ok=True)
    shutil.rmtree(fresh)
    return int(executed[1])


def main() -> None:
    target, executions = sys.argv[1], int(sys.argv[2])
    executed = fuzz(target, executions)
    counts.note(f"fuzz {target}: {executed:,} executions under ASan and UBSan")
    if executed < executions:
        sys.exit(f"{target}: only {executed} of {executions} executions")


if __name__ == "__main__":
    main()
