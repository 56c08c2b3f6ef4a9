# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Where the operator's command is."""

import os
from pathlib import Path


def command_path() -> Path:
    """The command under test: AUDIODL_TOOL, or what `make` built."""
    built = Path(__file__).resolve().parents[2] / "build" / "audiodl-bin" / "audiodl"
    return Path(os.environ.get("AUDIODL_TOOL") or built).resolve()
