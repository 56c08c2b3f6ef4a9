// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_keys.h"

#include <cerrno>
#include <utility>

#include "audiodl/listing_options.h"
#include "common/base/file_io.h"

namespace audiodl {
namespace {

constexpr char kDefaultKey[] = "/etc/audiodl/listing.key";
constexpr char kDefaultKeys[] = "/etc/audiodl/listing.pub";
constexpr size_t kMaxBytes = size_t{64} << 10;

bool IsSameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// The time of change, too: whoever puts an old file in place may keep its time of writing.
bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         IsSameTime(a.st_mtim, b.st_mtim) && IsSameTime(a.st_ctim, b.st_ctim);
}

}  // namespace

Result<std::string> SigningKeyPath(const Options& options, const ShopSettings& shop) {
  if (auto path = options.Value(kKeyOption)) return *path;
  return PathOf(shop, "AudioListingKey", kDefaultKey);
}

Result<std::string> PublicKeysPath(const Options& options, const ShopSettings& shop) {
  if (auto path = options.Value(kKeysOption)) return *path;
  return PathOf(shop, "AudioListingPublicKeys", kDefaultKeys);
}

Result<std::optional<IndexVerifyKeys>> KnownKeysOf(const Options& options,
                                                   const ShopSettings& shop) {
  using Known = std::optional<IndexVerifyKeys>;
  if (const auto path = options.Value(kKeysOption)) {
    Result<IndexVerifyKeys> keys = IndexVerifyKeys::Read(*path);
    if (!keys.ok()) return keys.status();
    return Known(std::move(keys).value());
  }
  std::string pem;
  if (const Result<std::string> path = SigningKeyPath(options, shop); path.ok()) {
    const Result<IndexSigningKey> own = IndexSigningKey::Read(*path);
    if (own.ok()) pem += own->PublicPem();
  }
  if (const Result<std::string> path = PublicKeysPath(options, shop); path.ok()) {
    const Result<std::string> text = ReadWholeFile(*path, kMaxBytes);
    if (text.ok() && IndexVerifyKeys::Parse(*text).ok()) pem += *text;
  }
  Result<IndexVerifyKeys> keys = IndexVerifyKeys::Parse(pem);
  return keys.ok() ? Known(std::move(keys).value()) : Known();
}

Result<std::optional<IndexVerifyKeys>> KeysFile::ReadIfOther() {
  using Read = std::optional<IndexVerifyKeys>;
  struct stat now;
  if (stat(path_.c_str(), &now) != 0) return Status::FromErrno(errno, "read " + path_);
  if (read_ && IsSameFile(*read_, now)) return Read();
  Result<IndexVerifyKeys> keys = IndexVerifyKeys::Read(path_);
  if (!keys.ok()) return keys.status();
  read_ = now;
  return Read(std::move(keys).value());
}

}  // namespace audiodl
