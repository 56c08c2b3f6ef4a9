// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The cache file's layout, format version 1. One file holds one generation of one object:
//
//   0                     the object's bytes (the payload), at their own offsets
//   RoundUp(size, 4096)   the block table: 8 bytes a block of 256 KiB, padded to a multiple of 4096
//   end - 4096            the header page, the last page of the file
//
// Worked example, an object of 600,000 bytes (3 blocks, the last one of 75,712 bytes):
//
//   0        .. 600,000   payload
//   600,000  .. 602,112   zeros
//   602,112  .. 602,136   three table entries   (.. 606,208 zeros)
//   606,208  .. 610,304   header page
//
// The payload stands first so that range arithmetic, sendfile() and a curious operator's head -c
// need no offset; the header page stands last so that one fstat() and one pread() open a file.
//
// A table entry is {mark, crc}: crc is the block's CRC-32C, and mark is derived from crc and the
// block's number (PresenceMark). An entry is written with one pwrite() after the block's bytes; one
// that is torn or zero does not agree with itself and reads as "not here". Presence is counted from
// these marks only.
//
// The header page holds what never changes (under a CRC of its own), and at kMutableOffset, in a
// disk sector of its own, the few words that are written in place:
//
//   state      partial -> complete -> durable, or partial -> abandoned
//   last_used  when a request last wanted the object, Unix seconds
//   marker     the listing marker's modification time when the origin last confirmed this
//   generation,
//              Unix nanoseconds; 0: not yet known
//
// After a power cut the page cache is gone, and what reached the disk came in any order. So each
// file carries the boot it was made in, and in another boot only "durable" is believed: it is
// written after fdatasync() returned for everything else. All integers are little-endian.

#ifndef AUDIODL_COMMON_CACHE_CACHE_FORMAT_H_
#define AUDIODL_COMMON_CACHE_CACHE_FORMAT_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/cache/object_id.h"

namespace audiodl {

inline constexpr uint64_t kBlockBytes = 256 * 1024;
inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint32_t kFormatVersion = 1;
// S3's own limit is 5 TiB; a chunk beyond this is a mistake and would make the table absurd.
inline constexpr uint64_t kMaxObjectBytes = uint64_t{64} << 30;
inline constexpr size_t kMaxContentTypeBytes = 128;

using BootId = std::array<uint8_t, 16>;

// This boot's id (/proc/sys/kernel/random/boot_id), read once per process. All zero where there is
// none.
const BootId& CurrentBootId();

enum class FileState : uint32_t {
  kPartial = 0x50415254,
  kComplete = 0x434f4d50,
  kDurable = 0x44555241,
  kAbandoned = 0x41424e44,  // a newer generation exists, or its bytes proved wrong: read no further
};

constexpr uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}
constexpr uint64_t BlockCount(uint64_t size) { return (size + kBlockBytes - 1) / kBlockBytes; }

struct Layout {
  explicit constexpr Layout(uint64_t size)
      : blocks(BlockCount(size)),
        table_offset(RoundUp(size, kPageBytes)),
        header_offset(table_offset + RoundUp(blocks * 8, kPageBytes)),
        file_bytes(header_offset + kPageBytes) {}

  uint64_t blocks;
  uint64_t table_offset;
  uint64_t header_offset;
  uint64_t file_bytes;
};

struct BlockEntry {
  uint32_t mark = 0;
  uint32_t crc = 0;
};
static_assert(sizeof(BlockEntry) == 8);

constexpr uint32_t PresenceMark(uint64_t block, uint32_t crc) {
  const uint32_t mark = (crc ^ 0x4b434c42u) + static_cast<uint32_t>(block) * 2654435761u;
  return mark != 0 ? mark : 1;  // 0 is a hole
}
constexpr bool IsPresent(uint64_t block, BlockEntry entry) {
  return entry.mark == PresenceMark(block, entry.crc);
}
constexpr BlockEntry PresentEntry(uint64_t block, uint32_t crc) {
  return BlockEntry{PresenceMark(block, crc), crc};
}

enum class DigestKind : uint32_t { kNone = 0, kSha256 = 1, kMd5 = 2 };

// Everything that is known of one generation of an object. Views point into the header page they
// were read from, or at the caller's strings when a page is being made.
struct ObjectHeader {
  std::string_view origin;        // Origin::Identity(), at most 512 bytes
  std::string_view key;           // at most 1024 bytes
  std::string_view etag;          // with its quotes, at most 256 bytes
  std::string_view content_type;  // the origin's, at most kMaxContentTypeBytes; may be empty
  uint64_t size = 0;
  int64_t last_modified = 0;  // Unix seconds
  int64_t created = 0;        // Unix seconds
  DigestKind digest_kind =
      DigestKind::kNone;  // what the whole object was, or will be, checked against
  using Digest = std::array<uint8_t, 32>;
  Digest digest{};
  BootId boot_id{};
};

struct MutableHeader {
  FileState state = FileState::kPartial;
  uint32_t reserved = 0;
  int64_t last_used = 0;
  int64_t marker = 0;
};
static_assert(sizeof(MutableHeader) == 24);
inline constexpr uint64_t kMutableOffset = 3584;  // within the header page

using HeaderPage = std::array<char, kPageBytes>;

// kInvalid: a text longer than its field, or a size over kMaxObjectBytes.
Status EncodeHeader(const ObjectHeader& header, const MutableHeader& state, HeaderPage& page);

// kCorrupt: not a header page of this format version, or a damaged one; the text says which.
// The views in `header` point into `page`.
Status DecodeHeader(const HeaderPage& page, ObjectHeader& header);

// Whether the page is a cache file's of any format version, damaged or not: its magic is there.
bool HasMagic(const HeaderPage& page);
// REQUIRES: HasMagic(). All versions have it in the same place.
uint32_t VersionOf(const HeaderPage& page);

// The words that change, as they stand in the page.
MutableHeader DecodeMutable(const HeaderPage& page);

// Whether a file in that state, made in that boot, may be believed now.
bool IsBelievable(FileState state, const BootId& made_in, const BootId& now);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_CACHE_FORMAT_H_
