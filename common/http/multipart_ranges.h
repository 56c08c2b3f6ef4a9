// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The frame of a multipart/byteranges response (RFC 9110 section 14.6): what stands before each
// range's bytes and behind the last, and so its exact length beforehand.
//
//   MultipartRanges parts(ranges, size, "audio/mpeg");
//   if (parts.length() >= size) ...                          // the whole is no longer: send that
//   for (size_t i = 0; i < ranges.size(); ++i) { Send(parts.Head(i)); Send(ranges[i]); }
//   Send(parts.tail());
//
// Immutable; any thread.

#ifndef AUDIODL_COMMON_HTTP_MULTIPART_RANGES_H_
#define AUDIODL_COMMON_HTTP_MULTIPART_RANGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/s3/byte_range.h"

namespace audiodl {

class MultipartRanges {
 public:
  // REQUIRES: the ranges are within `size`; `media_type` may stand in a header. The boundary is
  // drawn anew, so that no bytes can have been made to hold it.
  MultipartRanges(const std::vector<ByteRange>& ranges, uint64_t size, std::string_view media_type);

  // The response's: multipart/byteranges; boundary=...
  const std::string& content_type() const { return content_type_; }
  // Of the whole body.
  uint64_t length() const { return length_; }

  const std::string& Head(size_t part) const { return heads_[part]; }
  const std::string& tail() const { return tail_; }

 private:
  std::string content_type_;
  std::vector<std::string> heads_;
  std::string tail_;
  uint64_t length_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_MULTIPART_RANGES_H_
