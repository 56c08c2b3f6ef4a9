// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Bytes that the audio readers look at, in a file or in memory, through a window: a reader that
// goes forward in small steps costs one read(2) a mebibyte. One thread at a time.

#ifndef AUDIODL_COMMON_AUDIO_BYTE_SOURCE_H_
#define AUDIODL_COMMON_AUDIO_BYTE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace audiodl {

class ByteSource {
 public:
  // The descriptor is borrowed.
  ByteSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  // The text is borrowed.
  explicit ByteSource(std::string_view text) : size_(text.size()), text_(text) {}

  uint64_t size() const { return size_; }

  // The bytes from `offset` on, as many as asked for or as there are before the end: empty at the
  // end and behind it. Valid until the next call. A file that cannot be read gives none, and
  // status() says why. REQUIRES: at most kMaxBytes.
  std::string_view At(uint64_t offset, size_t bytes);

  static constexpr size_t kMaxBytes = size_t{1} << 20;

  // `end` is where what was read of the file last ends: for who shows how far it has come.
  void OnRead(std::function<void(uint64_t end)> tell) { tell_ = std::move(tell); }

  // The first failure to read.
  const Status& status() const { return status_; }

 private:
  const int fd_ = -1;
  const uint64_t size_;
  const std::string_view text_;
  std::string window_;
  uint64_t window_begin_ = 0;
  Status status_;
  std::function<void(uint64_t end)> tell_;
};

// Numbers as MPEG and ID3 have them, the high byte first. REQUIRES: that many bytes.
inline uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

inline uint64_t BigEndian64(std::string_view bytes) {
  return uint64_t{BigEndian(bytes.substr(0, 4))} << 32 | BigEndian(bytes.substr(4, 4));
}

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_BYTE_SOURCE_H_
