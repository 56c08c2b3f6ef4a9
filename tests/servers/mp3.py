# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""MP3s: silence written by hand, which needs no encoder; a reader of frames and tags that knows nothing of ours."""

import struct
from typing import NamedTuple

# One MPEG-1 Layer III frame, 128 kbit/s, 44.1 kHz, mono, no CRC: 144 * 128000 / 44100 = 417 bytes, 1152
# samples. A side information of zeros says that no granule has any data, which decodes to silence.
_FRAME = bytes([0xFF, 0xFB, 0x90, 0xC4]).ljust(417, b"\0")


def silence(title: str, size: int) -> bytes:
    """About `size` bytes: an ID3v2.3 tag with the title, then whole frames."""
    tag = _id3(title)
    return tag + _FRAME * ((size - len(tag)) // len(_FRAME))


def _id3(title: str) -> bytes:
    text = b"\x01" + title.encode("utf-16")
    frame = b"TIT2" + len(text).to_bytes(4, "big") + b"\0\0" + text
    # The tag's size is "synchsafe": seven bits a byte, so that it never looks like a frame's start.
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame


class Frame(NamedTuple):
    """One frame as it stands in the file."""

    data: bytes
    samples: int
    sample_rate: int

    @property
    def is_header(self) -> bool:
        """Whether it only tells of the others."""
        return any(self.data[at:at + 4] in (b"Xing", b"Info") for at in (13, 21, 36))


_RATES = {3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
          2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]}


def tag_size(data: bytes) -> int:
    """Of the ID3v2 tag at the head."""
    if data[:3] != b"ID3":
        return 0
    return 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])


def frames(data: bytes) -> list[Frame]:
    """All frames between the tags, which must fill the file."""
    at, end = tag_size(data), len(data) - (128 if data[-128:-125] == b"TAG" else 0)
    found = []
    while at < end:
        word = int.from_bytes(data[at:at + 4], "big")
        assert word >> 21 == 0x7FF and word >> 17 & 3 == 1, f"no Layer III frame at {at}"
        version = word >> 19 & 3
        rate = [44100, 48000, 32000][word >> 10 & 3] >> {3: 0, 2: 1, 0: 2}[version]
        bitrate = _RATES[3 if version == 3 else 2][word >> 12 & 15] * 1000
        samples = 1152 if version == 3 else 576
        size = samples // 8 * bitrate // rate + (word >> 9 & 1)
        found.append(Frame(data[at:at + size], samples, rate))
        at += size
    assert at == end, "the last frame is cut"
    return found


def seconds(parts: list[Frame]) -> float:
    return sum(part.samples / part.sample_rate for part in parts if not part.is_header)


def id3_frames(data: bytes) -> list[tuple[str, bytes]]:
    """The frames of an ID3v2.3 tag at the head, or of what stands in a CHAP frame."""
    body = data[10:tag_size(data)] if data[:3] == b"ID3" else data
    found = []
    while len(body) > 10 and body[0]:
        size = int.from_bytes(body[4:8], "big")
        found.append((body[:4].decode(), body[10:10 + size]))
        body = body[10 + size:]
    return found


def id3_text(body: bytes) -> str:
    return body[1:].decode("utf-16" if body[0] == 1 else "latin-1").rstrip("\0")


class Chapter(NamedTuple):
    start_ms: int
    end_ms: int
    title: str


def chapters(data: bytes) -> list[Chapter]:
    """Of the CHAP frames in the tag at the head."""
    found = []
    for name, body in id3_frames(data):
        if name == "CHAP":
            rest = body[body.index(b"\0") + 1:]
            start, end = struct.unpack(">II", rest[:8])
            titles = [id3_text(text) for sub, text in id3_frames(rest[16:]) if sub == "TIT2"]
            found.append(Chapter(start, end, titles[0] if titles else ""))
    return found


def with_chapters(audio: bytes, album: str, marks: list[Chapter]) -> bytes:
    """The audio behind an ID3v2.3 tag that has the album and the chapters."""
    def frame(name: str, body: bytes) -> bytes:
        return name.encode() + len(body).to_bytes(4, "big") + b"\0\0" + body

    body = frame("TALB", b"\x01" + album.encode("utf-16"))
    for number, mark in enumerate(marks):
        body += frame("CHAP", b"c%d\0" % number + struct.pack(">II", mark.start_ms, mark.end_ms) + b"\xff" * 8
                      + frame("TIT2", b"\x01" + mark.title.encode("utf-16")))
    return b"ID3\x03\0\0" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0)) + body + audio
