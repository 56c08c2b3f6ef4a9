// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Listens for the places in a stretch of an mp3 where a cut is heard least. It decodes with
// libmpg123, a small library that does only that and is kept up to date; only the command is linked
// with it. Decoding is some hundred times as fast as listening. One thread at a time.

#ifndef AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_
#define AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "common/audio/byte_source.h"
#include "common/base/status.h"
#include "common/split/frame_index.h"

namespace audiodl {

struct QuietPlace {
  uint64_t frame = 0;  // a chunk may begin with it
  // How long it stays below -45 dB around it; 0: it does not for a tenth of a second, and whoever
  // cuts there is heard.
  double seconds = 0;
};

class QuietFinder {
 public:
  // Told with each frame that is decoded where it begins.
  using Progress = std::function<void(uint64_t offset)>;

  // Source and index are borrowed.
  QuietFinder(ByteSource& source, const FrameIndex& index, Progress progress = {})
      : source_(source), index_(index), progress_(std::move(progress)) {}

  // Within [first, end): a place in each stretch of `step` bytes or so, ascending: the middle of
  // its longest pause, if possible at a frame that stands alone; where there is no pause, the
  // quietest frame. kCorrupt: it cannot be decoded.
  Result<std::vector<QuietPlace>> Find(uint64_t first, uint64_t end, uint64_t step);

 private:
  // How loud each frame of [first, end) is.
  Result<std::vector<double>> Levels(uint64_t first, uint64_t end);

  ByteSource& source_;
  const FrameIndex& index_;
  const Progress progress_;
};

// Frames as the choice sees them: how loud each is (root mean square, of full scale), and whether
// it needs none before it.
struct HeardFrames {
  std::vector<double> levels;
  std::vector<bool> stand_alone;
  double a_second = 0;  // how many make a second
};

// The choice alone, in stretches of `step` frames; numbers count from the first. For QuietFinder
// and its test.
std::vector<QuietPlace> ChooseQuietPlaces(const HeardFrames& frames, size_t step);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_
