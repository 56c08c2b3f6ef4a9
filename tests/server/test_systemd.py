# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The units of conf/systemd: systemd itself finds nothing to complain of, and what they run exists."""

import os
import re
import subprocess
from pathlib import Path

from servers.command import command_path

UNITS = Path(__file__).resolve().parents[2] / "conf" / "systemd"
INSTALLED = "/usr/local/bin/audiodl"
# What else the units run, and where it is here.
PROGRAMS = {INSTALLED: str(command_path()),
            "/usr/local/lib/audiodl/audiodl-replicate": str(UNITS.parent / "unison" / "audiodl-replicate"),
            # Not every machine that tests has ssh.
            "/usr/bin/ssh": "/bin/true"}


def verify(*units: Path) -> str:
    """What systemd says; it ends with 0 also where it knows a key not, so any word counts."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False,
                          timeout=60)
    return done.stdout + done.stderr


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text()
        for installed, here in PROGRAMS.items():
            text = text.replace(installed + " ", here + " ")
        (tmp_path / unit.name).write_text(text)
    units = sorted(tmp_path.iterdir())
    assert len(units) >= 4
    assert verify(*units) == ""


def test_a_mistake_would_be_noticed(tmp_path: Path) -> None:
    unit = tmp_path / "audiodl-broken.service"
    unit.write_text("[Service]\nType=oneshot\nExecStart=/bin/true\nProtectSystm=strict\n")
    assert "ProtectSystm" in verify(unit)


def test_every_command_that_is_run_exists() -> None:
    runs = [words.split() for unit in UNITS.iterdir()
            for words in re.findall(rf"(?m)^Exec\w+=-?{INSTALLED} (.*)$", unit.read_text())]
    assert runs
    for words in runs:
        name = [word for word in words if not word.startswith("-")][:2]
        asked = subprocess.run([command_path(), *name, "--help"], capture_output=True, text=True, check=False, timeout=30)
        assert asked.stdout.startswith(f"Usage: audiodl {name[0]}"), words
        for option in [word.split("=")[0] for word in words if word.startswith("--")]:
            assert option in asked.stdout, f"{words}: {option}"


def test_every_timer_and_path_has_its_service() -> None:
    for unit in [*UNITS.glob("*.timer"), *UNITS.glob("*.path")]:
        started = re.search(r"(?m)^Unit=(.*)$", unit.read_text())
        assert (UNITS / (started.group(1) if started else f"{unit.stem}.service")).exists(), unit.name
        assert "[Install]" in unit.read_text(), f"{unit.name} could not be enabled"


def test_what_the_units_run_is_installed(tmp_path: Path) -> None:
    """`make install`, of what is built, into a tree of its own; enabled is nothing, and /etc is left alone."""
    for prefix in ("/usr/local", "/opt/audiodl"):
        tree = tmp_path / prefix.rpartition("/")[2]
        done = subprocess.run(["make", "-C", UNITS.parents[1], "-o", "all", "install", f"DESTDIR={tree}", f"PREFIX={prefix}"],
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        installed = tree / prefix.lstrip("/")
        units = sorted((installed / "lib" / "systemd" / "system").iterdir())
        assert [unit.name for unit in units] == sorted(unit.name for unit in UNITS.iterdir())
        programs = {words for unit in units for words in re.findall(r"(?m)^Exec\w+=-?(\S+)", unit.read_text())}
        for program in programs - {"/usr/bin/ssh"}:
            path = tree / program.lstrip("/")
            assert program.startswith(prefix) and os.access(path, os.X_OK), program
        assert (installed / "lib" / "sysusers.d" / "audiodl.conf").exists()
        assert (installed / "share" / "doc" / "audiodl" / "conf" / "audiodl-command.conf").exists()
        assert not (tree / "etc" / "audiodl").exists()
