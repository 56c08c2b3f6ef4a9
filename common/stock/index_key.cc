// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/index_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

#include "common/base/digest.h"
#include "common/base/file_io.h"
#include "common/base/private_file.h"
#include "common/base/wipe.h"

namespace audiodl {
namespace {

constexpr size_t kMaxBytes = size_t{64} * 1024;
constexpr size_t kSignatureBytes = 64;
constexpr size_t kPublicBytes = 32;
constexpr size_t kIdDigits = 16;

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

template <typename T>
T NotNull(T made) {
  if (!made) throw std::bad_alloc();
  return made;
}

const unsigned char* AsBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Borrows.
Bio ReaderOf(std::string_view text) {
  return NotNull(Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))));
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

// OpenSSL would ask the terminal for the password of an encrypted key.
int NoPassword(char*, int, int, void*) { return 0; }

Status NotEd25519() { return Status::Invalid("it is a key, but none for Ed25519"); }

// REQUIRES: it is one for Ed25519.
std::string IdOf(EVP_PKEY* key) {
  std::array<uint8_t, kPublicBytes> bytes;
  size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) != 1 || size != bytes.size()) {
    throw std::runtime_error("OpenSSL does not give a public key");
  }
  return HexEncode(Sha256Of(AsText(bytes))).substr(0, kIdDigits);
}

Status At(const std::string& path, const Status& status) {
  return status.code() == Code::kInvalid ? Status::Invalid(path + ": " + status.text()) : status;
}

}  // namespace

void KeyDeleter::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<IndexVerifyKeys> IndexVerifyKeys::Parse(std::string_view pem) {
  IndexVerifyKeys keys;
  const Bio bio = ReaderOf(pem);
  for (;;) {
    KeyHandle key(PEM_read_bio_PUBKEY(bio.get(), nullptr, &NoPassword, nullptr));
    if (key == nullptr) break;
    if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) return NotEd25519();
    std::string id = IdOf(key.get());
    keys.keys_.insert_or_assign(std::move(id), std::move(key));
  }
  ERR_clear_error();
  if (keys.keys_.empty()) {
    return Status::Invalid("there is no public key (-----BEGIN PUBLIC KEY-----) in it");
  }
  return keys;
}

Result<IndexVerifyKeys> IndexVerifyKeys::Read(const std::string& path) {
  const Result<std::string> pem = ReadWholeFile(path, kMaxBytes);
  if (!pem.ok()) return pem.status();
  Result<IndexVerifyKeys> keys = Parse(*pem);
  if (!keys.ok()) return At(path, keys.status());
  return keys;
}

Status IndexVerifyKeys::Verify(std::string_view id, std::string_view text,
                               std::string_view signature) const {
  const auto key = keys_.find(id);
  if (key == keys_.end()) {
    return Status(Code::kForbidden, "it is signed with a key that is not known here");
  }
  const Context context = NotNull(Context(EVP_MD_CTX_new()));
  const bool good =
      signature.size() == kSignatureBytes &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key->second.get()) == 1 &&
      EVP_DigestVerify(context.get(), AsBytes(signature), signature.size(), AsBytes(text),
                       text.size()) == 1;
  ERR_clear_error();
  return good ? Status::Ok() : Status(Code::kForbidden, "its signature is false");
}

Result<IndexSigningKey> IndexSigningKey::Parse(std::string_view pem) {
  IndexSigningKey key;
  const Bio bio = ReaderOf(pem);
  key.key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassword, nullptr));
  ERR_clear_error();
  if (key.key_ == nullptr) {
    return Status::Invalid(
        "there is no private key (-----BEGIN PRIVATE KEY-----) in it, or it needs a password");
  }
  if (EVP_PKEY_id(key.key_.get()) != EVP_PKEY_ED25519) return NotEd25519();
  key.id_ = IdOf(key.key_.get());
  return key;
}

Result<IndexSigningKey> IndexSigningKey::Read(const std::string& path) {
  WipedString pem;
  if (Status status = ReadPrivateFile(path, kMaxBytes, *pem); !status.ok()) return status;
  Result<IndexSigningKey> key = Parse(*pem);
  if (!key.ok()) return At(path, key.status());
  return key;
}

std::string IndexSigningKey::Sign(std::string_view text) const {
  const Context context = NotNull(Context(EVP_MD_CTX_new()));
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     AsBytes(text), text.size()) != 1 ||
      size != kSignatureBytes) {
    throw std::runtime_error("OpenSSL does not sign");
  }
  return signature;
}

std::string IndexSigningKey::PublicPem() const {
  const Bio bio = NotNull(Bio(BIO_new(BIO_s_mem())));
  if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) throw std::bad_alloc();
  return TextOf(bio.get());
}

std::string NewIndexKeyPem() {
  const KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) throw std::runtime_error("OpenSSL makes no key for Ed25519");
  const Bio bio = NotNull(Bio(BIO_new(BIO_s_secmem())));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
      1) {
    throw std::bad_alloc();
  }
  return TextOf(bio.get());
}

}  // namespace audiodl
