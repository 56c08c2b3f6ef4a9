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


def section(name: str) -> str:
    """The command's own section of the manual."""
    found = re.search(rf"(?s)\n\.Ss {re.escape(name)}\n(.*?)\n(?=\.S[sh] )", _PAGE.read_text())
    assert found, f"{name} has no section"
    return found.group(1)


def options_of(name: str) -> list[str]:
    """-n, --json and the like, as its help tells of them."""
    return re.findall(r"^  (-n|--[a-z-]+)", audiodl("help", *name.split()).stdout.decode(), re.MULTILINE)


def test_every_command_has_help_and_its_options_in_its_part_of_the_manual() -> None:
    told = 0
    for name in commands():
        asked = audiodl("help", *name.split())
        assert asked.returncode == 0
        assert asked.stdout.startswith(f"Usage: audiodl {name}".encode())
        helped = audiodl(*name.split(), "--help")
        assert (helped.returncode, helped.stdout, helped.stderr) == (0, asked.stdout, b"")
        text = section(name)
        for option in options_of(name):
            # "Fl -json", "Fl n", or one of a row: ".It Fl -title , -author"
            assert re.search(rf"(Fl|,) {option[1:]}(?![a-z-])", text), f"{name} {option}"
            told += 1
    assert told > 200


def test_every_command_has_its_synopsis() -> None:
    """Each under a .Nm of its own: without that it would be shown as arguments of the one before."""
    page = _PAGE.read_text()
    blocks = page[page.index("\n.Sh SYNOPSIS\n"):page.index("\n.Sh DESCRIPTION\n")].split("\n.Nm\n")[1:]
    heads = [re.match(r"\.Cm (.*)$", block, re.MULTILINE) for block in blocks]
    assert all(heads) and sum(block.count("\n.Cm ") for block in blocks) == 0
    assert {head.group(1) for head in heads if head} == set(commands())


def test_help_is_asked_for_by_an_option_only(tmp_path: Path) -> None:
    """Not by an option's value, and not by an argument behind "--" that is for somebody else."""
    assert audiodl("publish", "--frob", "--json", "--help").stdout == audiodl("help", "publish").stdout
    book = ["--origin", f"file://{tmp_path}", "--listing", tmp_path, "book", tmp_path / "none"]
    for words in (["publish", "--title", "--help", *book], ["publish", "--title=--help", *book],
                  ["publish", *book, "--", "--help"]):
        done = audiodl(*words)
        assert (done.returncode, done.stdout) == (3, b""), done.stderr
        assert b"none" in done.stderr
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/said\n')
    hook.chmod(0o755)
    done = audiodl("takeover", "--hook", hook, "--health", "http://127.0.0.1:1/", "--wait", "0", "--", "--help")
    assert (done.returncode, done.stdout) == (3, b"")


# A command line that is right, for each command that reads settings or files; each is trouble where
# these are not there. With a command that has no --config all that it needs is on the line.
_NEEDS = {
    "backup ls": [], "backup restore": [], "backup run": [], "backup verify": [],
    "dns add": ["www.example.test", "192.0.2.1"], "dns remove": ["www.example.test", "192.0.2.1"],
    "drain": ["--dns", "192.0.2.1", "--dns-name", "www.example.test"], "fsck": [], "get": ["key", "/dev/null"],
    "health": [], "hosts apply": ["--name", "db"], "hosts put": ["--name", "db", "--address", "192.0.2.1"],
    "ingest": ["/no/such/drop"], "listing apply": ["/no/such/copy"], "listing pull": [], "listing push": [],
    "listing rebuild": [], "publish": ["book", "/no/such/file"], "put": ["/dev/null", "key"],
    "takeover": ["--hook", "/bin/true"], "withdraw": ["book"],
}


def test_settings_that_are_not_there_or_make_no_sense_are_trouble(tmp_path: Path) -> None:
    """Exit code 2 is for the command line: a script that reads it need not look at the machine."""
    with_config = {name for name in commands() if "--config" in options_of(name)}
    assert with_config == set(_NEEDS)
    broken, empty = tmp_path / "broken", tmp_path / "empty"
    broken.write_text("AudioOrigin\n")
    empty.touch()
    for name, words in _NEEDS.items():
        for config in (tmp_path / "none", tmp_path, broken, empty):
            done = audiodl(*name.split(), "--config", config, *words)
            assert (done.returncode, done.stdout) == (3, b""), f"{name} with {config.name}: {done.stderr!r}"
            assert done.stderr.startswith(f"audiodl {name}: ".encode())
        # The same line without a config that is named, and with a word that no command knows.
        assert audiodl(*name.split(), "--config", tmp_path / "none", "--frob", *words).returncode == 2, name


def test_a_setting_that_makes_no_sense_is_the_settings_fault_and_an_option_the_command_lines(tmp_path: Path) -> None:
    config = tmp_path / "audiodl.conf"
    shop = f"AudioOrigin file://{tmp_path}\nAudioListing {tmp_path}\n"
    dns = "AudioDnsServer 127.0.0.1\n"
    for name, option, setting, value, rest in (
            ("withdraw", "--origin", "AudioOrigin", "gopher://x", ""),
            ("publish", "--credentials", "AudioCredentials", "nowhere", f"AudioOrigin file://{tmp_path}\n"),
            ("withdraw", "--listing", "AudioListing", "not/absolute", f"AudioOrigin file://{tmp_path}\n"),
            ("put", "--origin", "AudioOrigin", "gopher://x", ""),
            ("get", "--origin", "AudioOrigin", "gopher://x", ""),
            ("fsck", "--max-drop", "AudioListingMaxDrop", "many", shop),
            ("listing rebuild", "--max-drop", "AudioListingMaxDrop", "many", shop),
            ("listing push", "--max-drop", "AudioListingMaxDrop", "many", shop),
            ("listing pull", "--max-drop", "AudioListingMaxDrop", "many", shop),
            ("listing apply", "--max-drop", "AudioListingMaxDrop", "many", shop),
            ("ingest", "--quiet", "AudioDropQuiet", "soon", ""), ("ingest", "--tree", "AudioDropTree", "here", ""),
            ("hosts apply", "--object", "AudioHostsObject", "s3://", shop),
            ("hosts put", "--object", "AudioHostsObject", "s3://", shop),
            ("dns add", "--server", "AudioDnsServer", "ns;evil", ""), ("dns add", "--ttl", "AudioDnsTtl", "long", dns),
            ("dns remove", "--zone", "AudioDnsZone", "a b", dns), ("drain", "--zone", "AudioDnsZone", "a b", dns)):
        config.write_text(f"{rest}{setting} {value}\n")
        done = audiodl(*name.split(), "--config", config, *_NEEDS[name])
        assert (done.returncode, setting in done.stderr.decode()) == (3, True), f"{name}: {done.stderr!r}"
        config.write_text(rest)
        done = audiodl(*name.split(), "--config", config, f"{option}={value}", *_NEEDS[name])
        assert (done.returncode, option in done.stderr.decode()) == (2, True), f"{name}: {done.stderr!r}"


@pytest.mark.parametrize("words, code", [
    (["hosts", "put", "--config", "EMPTY", "--object", "file:///O", "--name", "db"], 3),  # at which address?
    (["hosts", "put", "--config", "EMPTY", "--origin", "s3://books region=x endpoint=http://no-such-host.invalid",
      "--object", "hosts", "--name", "db"], 3),  # as at boot, before the network is there
    (["hosts", "put", "--config", "EMPTY", "--object", "file:///O", "--name", "a b"], 2),
    (["hosts", "put", "--config", "EMPTY", "--object", "s3://books/hosts", "--credentials", "/none", "--name", "db",
      "--address", "192.0.2.1"], 3),
    (["withdraw", "--config", "EMPTY", "--origin", "file:///O", "--listing", "/none", "book"], 3),
    (["withdraw", "--config", "EMPTY", "--origin", "s3://books region=x", "--credentials", "/none", "--listing", "DIR",
      "book"], 3),
    (["withdraw", "--config", "EMPTY", "--origin", "file:///O", "--listing", "DIR", "book"], 3),  # what has it of it?
    (["withdraw", "--config", "EMPTY", "--origin", "file://DIR", "--listing", "DIR", "book"], 1),
    (["withdraw", "-n", "--config", "EMPTY", "--origin", "file://DIR", "--listing", "DIR", "book"], 1),
    (["publish", "--config", "EMPTY", "--description", "@/none", "book", "x"], 3),
    (["split", "--out", "DIR/out", "--cue", "/none", "x.mp3"], 3),
    (["split", "--out", "DIR/out", "--chapters", "/none", "x.mp3"], 3),
    (["bootstrap", "--plan", "/none"], 3), (["bootstrap", "--plan", "/none", "--wait", "soon"], 2),
    (["health", "--config", "EMPTY", "--times", "many"], 2), (["drain", "--quiet", "soon", "--dir", "/none"], 2),
    (["drain", "--dir", "/none"], 3), (["drain", "-n", "--dir", "/none"], 3),
    (["drain", "-n", "--undo", "--dir", "/none"], 3),
    (["takeover", "--config", "EMPTY"], 2), (["cache", "pin", "--dir", "/none"], 2),
    (["cache", "ls", "--dir", "/none", "--all", "key"], 2), (["cache", "ls", "--dir", "/none"], 3),
    (["warm", "--list", "/none"], 3), (["revoke", "--list", "--database", "/none"], 3),
    (["ledger", "--database", "/none"], 3), (["sign", "--customer", "1", "--book", "b", "--keys", "/none"], 3),
])
def test_the_command_line_or_the_world(words: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "empty.conf").touch()
    (tmp_path / "dir").mkdir()
    told = {"EMPTY": str(tmp_path / "empty.conf"), "DIR": str(tmp_path / "dir"), "/none": str(tmp_path / "none"),
            "/O": str(tmp_path / "origin")}
    for word, path in told.items():
        words = [given.replace(word, path) for given in words]
    done = audiodl(*words)
    assert done.returncode == code, done.stderr
    assert done.stderr and not done.stdout


def test_dry_runs_that_are_asked_for_json_answer_so(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"AudioBackupTo file://{tmp_path}/shop\nAudioBackupDump /bin/echo x\n"
                                     "AudioBackupVerifyRestore /bin/cat\nAudioBackupVerifyDump /bin/echo x\n")
    for words, said in (
            (["backup", "run", "--config", tmp_path / "config"], {"run": "/bin/echo", "dry_run": True}),
            (["put", "--origin", f"file://{tmp_path}", "/dev/null", "a/b"],
             {"done": "would be stored", "object": f"{tmp_path}/a/b"})):
        done = audiodl(*words, "-n", "--json")
        assert done.returncode == 0, done.stderr
        assert said.items() <= json.loads(done.stdout).items()
    (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
    done = audiodl("hosts", "rollback", "-n", "--file", tmp_path / "hosts")
    assert (done.returncode, done.stderr) == (1, b"there is nothing to go back to\n")
    assert list(json.loads(audiodl("hosts", "rollback", "-n", "--json", "--file", tmp_path / "hosts").stdout)) == [
        "result", "serial", "previous_serial", "dry_run"]


def test_backup_verify_says_what_it_would_restore(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "config").write_text(
        f"AudioBackupTo file://{tmp_path}/shop\nAudioBackupDump /bin/echo x\nAudioBackupVerifyPrepare touch {touched}\n"
        f"AudioBackupVerifyRestore tee {touched}\nAudioBackupVerifyDump /bin/echo x\n")
    words = ["backup", "verify", "-n", "--config", tmp_path / "config"]
    assert audiodl(*words).returncode == 1  # there is none
    assert audiodl("backup", "run", "--config", tmp_path / "config").returncode == 0
    [stored] = tmp_path.glob("shop-*")
    done = audiodl(*words)
    assert (done.returncode, done.stdout.decode()) == (
        0, f"would restore {stored}\n  prepare: touch {touched}\n  restore: tee {touched}\n  dump: /bin/echo x\n")
    assert json.loads(audiodl(*words, "--json").stdout) == {
        "name": str(stored), "prepare": f"touch {touched}", "restore": f"tee {touched}", "dump": "/bin/echo x",
        "dry_run": True}
    assert not touched.exists()
    assert audiodl("backup", "verify", "--config", tmp_path / "config").returncode == 0
    assert touched.exists()


def test_the_hook_for_amazon_is_where_all_say_it_is() -> None:
    root = _PAGE.parents[1]
    named = [match for path in ("README.md", "conf/bootstrap.conf", "conf/hooks/aws-elastic-ip", "audiodl/audiodl.1")
             for match in re.findall(r"(\S*/)aws-elastic-ip", (root / path).read_text())]
    named += re.findall(r"(\S*/)aws-elastic-ip", audiodl("help", "takeover").stdout.decode())
    assert len(named) >= 5 and set(named) == {"/usr/local/lib/audiodl/"}
    assert "install -m 0755 conf/hooks/* $(DESTDIR)$(PREFIX)/lib/audiodl\n" in (root / "Makefile").read_text()


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
