# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""The session reader beside real PHP: thousands of random sessions in each format.

What PHP wrote must give the customer whom PHP itself finds (session_decode(), json_decode()). What was
damaged after that must never be accepted where PHP refuses it, nor give another customer.

  AUDIODL_SESSIONS=100000            sessions per format and key (each once as written, once damaged)
  AUDIODL_SESSION_FORMAT="url php"   that format alone
  AUDIODL_SEED=12345                 replays a run; a failure prints its own
"""

import json
import os
import subprocess
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from prove import counts
from servers.command import command_path

FORMATS = ["php", "php_binary", "php_serialize", "json", "base64 php_serialize", "url php", "url base64 php_binary",
           "base64 json"]
KEYS = ["customer_id", "_sf2_attributes/user_id"]
COUNT = counts.count("AUDIODL_SESSIONS", 3000)
# PHP's generator takes a number.
SEED = zlib.crc32(counts.seed().encode()) >> 1

_WRITER = Path(__file__).resolve().parent / "php" / "write_sessions.php"
# What the reader refuses although PHP has an answer; see common/session/php_session.h.
_DOUBTFUL = "what follows a custom-serialized"


def chosen_formats() -> list[str]:
    one = os.environ.get("AUDIODL_SESSION_FORMAT")
    return [one] if one else FORMATS


def write_sessions(directory: Path, form: str, key: str) -> None:
    """PHP's part; without the machine's php.ini."""
    content = form.split()[-1]
    settings = {"session.serialize_handler": "php" if content == "json" else content, "session.use_cookies": "0",
                "session.cache_limiter": "", "display_errors": "stderr", "memory_limit": "512M"}
    options = [word for name, value in settings.items() for word in ("-d", f"{name}={value}")]
    subprocess.run(["php", "-n", *options, _WRITER, directory, str(COUNT), str(SEED), key, form], check=True)


def decode_batch(sessions: Path, form: str, key: str) -> list[dict[str, str]]:
    """The reader's part."""
    done = subprocess.run([command_path(), "decode-session", "--batch", "--format", form, "--key", key, sessions],
                          check=True, capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_records(sessions: Path) -> Iterator[bytes]:
    with sessions.open("rb") as stream:
        while length := stream.readline():
            yield stream.read(int(length))


def complaint(expected: dict[str, object], answer: dict[str, str]) -> str | None:
    """What is wrong with the answer; None if nothing is."""
    customer = expected.get("customer")
    if _DOUBTFUL in answer.get("reason", ""):
        return None
    if expected["kind"] == "written":
        if "customer" in answer or customer is not None:
            return None if answer.get("customer") == customer else "PHP wrote it and has another customer"
        return None if answer["code"] == expected["code"] else "PHP wrote it and has no customer for another reason"
    if "customer" not in answer or expected.get("refused") == "class":
        return None
    if "refused" in expected:
        return "PHP refuses it"
    return None if answer["customer"] == customer else "PHP has another customer"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("form", chosen_formats())
def test_sessions_give_the_customer_that_php_has(form: str, key: str, tmp_path: Path) -> None:
    write_sessions(tmp_path, form, key)
    expected = [json.loads(line) for line in (tmp_path / "expected").read_text().splitlines()]
    answers = decode_batch(tmp_path / "sessions", form, key)
    assert len(answers) == len(expected)
    seen: Counter[str] = Counter()
    doubtful = sum(_DOUBTFUL in answer.get("reason", "") for answer in answers)
    for record, wanted, answer in zip(read_records(tmp_path / "sessions"), expected, answers):
        wrong = complaint(wanted, answer)
        assert wrong is None, (f"{wrong}: {wanted} but {answer}\n{record!r}\n"
                               f"replay: AUDIODL_SEED={counts.seed()} AUDIODL_SESSIONS={COUNT}, {form}, {key}")
        seen[wanted["kind"]] += 1
        seen[f"{wanted['kind']} {wanted.get('refused') or ('code' if 'code' in wanted else 'customer')}"] += 1
        seen["still read"] += wanted["kind"] == "damaged" and "customer" in answer
    counts.note(f"{form}, {key}: {seen['written']:,} written and {seen['damaged']:,} damaged sessions beside PHP "
                f"({seen['damaged session']:,} of these PHP refuses, {seen['still read']:,} still name a customer)")
    # Every branch of complaint() has been there, and few sessions escaped it.
    assert min(seen[kind] for kind in ("written customer", "written code", "damaged customer",
                                       "damaged session")) > COUNT / 100
    assert seen["damaged code"] > COUNT / 1000
    assert seen["damaged class"] + doubtful < COUNT / 50
