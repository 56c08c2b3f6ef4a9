// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which bytes a request will probably want first, read from its Range header before the object's
// size is known. Only a hint, for asking the origin for the right block at once: PlanResponse()
// decides what is sent. Pure; any thread.

#ifndef AUDIODL_COMMON_CACHE_RANGE_HINT_H_
#define AUDIODL_COMMON_CACHE_RANGE_HINT_H_

#include <cstdint>
#include <string_view>

namespace audiodl {

struct RangeHint {
  uint64_t offset = 0;
  uint64_t length = UINT64_MAX;  // UINT64_MAX: to the end
  bool from_end = false;         // "bytes=-N": the last `length` bytes; offset is 0

  // "bytes=100-199, ..." -> {100, 100}: the first range. No header, or one that is not understood:
  // all of the object, which is what such a header is answered with (RFC 9110 section 14.2).
  static RangeHint Parse(std::string_view range_header);
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_RANGE_HINT_H_
