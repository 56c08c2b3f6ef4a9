// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The name of an object in the cache: the SHA-256 of its origin's identity and its key. A value.

#ifndef AUDIODL_COMMON_CACHE_OBJECT_ID_H_
#define AUDIODL_COMMON_CACHE_OBJECT_ID_H_

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace audiodl {

struct ObjectId {
  std::array<uint8_t, 32> bytes{};

  // SHA-256 of identity + LF + key. An identity holds no LF, so no two pairs give the same text.
  static ObjectId Of(std::string_view origin_identity, std::string_view key);

  // The first eight bytes as a number: a hash table's hash, a lock's offset, a doorbell's index.
  uint64_t Prefix() const {
    uint64_t prefix;
    std::memcpy(&prefix, bytes.data(), sizeof prefix);
    return prefix;
  }

  // 64 lower-case hex digits.
  std::string Hex() const;

  // "ab/<hex>", below the cache directory.
  std::string RelativePath() const;

  auto operator<=>(const ObjectId&) const = default;
};

}  // namespace audiodl

template <>
struct std::hash<audiodl::ObjectId> {
  size_t operator()(const audiodl::ObjectId& id) const noexcept { return id.Prefix(); }
};

#endif  // AUDIODL_COMMON_CACHE_OBJECT_ID_H_
