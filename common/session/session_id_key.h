// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Some shops keep no session id in their table but a keyed hash of it, so that who reads the table
// cannot take a session over. Magento 2's Session\SaveHandler\DbTable stores
// hash_hmac('sha256', id, key), where the key is the last one in app/etc/env.php, crypt/key.
//
//   const Result<SessionIdKey> key = SessionIdKey::Read("/etc/audiodl/magento.key");
//   key->StoredId("8f14e45fceea167a5a36dedd4bea2543")   // 64 hexadecimal digits
//
// Immutable; any thread. The key is wiped with its object and appears in no message.

#ifndef AUDIODL_COMMON_SESSION_SESSION_ID_KEY_H_
#define AUDIODL_COMMON_SESSION_SESSION_ID_KEY_H_

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/wipe.h"

namespace audiodl {

class SessionIdKey {
 public:
  SessionIdKey(const SessionIdKey&) = default;
  SessionIdKey(SessionIdKey&&) = default;
  SessionIdKey& operator=(const SessionIdKey&) = default;
  SessionIdKey& operator=(SessionIdKey&&) = default;
  ~SessionIdKey() { Wipe(key_); }

  // The file holds the value of crypt/key as it is: keys separated by white space, the last of
  // which counts; "base64" before a key means that the rest is base64. Errors name the file.
  static Result<SessionIdKey> Read(const std::string& path);
  static Result<SessionIdKey> Parse(std::string_view text);

  // What stands in the table for the session of that id.
  std::string StoredId(std::string_view id) const;

 private:
  explicit SessionIdKey(std::string key) : key_(std::move(key)) {}

  std::string key_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SESSION_SESSION_ID_KEY_H_
