// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One record of a cache directory's index, the log of what came, was used and went. On the disk:
//
//   0   magic        "AXR1"
//   4   crc          CRC-32C of all that follows
//   8   length       of the whole record, at most 1,600 bytes
//   10  kind, 0
//   12  origin_length
//   14  0
//   16  time         Unix seconds
//   24  value        by kind
//   32  id
//   64  origin, key  (kAdded and kPinned; kBasis: nothing)
//
// A record that was torn does not agree with its CRC; the next good one is found by its magic. All
// integers are little-endian. Pure; any thread.

#ifndef AUDIODL_COMMON_CACHE_INDEX_RECORD_H_
#define AUDIODL_COMMON_CACHE_INDEX_RECORD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/object_id.h"

namespace audiodl {

enum class RecordKind : uint8_t {
  kBasis = 1,    // first record: all files of the boot whose id stands in `id` are known here
  kAdded = 2,    // a file of `value` bytes is about to be made; time: last used
  kTouched = 3,  // a request wanted it at `time`
  kRemoved = 4,
  kDurable = 5,  // it is complete and would survive a power cut
  kPinned = 6,   // not to be evicted before `value`, Unix seconds; 0: pinned no more
};

struct IndexRecord {
  RecordKind kind = RecordKind::kAdded;
  ObjectId id;
  int64_t time = 0;
  uint64_t value = 0;
  std::string origin;
  std::string key;
};

inline constexpr size_t kMaxRecordBytes = 1600;

// REQUIRES: origin and key are within a cache file's limits (512 and 1,024 bytes).
std::string EncodeRecord(const IndexRecord& record);

// Takes the record that `log` begins with, and the bytes of it. kCorrupt: it begins with none, and
// `log` now begins with what may be the next one, or is empty.
Result<IndexRecord> TakeRecord(std::string_view& log);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_INDEX_RECORD_H_
