#!/bin/sh
# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/fuzz/run_fuzz.sh TARGET [LIBFUZZER OPTIONS]      audio, hosts, ledger, range, session, session_cookie, signed_link, sql_template
#   tests/fuzz/run_fuzz.sh TARGET --minimise
#
# Builds one libFuzzer target with ASan and UBSan (clang and its libclang-rt) and runs it, from the
# seeds in corpus/TARGET, for 60 seconds or as the options say: -runs=1000000 -seed=7. New inputs, and
# those that fail, are kept in build/fuzz/TARGET (or FOUND). --minimise puts few and short ones that reach
# what all of them reach into corpus/TARGET, beside the seeds that have names, for `make check` to replay.

set -eu
target=${1:?usage: run_fuzz.sh TARGET [LIBFUZZER OPTIONS]}
shift
cd "$(dirname "$0")/../.."
make -s "build/fuzz/bin/$target"
found=${FOUND:-build/fuzz/$target}
seeds=tests/fuzz/corpus/$target
mkdir -p "$found"
if [ "${1-}" = --minimise ]; then
  rm -rf "$found.minimal"
  mkdir "$found.minimal"
  "build/fuzz/bin/$target" -set_cover_merge=1 -max_len=64 "$found.minimal" "$found" "$seeds" 2>&1 | tail -n 1
  find "$seeds" -name 'found-*' -delete
  # libFuzzer calls an input by its SHA-1. A seed with a name is there already.
  known=$(sha1sum "$seeds"/* | cut -c1-40)
  for input in "$found.minimal"/*; do
    case $known in
      *"$(basename "$input")"*) ;;
      *) cp "$input" "$seeds/found-$(basename "$input" | cut -c1-12)" ;;
    esac
  done
  rm -rf "$found.minimal"
  exit 0
fi
# Where memory was allocated is not recorded, which is three times as fast: for that, run a failing
# input again with ASAN_OPTIONS=malloc_context_size=30.
export ASAN_OPTIONS="${ASAN_OPTIONS-malloc_context_size=0:quarantine_size_mb=16}"
dictionary=
if [ -f "tests/fuzz/$target.dict" ]; then dictionary=-dict=tests/fuzz/$target.dict; fi
[ $# -gt 0 ] || set -- -max_total_time=60
exec "build/fuzz/bin/$target" $dictionary -print_final_stats=1 -artifact_prefix="$found/" "$@" "$found" "$seeds"
