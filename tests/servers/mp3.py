# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Valid MP3s of silence, written by hand: no encoder needed, and 30 MB take a tenth of a second."""

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
