// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The Repr-Digest header (RFC 9530): what the whole file's bytes must hash to, by which a customer
// can tell whether a download is damaged. Pure; any thread.

#ifndef AUDIODL_COMMON_HTTP_REPR_DIGEST_H_
#define AUDIODL_COMMON_HTTP_REPR_DIGEST_H_

#include <string>
#include <string_view>

namespace audiodl {

// 64 lower-case hex digits of a SHA-256 -> "sha-256=:LPJNul+w…=:". Empty for anything else.
std::string ReprDigest(std::string_view sha256_hex);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_HTTP_REPR_DIGEST_H_
