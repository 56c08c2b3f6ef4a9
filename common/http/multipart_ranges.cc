// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/multipart_ranges.h"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "common/base/digest.h"
#include "common/http/range_set.h"

namespace audiodl {
namespace {

std::string NewBoundary() {
  std::array<uint8_t, 16> bytes;
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  return HexEncode(bytes);
}

}  // namespace

MultipartRanges::MultipartRanges(const std::vector<ByteRange>& ranges, uint64_t size,
                                 std::string_view media_type) {
  const std::string boundary = NewBoundary();
  content_type_ = "multipart/byteranges; boundary=" + boundary;
  for (const ByteRange& range : ranges) {
    heads_.push_back((heads_.empty() ? "--" : "\r\n--") + boundary +
                     "\r\nContent-Type: " + std::string(media_type) +
                     "\r\nContent-Range: " + ContentRangeText(range, size) + "\r\n\r\n");
    length_ += heads_.back().size() + range.length;
  }
  tail_ = "\r\n--" + boundary + "--\r\n";
  length_ += tail_.size();
}

}  // namespace audiodl
