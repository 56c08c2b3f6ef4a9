// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a Range header asks for, of something whose size is known (RFC 9110 section 14). Pure; any
// thread.
//
//   EvaluateRange("bytes=0-9,100-109", 1000)  -> kSome {0, 10} {100, 10}
//   EvaluateRange("bytes=-5", 1000)           -> kSome {995, 5}
//   EvaluateRange("bytes=1000-", 1000)        -> kNone
//   EvaluateRange("lines=1-2", 1000)          -> kAll
//
// A header costs at most what it is long, and what comes of it is never more bytes than there are:
// ranges that overlap or touch are made one, and a header with more than kMaxSpecs ranges in it, or
// with more than kMaxRanges left of them, is ignored, as section 14.2 allows.

#ifndef AUDIODL_COMMON_HTTP_RANGE_SET_H_
#define AUDIODL_COMMON_HTTP_RANGE_SET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/s3/byte_range.h"

namespace audiodl {

struct RangeSet {
  enum class Kind : unsigned char {
    kAll,   // the header is to be ignored: 200
    kSome,  // 206
    kNone,  // nothing that is asked for is there: 416
  };
  // As many as httpd's own MaxRanges allows.
  static constexpr size_t kMaxSpecs = 200;
  // Each may cost the origin a block, however short it is.
  static constexpr size_t kMaxRanges = 16;

  Kind kind = Kind::kAll;
  // kSome: one or more, none empty, none overlapping or touching another, all within the size; in
  // the order in which they were asked for.
  std::vector<ByteRange> ranges;
};

// Positions may have any number of digits. Unknown units and malformed headers are kAll. Of nothing
// (size 0) all there is may be had, "bytes=0-" and "bytes=-1" are kAll, because some clients ask so
// for everything.
RangeSet EvaluateRange(std::string_view range_header, uint64_t size);

// {0, 10} of 1000 -> "bytes 0-9/1000". REQUIRES: not empty, within the size.
std::string ContentRangeText(const ByteRange& range, uint64_t size);

// "bytes */1000", for a 416.
std::string UnsatisfiedRangeText(uint64_t size);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_RANGE_SET_H_
