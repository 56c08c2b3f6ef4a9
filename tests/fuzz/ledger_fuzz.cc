// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// libFuzzer's door to ledger_target.h; tests/fuzz/run_fuzz.sh builds and runs it.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/ledger_target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  audiodl::FuzzLedger({reinterpret_cast<const char*>(data), size});
  return 0;
}
