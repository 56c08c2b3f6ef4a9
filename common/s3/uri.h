// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Percent-encoding as S3 and SigV4 want it: every byte but RFC 3986's unreserved ones
// (A-Z a-z 0-9 - . _ ~) becomes %XX with capital digits. Keys are bytes, not text: "é" is whatever
// bytes the key has, and nothing is normalised. Pure; any thread.
//
//   UriEncode("a b/ü.mp3", Slash::kKeep)    "a%20b/%C3%BC.mp3"
//   UriEncode("a b/ü.mp3", Slash::kEncode)  "a%20b%2F%C3%BC.mp3"

#ifndef AUDIODL_COMMON_S3_URI_H_
#define AUDIODL_COMMON_S3_URI_H_

#include <string>
#include <string_view>

namespace audiodl {

// '/' separates in a path, but is an ordinary byte in a query's names and values.
enum class Slash : unsigned char { kKeep, kEncode };

std::string UriEncode(std::string_view bytes, Slash slash);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_S3_URI_H_
