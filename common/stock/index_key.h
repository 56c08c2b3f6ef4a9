// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Who may say what is for sale: keys for Ed25519 (RFC 8032) over OpenSSL, in PEM files as every
// tool makes them:
//
//   openssl genpkey -algorithm ed25519 -out listing.key     (audiodl listing new-key does both)
//   openssl pkey -in listing.key -pubout -out listing.pub
//
// Signatures rather than a shared secret, because web servers are what gets broken into: with the
// public key they can tell a true index from a false one, and cannot make one for the others, even
// where their credentials could write to the bucket.
//
// Immutable once made; any thread.

#ifndef AUDIODL_COMMON_STOCK_INDEX_KEY_H_
#define AUDIODL_COMMON_STOCK_INDEX_KEY_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

struct evp_pkey_st;

namespace audiodl {

struct KeyDeleter {
  void operator()(evp_pkey_st* key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, KeyDeleter>;

// Public keys: any of them may have signed, so that a new key can be handed out before it is used.
class IndexVerifyKeys {
 public:
  // All public keys of a PEM file, one after the other. kInvalid: there is none in it, or one that
  // is not for Ed25519. kNotFound, kIo.
  static Result<IndexVerifyKeys> Read(const std::string& path);
  static Result<IndexVerifyKeys> Parse(std::string_view pem);

  // kForbidden: none of the keys is called `id`, or `signature` is not its of that text.
  Status Verify(std::string_view id, std::string_view text, std::string_view signature) const;

 private:
  std::map<std::string, KeyHandle, std::less<>> keys_;  // by id
};

class IndexSigningKey {
 public:
  // A file that nobody but its owner and group may read. As IndexVerifyKeys::Read().
  static Result<IndexSigningKey> Read(const std::string& path);
  static Result<IndexSigningKey> Parse(std::string_view pem);

  // 64 bytes.
  std::string Sign(std::string_view text) const;
  // Tells keys apart: 16 hex digits of the SHA-256 of the public key.
  const std::string& id() const { return id_; }
  std::string PublicPem() const;

 private:
  KeyHandle key_;
  std::string id_;
};

// A new key as a PEM file's text; the caller wipes it.
std::string NewIndexKeyPem();

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_INDEX_KEY_H_
