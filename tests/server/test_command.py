# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The operator's command from outside: answers, complaints and exit codes."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from servers.command import command_path

_TOOL = command_path()
_PAGE = Path(__file__).resolve().parents[2] / "audiodl" / "audiodl.1"
_DECODE = ["decode-session", "--key", "customer_id"]


def audiodl(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([_TOOL, *words], input=stdin, capture_output=True, check=False, timeout=30)


def commands() -> list[str]:
    """The names in the overview."""
    found = re.findall(r"^  (\S+(?: \S+)?)  ", audiodl("help").stdout.decode(), re.MULTILINE)
    assert "decode-session" in found
    return found


@pytest.mark.parametrize("words, stdin, code, stdout", [
    (_DECODE, b"customer_id|i:5;", 0, b"5\n"),
    ([*_DECODE, "-"], b"customer_id|i:5;", 0, b"5\n"),
    (["decode-session", "--key=a/0", "--format=php_serialize"], b'a:1:{s:1:"a";a:1:{i:0;s:1:"x";}}', 0, b"x\n"),
    (["decode-session", "--format", "php_binary", "--key", "id"], b"\2idi:5;", 0, b"5\n"),
    (_DECODE, b"", 1, b""),
    (_DECODE, b"x|i:5;", 1, b""),
    (_DECODE, b"customer_id|i:5", 1, b""),
    ([*_DECODE, "--json"], b"customer_id|s:3:\"a\"b\";", 0, b'{"customer":"a\\"b"}\n'),
    ([*_DECODE, "--json"], b"x|N;", 1,
     b'{"code":"not_found","reason":"the session is well-formed but names no customer"}\n'),
    ([*_DECODE, "/does/not/exist"], b"", 3, b""),
    ([*_DECODE, "/"], b"", 3, b""),
    ([*_DECODE, "one", "two"], b"", 2, b""),
    ([*_DECODE, "--frob"], b"", 2, b""),
    ([*_DECODE, "--json=yes"], b"", 2, b""),
    ([*_DECODE, "--key", "again"], b"", 2, b""),
    ([*_DECODE, "--format", "wddx"], b"", 2, b""),
    (["decode-session", "--key"], b"", 2, b""),
    (["decode-session"], b"", 2, b""),
    (["frob"], b"", 2, b""),
    ([], b"", 2, b""),
    (["help", "frob"], b"", 2, b""),
    (["version", "please"], b"", 2, b""),
])
def test_answers_and_exit_codes(words: list[str], stdin: bytes, code: int, stdout: bytes) -> None:
    done = audiodl(*words, stdin=stdin)
    assert (done.returncode, done.stdout) == (code, stdout), done.stderr
    # Whoever gets no answer is told why, on standard error; whoever gets one is told nothing more.
    assert bool(done.stderr) == (not stdout)


def test_a_session_comes_from_a_file(tmp_path: Path) -> None:
    session = tmp_path / "-session"
    session.write_bytes(b"customer_id|i:5;")
    assert audiodl(*_DECODE, session).stdout == b"5\n"
    done = subprocess.run([_TOOL, *_DECODE, "--", session.name], cwd=tmp_path, capture_output=True, check=False)
    assert done.stdout == b"5\n"


def test_a_refusal_names_the_file_and_the_byte_but_repeats_nothing(tmp_path: Path) -> None:
    session = tmp_path / "session"
    session.write_bytes(b"token|s:9:\"geheim\";\n")
    words = audiodl(*_DECODE, session).stderr.decode()
    assert f"{session}: session byte " in words
    assert "geheim" not in words


def test_a_newline_at_the_end_is_explained() -> None:
    done = audiodl(*_DECODE, stdin=b"customer_id|i:5;\n")
    assert done.returncode == 1
    assert b"ends with a newline" in done.stderr


def test_a_batch_answers_each_session_with_a_line() -> None:
    sessions = [b"customer_id|i:5;", b"", b"customer_id|i:", b"customer_id|s:2:\"\xc3\xa4\";", b"x" * 2_000_000]
    stdin = b"".join(b"%d\n%s" % (len(session), session) for session in sessions)
    done = audiodl(*_DECODE, "--batch", stdin=stdin)
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("customer") or answer["code"] for answer in answers] == [
        "5", "not_found", "invalid", "ä", "invalid"]


@pytest.mark.parametrize("stdin", [b"5\nabc", b"x\n", b"-1\n", b"99999999999\n", b"3\nabcrubbish"])
def test_a_batch_that_is_cut_or_malformed_is_trouble(stdin: bytes) -> None:
    done = audiodl(*_DECODE, "--batch", stdin=stdin)
    assert done.returncode == 3
    assert b"record " in done.stderr


def test_an_answer_that_cannot_be_written_is_trouble() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([_TOOL, "version"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 3
    assert b"could not be written" in done.stderr


def test_every_command_has_help_and_a_place_in_the_manual() -> None:
    page = _PAGE.read_text()
    for name in commands():
        asked = audiodl("help", *name.split())
        assert asked.returncode == 0
        assert asked.stdout.startswith(f"Usage: audiodl {name}".encode())
        assert audiodl(*name.split(), "--help").stdout == asked.stdout
        assert f"\n.Ss {name}\n" in page
        for option in re.findall(r"^  --([a-z-]+)", asked.stdout.decode(), re.MULTILINE):
            assert f"Fl -{option}" in page


def test_every_setting_of_the_command_is_explained_once() -> None:
    root = _PAGE.parents[1]
    settings = re.findall(r'KnownSetting\{"(\w+)"', (root / "audiodl" / "command_config.cc").read_text())
    assert len(settings) > 10 and len(set(settings)) == len(settings)
    explained = (root / "conf" / "audiodl-command.conf").read_text()
    for name in settings:
        assert re.search(rf"(?m)^# (\w+, )*{name}\b", explained), name
        assert re.search(rf"(?m)^{name} ", explained), f"{name} has no example"


def test_help_and_version_answer_to_their_usual_names() -> None:
    assert audiodl("--help").stdout == audiodl("-h").stdout == audiodl("help").stdout
    assert re.fullmatch(rb"audiodl \d+\.\d+\.\d+\n", audiodl("version").stdout)
    assert audiodl("--version").stdout == audiodl("-V").stdout == audiodl("version").stdout
