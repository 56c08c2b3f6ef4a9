# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Every directive in the module's table is documented, and nothing else is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "mod_audiodl/directives.cc").read_text()
CONF = (ROOT / "conf/audiodl.conf").read_text()
README = ROOT / "README.md"

# A row is a call such as Word<SetListing>("AudioListing", or Flag<&ServerConfig::revocations>("AudioRevocations".
ROW = re.compile(r"\b(?:Word|Words|GlobalWord|Flag|LocationWord|LocationWords)(?:<[\w:&]+>)?\(\s*\"(\w+)\"")
DIRECTIVES = ROW.findall(TABLE)

# An entry is a synopsis in a comment, "# AudioX ARGUMENT", up to the next empty line.
ENTRIES = re.findall(r"(?m)^# (Audio\w+) .*\n((?:#.*\n)+)", CONF)


def test_the_table_was_found():
    assert len(DIRECTIVES) >= 15
    assert len(set(DIRECTIVES)) == len(DIRECTIVES)
    # No row escaped the pattern above, however it is written.
    assert set(re.findall(r"\"(Audio\w+)\"", TABLE)) == set(DIRECTIVES)


@pytest.mark.parametrize("directive", DIRECTIVES)
def test_conf_documents_the_default(directive):
    texts = [text for name, text in ENTRIES if name == directive]
    assert texts, f"{directive} has no entry in conf/audiodl.conf"
    assert "# Default: " in texts[0], f"{directive}'s entry does not name its default"
    after_default = texts[0].split("# Default: ", 1)[1].splitlines()[1:]
    assert any(line.strip("# ") for line in after_default), f"{directive} is not explained"


def test_conf_documents_nothing_that_does_not_exist():
    mentioned = set(re.findall(r"\bAudio[A-Z]\w+", CONF)) - {"AudioSession"}
    assert mentioned, "found nothing to check"
    assert mentioned <= set(DIRECTIVES)


@pytest.mark.skipif(not README.exists(), reason="there is no README.md yet")
def test_readme_mentions_every_directive():
    text = README.read_text()
    assert [name for name in DIRECTIVES if not re.search(rf"\b{name}\b", text)] == []
