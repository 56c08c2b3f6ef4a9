// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The keys of the listing's index, as options and settings name them. One thread.

#ifndef AUDIODL_AUDIODL_LISTING_KEYS_H_
#define AUDIODL_AUDIODL_LISTING_KEYS_H_

#include <sys/stat.h>

#include <optional>
#include <string>

#include "audiodl/options.h"
#include "audiodl/shop_settings.h"
#include "common/base/status.h"
#include "common/stock/index_key.h"

namespace audiodl {

inline constexpr char kKeyOption[] = "--key";
inline constexpr char kKeysOption[] = "--keys";

// Of --key, else AudioListingKey, else /etc/audiodl/listing.key. kInvalid: the setting is no path.
Result<std::string> SigningKeyPath(const Options& options, const ShopSettings& shop);
// Of --keys, else AudioListingPublicKeys, else /etc/audiodl/listing.pub.
Result<std::string> PublicKeysPath(const Options& options, const ShopSettings& shop);

// All public keys that this machine has: those of --keys; without it the master's own and those
// that web servers have, as far as they are there and can be read. None: there are none. A status
// only for what --keys names.
Result<std::optional<IndexVerifyKeys>> KnownKeysOf(const Options& options,
                                                   const ShopSettings& shop);

// A file of public keys that somebody may change while the process runs.
class KeysFile {
 public:
  explicit KeysFile(std::string path) : path_(std::move(path)) {}

  // None: it is the file that was read last. After a failure it is read again by the next call.
  Result<std::optional<IndexVerifyKeys>> ReadIfOther();

 private:
  const std::string path_;
  std::optional<struct stat> read_;  // as it was before it was read last
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_KEYS_H_
