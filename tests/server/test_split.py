# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""audiodl split: real mp3s by LAME, taken apart at chapters or in silence, judged by another reader and decoder."""

import array
import json
import math
import random
import struct
import subprocess
import time
import wave
from pathlib import Path

import pytest

from prove import counts
from servers import mp3
from servers.command import command_path
from servers.killing import Killer
from servers.mp3 import Chapter

RATE = 22050
SPEECH, PAUSE = 7.3, 0.7  # seconds of tone, and of silence behind it
SECONDS = 160


def audiodl(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command_path(), *words], capture_output=True, text=True, check=False, timeout=120)


def split(source: Path, out: Path, *options: str | Path) -> list[dict[str, object]]:
    """What it says of each chunk."""
    done = audiodl("split", "--json", "--out", out, *options, source)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_pause(second: float) -> bool:
    return second % (SPEECH + PAUSE) > SPEECH


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A noisy tone with pauses, as a wav."""
    path = tmp_path_factory.mktemp("split") / "recording.wav"
    dice = random.Random(3)
    noise = [dice.randrange(-2500, 2500) for _ in range(RATE)]
    samples = array.array("h", (0 if is_pause(i / RATE) else
                                int(8000 * math.sin(i * 0.09)) + noise[i % RATE] for i in range(SECONDS * RATE)))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="module", params=["-b 32", "-V 7", "-b 32 -t"], ids=["constant", "variable", "headerless"])
def source(request: pytest.FixtureRequest, recording: Path) -> Path:
    """It as an mp3 without chapters: with LAME's header, of variable bitrate, without any header."""
    words = request.param.split()
    path = recording.with_name("-".join(words) + ".mp3")
    subprocess.run(["lame", "--quiet", "-m", "m", *words, recording, path], check=True)
    return path


def marks(lengths: list[float]) -> list[Chapter]:
    """Chapters one after the other, each of so many seconds."""
    found, at = [], 0.0
    for number, length in enumerate(lengths):
        found.append(Chapter(round(at * 1000), round((at + length) * 1000), f"Kapitel {number + 1} – Ünö"))
        at += length
    return found


def assert_taken_apart(source: Path, out: Path, limit: int) -> list[list[mp3.Frame]]:
    """Joined again the frames are the source's; numbers, lengths and limits are right. The chunks' frames."""
    whole = [frame for frame in mp3.frames(source.read_bytes()) if not frame.is_header]
    files = sorted(out.iterdir())
    chunks = []
    for number, path in enumerate(files, 1):
        data = path.read_bytes()
        assert len(data) <= limit
        parts = mp3.frames(data)
        if parts[0].is_header:
            at = parts[0].data.index(b"Xing")
            flags, count, size = struct.unpack(">III", parts[0].data[at + 4:at + 16])
            assert (flags & 3, count, size) == (3, len(parts) - 1, len(data) - mp3.tag_size(data))
        texts = {name: mp3.id3_text(body) for name, body in mp3.id3_frames(data) if name[0] == "T"}
        assert texts["TRCK"] == f"{number}/{len(files)}"
        assert abs(int(texts["TLEN"]) - mp3.seconds(parts) * 1000) < 50
        chunks.append([frame for frame in parts if not frame.is_header])
    assert b"".join(f.data for chunk in chunks for f in chunk) == b"".join(f.data for f in whole)
    return chunks


def cut_times(chunks: list[list[mp3.Frame]]) -> list[float]:
    ends, at = [], 0.0
    for chunk in chunks[:-1]:
        at += mp3.seconds(chunk)
        ends.append(at)
    return ends


def test_every_chunk_ends_where_a_chapter_does(source: Path, tmp_path: Path) -> None:
    lengths = [9.0, 17.5, 3.0, 22.25, 8.1, 30.0, 5.5, 12.0, 25.0, 27.65]
    titled = tmp_path / "titled.mp3"
    titled.write_bytes(mp3.with_chapters(source.read_bytes()[mp3.tag_size(source.read_bytes()):], "Das Buch",
                                         marks(lengths)))
    out = tmp_path / "out"
    said = split(titled, out, "--target", "150K", "--limit", "200K")
    assert len(said) > 2 and all(chunk["ends_at_chapter"] for chunk in said)
    chunks = assert_taken_apart(titled, out, 200 << 10)
    ends = [mark.end_ms / 1000 for mark in marks(lengths)]
    for time in cut_times(chunks):
        assert min(abs(time - end) for end in ends) <= 0.05
    # Every chapter is in the chunks once, where it was, under its name.
    found, before = [], 0.0
    for path, chunk in zip(sorted(out.iterdir()), chunks):
        data = path.read_bytes()
        assert mp3.id3_text(dict(mp3.id3_frames(data))["TALB"]) == "Das Buch"
        found += [(before + mark.start_ms / 1000, mark.title) for mark in mp3.chapters(data)]
        before += mp3.seconds(chunk)
    assert [title for _, title in found] == [mark.title for mark in marks(lengths)]
    for (start, _), mark in zip(found, marks(lengths)):
        assert abs(start - mark.start_ms / 1000) <= 0.06


def test_without_chapters_it_is_cut_where_it_is_quiet(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = split(source, out, "--target", "100K", "--limit", "130K")
    assert len(said) > 3 and not any(chunk["cut_in_sound"] for chunk in said)
    chunks = assert_taken_apart(source, out, 130 << 10)
    # LAME puts about 50 ms before the sound.
    for time in cut_times(chunks):
        assert is_pause(time - 0.05), f"cut at {time}"
    # Another decoder hears all of it, and silence at the cuts.
    lasted = 0.0
    for path in sorted(out.iterdir()):
        subprocess.run(["lame", "--quiet", "--decode", path, tmp_path / "back.wav"], check=True)
        with wave.open(str(tmp_path / "back.wav")) as back:
            samples = array.array("h", back.readframes(back.getnframes()))
        lasted += len(samples) / RATE
        if path != max(out.iterdir()):
            assert max(map(abs, samples[-RATE // 20:])) < 400
    assert abs(lasted - SECONDS) < 0.15 * (len(said) + 1)  # what a decoder leaves out at each beginning


def test_a_chapter_that_is_too_long_is_cut_in_silence_only(source: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("# a list\n0:00 Opening\n00:00:16.000 The long one\n1:52 Short\n2:08.000 End\n")
    out = tmp_path / "out"
    said = split(source, out, "--chapters", listed, "--target", "150K", "--limit", "190K", "--album", "B", "--artist",
                 "A", "--prefix", "Teil ")
    chunks = assert_taken_apart(source, out, 190 << 10)
    within = [time for time in cut_times(chunks) if min(abs(time - end) for end in (16, 112, 128)) > 0.05]
    assert len(within) == sum(not chunk["ends_at_chapter"] for chunk in said) > 0
    for time in within:
        assert 16 < time < 112 and is_pause(time - 0.05)
    assert [path.name for path in sorted(out.iterdir())][:2] == ["Teil 01.mp3", "Teil 02.mp3"]
    second = dict(mp3.id3_frames((out / "Teil 02.mp3").read_bytes()))
    assert (mp3.id3_text(second["TALB"]), mp3.id3_text(second["TPE1"])) == ("B", "A")


def test_a_cue_sheet(source: Path, tmp_path: Path) -> None:
    cue = tmp_path / "book.cue"
    cue.write_text('﻿PERFORMER "Someone"\nTITLE "Das Buch"\nFILE "x.mp3" MP3\n' + "".join(
        f'  TRACK {n:02} AUDIO\n    TITLE "Nr. {n}"\n    INDEX 00 00:00:00\n    INDEX 01 {(n - 1) * 32 // 60:02}:'
        f'{(n - 1) * 32 % 60:02}:37\n' for n in range(1, 6)))
    out = tmp_path / "out"
    split(source, out, "--cue", cue, "--target", "120K", "--limit", "260K")
    chunks = assert_taken_apart(source, out, 260 << 10)
    for time in cut_times(chunks):
        assert min(abs(time - (n * 32 + 37 / 75)) for n in range(1, 5)) <= 0.05
    texts = {name: mp3.id3_text(body) for name, body in mp3.id3_frames((out / "01.mp3").read_bytes()) if name[0] == "T"}
    assert (texts["TALB"], texts["TPE1"]) == ("Das Buch", "Someone")
    assert texts["TIT2"].startswith("Nr. 1")


def test_what_fits_is_one_chunk(source: Path, tmp_path: Path) -> None:
    said = split(source, tmp_path / "out")
    assert len(said) == 1
    assert_taken_apart(source, tmp_path / "out", 36 << 20)


def test_dry_run_writes_nothing(source: Path, tmp_path: Path) -> None:
    assert len(split(source, tmp_path / "out", "-n", "--target", "100K")) > 3
    assert not (tmp_path / "out").exists()


def test_killed_at_any_moment_it_is_whole_or_not_there(recording: Path, tmp_path: Path) -> None:
    """A folder with a part of a book in it could be published, and run again the command would refuse it."""
    source = recording.with_name("killed.mp3")
    subprocess.run(["lame", "--quiet", "-m", "m", "-b", "32", recording, source], check=True)
    words = ["split", "--target", "64K", "--limit", "80K", source, "--out"]
    whole = tmp_path / "whole" / "out"
    began = time.monotonic()
    assert audiodl(*words, whole).returncode == 0
    usual = time.monotonic() - began
    wanted = {path.name: path.read_bytes() for path in whole.iterdir()}
    assert len(wanted) >= 8
    killer, kills = Killer(random.Random(counts.seed())), counts.count("AUDIODL_SPLIT_KILLS", 10)
    chance, partly = random.Random(counts.seed()), 0
    out = tmp_path / "out"
    for number in range(kills):
        if number % 3 == 0:
            out.mkdir()
        if number % 2 == 0:
            with subprocess.Popen([command_path(), *words, out], stdout=subprocess.DEVNULL) as process:
                try:
                    process.wait(chance.uniform(0, usual))
                except subprocess.TimeoutExpired:
                    process.kill()
        else:
            killer.kill("split", [command_path(), *words, out])
        found = {path.name: path.read_bytes() for path in out.iterdir()} if out.exists() else {}
        assert found in ({}, wanted), f"{sorted(found)}, {killer.last}, seed {counts.seed()}"
        partly += any(path.name.startswith(".audiodl-") for path in tmp_path.iterdir())
        if not found:
            assert audiodl(*words, out).returncode == 0
        assert {path.name: path.read_bytes() for path in out.iterdir()} == wanted
        # What the dead one left is gone when the next has come to its end.
        assert {path.name for path in tmp_path.iterdir()} <= {"out", "whole"}
        for path in [*out.iterdir()]:
            path.unlink()
        out.rmdir()
    counts.note(f"{kills} kills of split, {partly} of them in the middle of its writing")


def test_what_cannot_be_split_is_told(source: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp3"
    cut.write_bytes(source.read_bytes()[:-1000])
    used = tmp_path / "used"
    used.mkdir()
    (used / "99.mp3").touch()
    (tmp_path / "bad.txt").write_text("0:00 One\nTwo\n")
    for words, code, said in [([cut, "--out", tmp_path / "o"], 1, "broken at 2:3"),
                              ([source, "--out", used], 3, "99.mp3: name an empty folder"),
                              ([source], 2, "--out"),
                              ([source, "--out", tmp_path / "o", "--target", "1K"], 2, "64K"),
                              ([source, "--out", tmp_path / "o", "--target", "2M", "--limit", "1M"], 2, "less than"),
                              ([source, "--out", tmp_path / "o", "--prefix", "a/b"], 2, "--prefix"),
                              ([source, "--out", tmp_path / "o", "--chapters", tmp_path / "bad.txt"], 3, "line 2"),
                              ([source, "--out", tmp_path / "o", "--cue", tmp_path / "none"], 3, "No such file"),
                              ([tmp_path / "none.mp3", "--out", tmp_path / "o"], 3, "none.mp3")]:
        done = audiodl("split", *words)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "o").exists()


def test_what_was_split_can_be_published(source: Path, tmp_path: Path) -> None:
    split(source, tmp_path / "out", "--target", "100K", "--album", "Das Buch")
    for folder in ("origin", "listing"):
        (tmp_path / folder).mkdir()
    done = audiodl("publish", "--origin", f"file://{tmp_path}/origin", "--listing", tmp_path / "listing", "buch",
                   tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    manifest = json.loads((tmp_path / "listing/buch/.audiodl.json").read_text())
    assert manifest["title"] == "Das Buch"
    assert abs(sum(chunk["duration_ms"] for chunk in manifest["chunks"]) - SECONDS * 1000) < 200
