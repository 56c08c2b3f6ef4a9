// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash with a secret key, a hundred times as
// fast as a digest. Whoever does not know the key cannot choose texts that fall together, in tables
// whose keys strangers have a say in. Pure; any thread.

#ifndef AUDIODL_COMMON_BASE_SIPHASH_H_
#define AUDIODL_COMMON_BASE_SIPHASH_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace audiodl {

// Two little-endian words of eight bytes.
using SipKey = std::array<uint64_t, 2>;

uint64_t SipHash(const SipKey& key, std::string_view text);

// From the kernel's random numbers.
SipKey NewSipKey();

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_SIPHASH_H_
