// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Base64 as RFC 4648 section 4 has it, with padding: what Content-MD5 and x-amz-checksum-* are
// written in. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_BASE64_H_
#define AUDIODL_COMMON_BASE_BASE64_H_

#include <cstdint>
#include <span>
#include <string>

namespace audiodl {

std::string Base64Encode(std::span<const uint8_t> bytes);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_BASE64_H_
