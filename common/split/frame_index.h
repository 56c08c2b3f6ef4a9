// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where each frame of an mp3 begins, by its number. Immutable once made.

#ifndef AUDIODL_COMMON_SPLIT_FRAME_INDEX_H_
#define AUDIODL_COMMON_SPLIT_FRAME_INDEX_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "common/audio/byte_source.h"
#include "common/audio/mp3_scan.h"
#include "common/base/status.h"

namespace audiodl {

class FrameIndex {
 public:
  // As ScanMp3(). `progress`, if there is one, is told with each frame where that begins.
  static Result<FrameIndex> Make(ByteSource& source,
                                 const std::function<void(uint64_t offset)>& progress = {});

  const Mp3Facts& facts() const { return facts_; }
  uint64_t count() const { return offsets_.size(); }

  // Where frame `number` begins in the file; for count(), where the last one ends.
  uint64_t offset(uint64_t number) const {
    return number < count() ? offsets_[number] : facts_.audio_end;
  }
  // Of the frames [first, end).
  uint64_t bytes(uint64_t first, uint64_t end) const { return offset(end) - offset(first); }
  uint64_t ms(uint64_t number) const {
    return static_cast<uint64_t>(TimeOfFrames(facts_.header, number).count());
  }

  // The frame whose beginning is nearest to that time, or to that many bytes of audio.
  uint64_t NearestToMs(uint64_t ms) const;
  uint64_t NearestToBytes(uint64_t bytes) const;

  // Whether a chunk may begin with it without loss: its data do not reach into the frame before.
  bool StandsAlone(uint64_t number) const { return number >= count() || stands_alone_[number]; }

 private:
  Mp3Facts facts_;
  std::vector<uint64_t> offsets_;
  std::vector<bool> stands_alone_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_FRAME_INDEX_H_
