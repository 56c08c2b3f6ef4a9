// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads cache files again and compares every block with its CRC-32C, and the whole with the
// object's digest: a cheap disk forgets. Slowly, so that nobody feels it. One thread at a time.

#ifndef AUDIODL_COMMON_CACHE_SCRUBBER_H_
#define AUDIODL_COMMON_CACHE_SCRUBBER_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/cache/cache_index.h"
#include "common/cache/cache_reader.h"

namespace audiodl {

class Scrubber {
 public:
  // Sleeps so that no more than that is read in a second; 0: as fast as the disk allows.
  explicit Scrubber(uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  // Ok: all that is there is as it was fetched. kCorrupt: it is not; the text says "block 17
  // damaged". kNotFound: it has gone meanwhile, or may not be believed. kIo: the disk does not give
  // it. May run while the file is being filled.
  Status Check(const std::string& path, const CachedObject& object);

  uint64_t blocks() const { return blocks_; }
  uint64_t bytes() const { return bytes_; }

 private:
  Status CheckBlock(const CacheReader& reader, uint64_t block, BlockEntry entry);
  void Pace();

  const uint64_t rate_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  uint64_t blocks_ = 0;
  uint64_t bytes_ = 0;
  std::vector<char> buffer_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_SCRUBBER_H_
