// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A bucket that stands for bytes of one part of a book before that part's file is open, so that a
// book of any number of parts can be put into a brigade at the cost of some hundred bytes each. The
// pump makes FILE buckets of them, one when its turn has come. Whoever else reads one (a content
// filter, the gate of parts) waits for its bytes, in its own worker, and gets some of them as a
// HEAP bucket, the rest staying behind it.
//
// It owns nothing: whose bytes it stands for lives in r->pool, and a bucket that outlives that may
// only be destroyed.

#ifndef AUDIODL_MOD_AUDIODL_PART_BUCKET_H_
#define AUDIODL_MOD_AUDIODL_PART_BUCKET_H_

#include <apr_buckets.h>

#include <cstddef>
#include <span>

#include "common/base/status.h"
#include "common/s3/byte_range.h"

namespace audiodl {

// Where the bytes come from.
class PartSource {
 public:
  virtual ~PartSource() = default;

  // Waits for at least one byte of slice `slice` from its part's byte `offset` on, and copies what
  // is there of the next to.size() bytes; how many. An error has been told to everybody.
  virtual apr_status_t ReadSlice(size_t slice, uint64_t offset, std::span<char> to,
                                 size_t& read) = 0;

  // Some bytes could not be read, for whatever reason: nothing more may be sent.
  virtual void BreakOff() noexcept = 0;
};

// Bytes `bytes` of a part, which are the source's slice of that number. `source` is borrowed.
apr_bucket* NewPartBucket(PartSource& source, size_t slice, const ByteRange& bytes,
                          apr_bucket_alloc_t* allocator);

// The slice of a bucket of that source; -1 for any other bucket.
ptrdiff_t SliceOf(const PartSource& source, const apr_bucket* bucket);

// Makes a FILE bucket of it, of the same bytes. REQUIRES: SliceOf() is not -1.
void TurnIntoFile(apr_bucket* bucket, apr_file_t* file, apr_pool_t* pool);

bool IsPartBucket(const apr_bucket* bucket);

}  // namespace audiodl

#endif  // AUDIODL_MOD_AUDIODL_PART_BUCKET_H_
