// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes of an object, and how HTTP writes them (RFC 9110 section 14). Values and pure functions.

#ifndef AUDIODL_COMMON_S3_BYTE_RANGE_H_
#define AUDIODL_COMMON_S3_BYTE_RANGE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace audiodl {

// Half-open: [offset, offset + length).
struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;

  bool operator==(const ByteRange&) const = default;
};

// {0, 100} -> "bytes=0-99". kInvalid for no bytes, and for a range that ends above 2^64.
Result<std::string> RangeHeader(const ByteRange& range);

struct ContentRange {
  uint64_t first = 0;
  uint64_t last = 0;   // inclusive, as HTTP has it
  uint64_t total = 0;  // the whole object's size

  uint64_t length() const { return last - first + 1; }
};

// "bytes 0-99/1234", of a 206. kInvalid for all else: first <= last < total, and the total is known
// ("*" is of no use to a cache).
Result<ContentRange> ParseContentRange(std::string_view value);

// The size in "bytes */1234", of a 416.
Result<uint64_t> ParseUnsatisfiedRange(std::string_view value);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_BYTE_RANGE_H_
