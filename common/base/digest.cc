// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace audiodl {
namespace {

void Demand(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL refuses a digest (is it in FIPS mode?)");
}

template <size_t kBytes>
const EVP_MD* Algorithm() {
  static_assert(kBytes == 32 || kBytes == 16);
  return kBytes == 32 ? EVP_sha256() : EVP_md5();
}

}  // namespace

template <size_t kBytes>
Digest<kBytes>::Digest() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  if (EVP_DigestInit_ex(context_, Algorithm<kBytes>(), nullptr) != 1) {
    EVP_MD_CTX_free(context_);
    Demand(false);
  }
}

template <size_t kBytes>
Digest<kBytes>::~Digest() {
  EVP_MD_CTX_free(context_);
}

template <size_t kBytes>
Digest<kBytes>::Digest(Digest&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

template <size_t kBytes>
Digest<kBytes>& Digest<kBytes>::operator=(Digest&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

template <size_t kBytes>
void Digest<kBytes>::Update(std::string_view data) {
  Demand(EVP_DigestUpdate(context_, data.data(), data.size()) == 1);
}

template <size_t kBytes>
std::array<uint8_t, kBytes> Digest<kBytes>::Final() {
  std::array<uint8_t, kBytes> bytes;
  Demand(EVP_DigestFinal_ex(context_, bytes.data(), nullptr) == 1);
  return bytes;
}

template class Digest<32>;
template class Digest<16>;

Sha256Bytes Sha256Of(std::string_view data) {
  Sha256 digest;
  digest.Update(data);
  return digest.Final();
}

Sha256Bytes HmacSha256(std::string_view key, std::string_view data) {
  Sha256Bytes bytes;
  // OpenSSL takes a null key to mean "the key of last time", also when its length is 0.
  const char* const key_bytes = key.empty() ? "" : key.data();
  Demand(HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(data.data()), data.size(), bytes.data(),
              nullptr) != nullptr);
  return bytes;
}

std::string_view AsText(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string HexEncode(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 0xf]);
  }
  return hex;
}

}  // namespace audiodl
