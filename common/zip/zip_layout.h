// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where every byte of a zip file stands before any of its content has been read: the contents are
// stored as they are, and their sizes and CRC-32s are known beforehand. So the file's exact length
// is known, any range of it can be sent, and every server makes the same bytes of the same entries.
//
//   local header, content | local header, content | ... | central directory | its end
//
//   const Result<ZipLayout> zip = ZipLayout::Make({{"Dune/01.mp3", 30'214'400, 0x3610a686}});
//   for (const ZipPiece& piece : zip->Pieces({0, zip->size()})) {
//     piece.entry ? SendContent(*piece.entry, piece.bytes) : Send(piece.literal);
//   }
//
// As APPNOTE.TXT 6.3 has it: method 0, names in UTF-8 (bit 11), Zip64 fields where an entry, an
// offset or the count needs them and only there. Times are UTC, in DOS's form (even seconds, from
// 1980 on) and once more as Unix seconds in the extra field 0x5455, where 32 bits hold them.
//
// Immutable; any thread.

#ifndef AUDIODL_COMMON_ZIP_ZIP_LAYOUT_H_
#define AUDIODL_COMMON_ZIP_ZIP_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/s3/byte_range.h"

namespace audiodl {

struct ZipEntry {
  std::string name;  // UTF-8, with slashes between folders
  uint64_t size = 0;
  uint32_t crc32 = 0;
  std::optional<int64_t> modified = {};  // seconds since 1970
  // What tells this content from any other of the same size and CRC; for the entity tag alone.
  std::string identity = {};
};

struct ZipPiece {
  std::optional<size_t> entry;  // whose content it is; none: a literal
  std::string_view literal;     // as long as the layout
  ByteRange bytes;              // of the content
};

class ZipLayout {
 public:
  // kInvalid: a name that is no relative path in UTF-8, or that two entries have; no bytes with a
  // CRC; or more than 2^62 bytes in all. The text names the entry.
  static Result<ZipLayout> Make(std::vector<ZipEntry> entries);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  // Of the whole file.
  uint64_t size() const { return size_; }

  // What makes up these bytes of the file, in order, no piece empty. REQUIRES: within size().
  std::vector<ZipPiece> Pieces(const ByteRange& range) const;

  // Strong, with its quotes: the same on every server exactly where the bytes are.
  std::string EntityTag() const;

 private:
  // Of one entry: its local header in `heads_`, and where that stands in the file.
  struct Place {
    size_t head = 0;
    size_t head_bytes = 0;
    uint64_t offset = 0;
  };

  ZipLayout() = default;
  std::string_view HeadOf(const Place& place) const;

  std::vector<ZipEntry> entries_;
  std::vector<Place> places_;
  std::string heads_;
  std::string directory_;  // central directory and end
  uint64_t size_ = 0;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_ZIP_ZIP_LAYOUT_H_
