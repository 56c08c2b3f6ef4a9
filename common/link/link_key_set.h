// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The keys that sign download links, from the file of AudioLinkKeys:
//
//   # KEYID  BASE64KEY                                    [not-after=TIME]
//   k2       mGJ3K4+O1rWbN0e4VfHq2yq3hKtTqs0Xw6bq1PzJm0s=
//   k1       b2xkIGtleSwgb2xkIGtleSwgb2xkIGtleSwgb2xkIQ==  not-after=2026-12-31T00:00:00Z
//
// The first key that is not retired signs; all that are not retired verify, so that links signed
// with the old key go on working while a new one takes over. Whoever knows a key can let anybody
// in: the file is its owner's alone, httpd's parent reads it before it drops its privileges, and
// memory that held a key is wiped.
//
// Immutable once made; any thread.

#ifndef AUDIODL_COMMON_LINK_LINK_KEY_SET_H_
#define AUDIODL_COMMON_LINK_LINK_KEY_SET_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/base/wipe.h"

namespace audiodl {

struct LinkKey {
  LinkKey() = default;
  LinkKey(const LinkKey&) = default;
  LinkKey(LinkKey&&) = default;
  LinkKey& operator=(const LinkKey&) = default;
  LinkKey& operator=(LinkKey&&) = default;
  ~LinkKey() { Wipe(secret); }

  bool RetiredAt(std::chrono::sys_seconds now) const { return not_after && now >= *not_after; }

  std::string id;
  std::string secret;  // the bytes themselves, 32 to 64
  std::optional<std::chrono::sys_seconds> not_after;
};

class LinkKeySet {
 public:
  static constexpr size_t kMaxBytes = size_t{64} * 1024;  // of a file
  static constexpr size_t kMinKeyBytes = 32;
  static constexpr size_t kMaxKeyBytes = 64;  // HMAC would hash a longer one down
  static constexpr size_t kMaxIdBytes = 16;

  // kInvalid names the line and what is wrong with it, and repeats no key. At least one key; no id
  // twice.
  static Result<LinkKeySet> Parse(std::string_view text);

  // The same from a file that nobody but its owner may touch, and that belongs to root or to
  // whoever reads it. kInvalid, kNotFound or kIo with the path and what to do.
  static Result<LinkKeySet> Read(const std::string& path);

  // Null where every key is retired.
  const LinkKey* SigningKey(std::chrono::sys_seconds now) const;
  // Retired or not; null for an unknown id.
  const LinkKey* Find(std::string_view id) const;

 private:
  LinkKeySet() = default;

  std::vector<LinkKey> keys_;
};

// 1 to 16 characters of [0-9A-Za-z_-], so that an id needs no escaping in a URL.
bool IsLinkKeyId(std::string_view text);

// A line for the file with a new random key. REQUIRES: IsLinkKeyId(id).
std::string NewLinkKeyLine(std::string_view id);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_LINK_LINK_KEY_SET_H_
