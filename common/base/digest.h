// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// SHA-256, MD5 and HMAC-SHA-256 over OpenSSL. One thread at a time per object; the functions are
// pure.
//
//   Sha256 digest;
//   for (std::string_view block : blocks) digest.Update(block);
//   HexEncode(digest.Final());
//
// OpenSSL refusing an algorithm (MD5 on a FIPS machine) is a std::runtime_error: no bytes could
// change that. MD5 serves only to compare with entity tags; it protects nothing.

#ifndef AUDIODL_COMMON_BASE_DIGEST_H_
#define AUDIODL_COMMON_BASE_DIGEST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace audiodl {

using Sha256Bytes = std::array<uint8_t, 32>;
using Md5Bytes = std::array<uint8_t, 16>;

// A running digest: Update() any number of times, then Final() once. After a move the source may
// only be destroyed or assigned to.
template <size_t kBytes>
class Digest {
 public:
  Digest();
  ~Digest();
  Digest(Digest&& other) noexcept;
  Digest& operator=(Digest&& other) noexcept;

  void Update(std::string_view data);
  // REQUIRES: not called before on this object.
  std::array<uint8_t, kBytes> Final();

 private:
  evp_md_ctx_st* context_;
};

using Sha256 = Digest<32>;
using Md5 = Digest<16>;

Sha256Bytes Sha256Of(std::string_view data);
Sha256Bytes HmacSha256(std::string_view key, std::string_view data);

// The same bytes as text, for functions that take text. Borrows.
std::string_view AsText(std::span<const uint8_t> bytes);

// Lower-case hex.
std::string HexEncode(std::span<const uint8_t> bytes);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_BASE_DIGEST_H_
