// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What operators write for amounts. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_UNITS_H_
#define AUDIODL_COMMON_BASE_UNITS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// "40G" -> bytes. Digits, then nothing (bytes) or one of K M G T (powers of 1024, either case, an
// optional B after them). kInvalid on anything else and on overflow; the text quotes the value.
Result<uint64_t> ParseSize(std::string_view text);

// A limit that is either bytes ("10G") or a share of the file system ("5%", 0..100, one decimal).
struct SizeOrPercent {
  uint64_t bytes = 0;
  double percent = -1;  // < 0: bytes holds the limit
};
Result<SizeOrPercent> ParseSizeOrPercent(std::string_view text);

// "30", "30s", "500ms", "5m", "24h", "7d"; a bare number is seconds.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

// "12" -> 12, within 1..most. kInvalid on anything else; the text names the bounds.
Result<unsigned> ParseCount(std::string_view text, unsigned most);

// "29.9 MB" style text for people, powers of 1024.
std::string FormatSize(uint64_t bytes);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_UNITS_H_
