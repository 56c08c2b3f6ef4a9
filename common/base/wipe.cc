// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/base/wipe.h"

#include <openssl/crypto.h>

namespace audiodl {

void Wipe(std::string& secret) {
  // Growing to the capacity allocates nothing, and makes the bytes behind the end ours to write.
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace audiodl
