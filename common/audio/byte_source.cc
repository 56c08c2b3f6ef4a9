// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/byte_source.h"

#include <algorithm>
#include <cassert>

#include "common/base/file_io.h"

namespace audiodl {

std::string_view ByteSource::At(uint64_t offset, size_t bytes) {
  assert(bytes <= kMaxBytes);
  if (offset >= size_ || !status_.ok()) return {};
  bytes = std::min<uint64_t>(bytes, size_ - offset);
  if (fd_ < 0) return text_.substr(offset, bytes);
  const bool inside = offset >= window_begin_ && offset + bytes <= window_begin_ + window_.size();
  if (!inside) {
    window_begin_ = offset;
    window_.resize(std::min<uint64_t>(kMaxBytes, size_ - offset));
    status_ = ReadAt(fd_, offset, window_);
    if (!status_.ok()) {
      window_.clear();
      return {};
    }
    if (tell_) tell_(window_begin_ + window_.size());
  }
  return std::string_view(window_).substr(offset - window_begin_, bytes);
}

}  // namespace audiodl
