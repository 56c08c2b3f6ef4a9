# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""`make prove`: the suite's random tests in their full counts, and what they share with `make check`."""
