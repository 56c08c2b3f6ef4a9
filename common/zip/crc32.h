// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// CRC-32 as zip, gzip and PNG have it (ISO 3309), by zlib. Not to be taken for the cache file's
// CRC-32C (common/base/crc32c.h). Pure; any thread.

#ifndef AUDIODL_COMMON_ZIP_CRC32_H_
#define AUDIODL_COMMON_ZIP_CRC32_H_

#include <cstdint>
#include <string_view>

namespace audiodl {

// The CRC of A+B is Crc32Extend(Crc32Extend(0, A), B).
uint32_t Crc32Extend(uint32_t crc, std::string_view data);

inline uint32_t Crc32(std::string_view data) { return Crc32Extend(0, data); }

// The CRC of A+B where only the CRCs of A and of B, and the length of B, are known: parts that were
// read out of order, or by several threads.
uint32_t Crc32Combine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ZIP_CRC32_H_
