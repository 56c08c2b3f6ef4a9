#!/bin/sh
# Copyright 2026 The mod_audiodl authors.
# SPDX-License-Identifier: Apache-2.0
#
#   tests/fuzz/run_fuzz.sh TARGET [SECONDS]      php_session, session_cookie, signed_link or sql_template
#
# Builds one libFuzzer target with ASan and UBSan and runs it, from the seeds in corpus/TARGET, for 60
# seconds. New inputs, and those that fail, are kept in build/fuzz/TARGET. Wants clang and its libclang-rt.

set -eu
target=${1:?usage: run_fuzz.sh TARGET [SECONDS]}
seconds=${2:-60}
cd "$(dirname "$0")/../.."
found=build/fuzz/$target
mkdir -p "$found"
${CXX_FUZZ:-clang++} -std=c++20 -O1 -g -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    "tests/fuzz/${target}_fuzz.cc" common/base/dates.cc common/base/digest.cc common/base/file_io.cc \
    common/base/status.cc common/base/text.cc common/base/utf8.cc common/base/wipe.cc common/cache/chunk_name.cc \
    common/link/*.cc common/s3/uri.cc common/session/customer_name.cc common/session/php_*.cc \
    common/session/session_*.cc common/session/sql_template.cc -lcrypto -o "$found.bin"
dictionary=
if [ -f "tests/fuzz/$target.dict" ]; then dictionary=-dict=tests/fuzz/$target.dict; fi
exec "$found.bin" $dictionary -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$found/" \
    "$found" "tests/fuzz/corpus/$target"
