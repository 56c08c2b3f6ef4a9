// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Two keys as a file has them, the second on its way out.

#ifndef AUDIODL_TESTS_UNIT_LINK_SAMPLE_KEYS_H_
#define AUDIODL_TESTS_UNIT_LINK_SAMPLE_KEYS_H_

#include <chrono>

#include "common/link/link_key_set.h"

namespace audiodl {

// 32 times 'a', 33 times 'b'.
inline constexpr char kKeyFile[] =
    "# the shop's keys\n"
    "k2 YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n"
    "\n"
    "k1\tYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi  not-after=2026-12-01T00:00:00Z\r\n";

inline LinkKeySet SampleKeys() { return LinkKeySet::Parse(kKeyFile).value(); }

inline constexpr std::chrono::sys_seconds kNow(std::chrono::seconds(1'790'000'000));  // 2026-09-21

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_LINK_SAMPLE_KEYS_H_
