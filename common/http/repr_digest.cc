// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/http/repr_digest.h"

#include <cstddef>

#include "common/base/digest.h"
#include "common/link/base64url.h"

namespace audiodl {

std::string ReprDigest(std::string_view sha256_hex) {
  constexpr std::string_view kHex = "0123456789abcdef";
  Sha256Bytes bytes{};
  if (sha256_hex.size() != 2 * bytes.size()) return {};
  for (size_t i = 0; i < sha256_hex.size(); ++i) {
    const size_t value = kHex.find(sha256_hex[i]);
    if (value == std::string_view::npos) return {};
    bytes[i / 2] = static_cast<uint8_t>(bytes[i / 2] << 4 | value);
  }
  return "sha-256=:" + Base64Text(bytes) + ":";
}

}  // namespace audiodl
