// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The digest of a whole object whose blocks arrive in any order: it follows the contiguous prefix,
// reading the blocks back from the page cache, so that when the last block arrives little is left
// to do. One thread at a time.

#ifndef AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_
#define AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/cache/cache_writer.h"

namespace audiodl {

class PrefixDigest {
 public:
  // What `file`'s header says is followed: SHA-256, MD5, or nothing. `file` is borrowed.
  explicit PrefixDigest(const CacheWriter& file);

  // Takes in up to `at_most` blocks of those that are there; `held` is a block whose bytes are
  // written though it is not marked yet. Returns whether more could be taken in at once.
  Result<bool> Follow(std::optional<uint64_t> held, unsigned at_most);

  // Everything has been taken in.
  bool done() const { return next_ == file_.blocks(); }

  // REQUIRES: done(), and not called before. kCorrupt: the bytes are not the object's.
  Status Check();

 private:
  const CacheWriter& file_;
  uint64_t next_ = 0;
  std::optional<Sha256> sha256_;
  std::optional<Md5> md5_;
  std::vector<char> buffer_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_
