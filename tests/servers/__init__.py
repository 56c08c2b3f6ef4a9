# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
"""Starters for the real servers that tests and demos drive: one class a server, standard library only."""
