// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The digest of a whole object whose blocks arrive in any order: it follows the contiguous prefix,
// reading the blocks back from the page cache, so that when the last block arrives little is left
// to do. One thread at a time; Take() may run on another one than the rest (digest_queue.h), and
// outlive the file.

#ifndef AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_
#define AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "common/cache/cache_writer.h"

namespace audiodl {

class PrefixDigest {
 public:
  // What `file`'s header says is followed: SHA-256, MD5, or nothing. `file` is borrowed.
  explicit PrefixDigest(const CacheWriter& file);

  // How many blocks could be taken in now, `at_most` being enough; `held` is a block whose bytes
  // are written though it is not marked yet. REQUIRES: the file is still there.
  uint64_t Ready(std::optional<uint64_t> held, uint64_t at_most) const;

  // Takes in the next `blocks`. REQUIRES: Ready() said that there are so many.
  Status Take(uint64_t blocks);

  // Everything has been taken in.
  bool done() const { return next_ == blocks_; }

  // REQUIRES: done(), and not called before. kCorrupt: the bytes are not the object's.
  Status Check();

 private:
  const CacheWriter& file_;
  const ObjectHeader::Digest expected_;
  const uint64_t size_;
  const uint64_t blocks_;
  const std::shared_ptr<const UniqueFd> fd_;
  uint64_t next_ = 0;
  std::optional<Sha256> sha256_;
  std::optional<Md5> md5_;
  std::vector<char> buffer_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_FETCH_PREFIX_DIGEST_H_
