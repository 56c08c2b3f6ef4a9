// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// CRC-32C (Castagnoli), the checksum of RFC 3720 appendix B.4 and of S3's x-amz-checksum-crc32c.
// Uses the SSE 4.2 instruction where the processor has it. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_CRC32C_H_
#define AUDIODL_COMMON_BASE_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace audiodl {

// The CRC of A+B is Crc32cExtend(Crc32cExtend(0, A), B).
uint32_t Crc32cExtend(uint32_t crc, std::string_view data);

inline uint32_t Crc32c(std::string_view data) { return Crc32cExtend(0, data); }

namespace internal {
// The table-driven twin, for processors without the instruction; visible so that tests compare
// both.
uint32_t Crc32cExtendPortable(uint32_t crc, std::string_view data);
}  // namespace internal

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_CRC32C_H_
