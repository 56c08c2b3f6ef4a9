// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Whole reads and writes at an offset, with EINTR and short counts taken care of. Any thread.

#ifndef AUDIODL_COMMON_BASE_FILE_IO_H_
#define AUDIODL_COMMON_BASE_FILE_IO_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/base/status.h"

namespace audiodl {

// Reads exactly buffer.size() bytes. kCorrupt where the file ends before; else as
// Status::FromErrno.
Status ReadAt(int fd, uint64_t offset, std::span<char> buffer);

// Writes all of `data`.
Status WriteAt(int fd, uint64_t offset, std::string_view data);

// A file's contents, at most `limit` bytes (kInvalid beyond that).
Result<std::string> ReadWholeFile(const std::string& path, size_t limit);

// A trivially copyable value's bytes, for WriteAt.
template <typename T>
std::string_view BytesOf(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::string_view(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_FILE_IO_H_
