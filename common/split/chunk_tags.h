// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The tags of a recording's chunks, made of the recording's own tag and its chapters. Pure.

#ifndef AUDIODL_COMMON_SPLIT_CHUNK_TAGS_H_
#define AUDIODL_COMMON_SPLIT_CHUNK_TAGS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/audio/id3_tag.h"
#include "common/book/manifest.h"

namespace audiodl {

// A stretch of the recording.
struct ChunkTime {
  uint64_t begin_ms = 0;
  uint64_t end_ms = 0;
};

class ChunkTags {
 public:
  // `source` gives album, artist, cover and so on; its own title is the album's where it has none.
  ChunkTags(const Id3Tag& source, std::vector<Chapter> chapters);

  // Of chunk `number` (from 1) of `count`.
  Id3Tag Make(const ChunkTime& time, size_t number, size_t count) const;

  // How large that tag is at most, whatever the numbers. Cheap, however large the cover.
  uint64_t MaxBytes(const ChunkTime& time) const;

 private:
  // Make() without what all chunks have.
  Id3Tag MakeOwn(const ChunkTime& time, size_t number, size_t count) const;
  // Those that are heard in the stretch, the one that began before it among them.
  std::vector<Id3Chapter> ChaptersIn(const ChunkTime& time) const;

  Id3Tag common_;
  uint64_t common_bytes_ = 0;
  const std::vector<Chapter> chapters_;
};

// Frames of the source's tag that a part of it may have as well, and as 2.3 has them: no times or
// positions in the whole, no lengths, no numbers.
std::vector<Id3Frame> FramesForParts(const Id3Tag& source);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_CHUNK_TAGS_H_
