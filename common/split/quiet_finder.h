// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Listens for the place in a stretch of an mp3 where a cut is heard least. It decodes with
// libmpg123, a small library that does only that and is kept up to date; only the command is linked
// with it. One thread at a time.

#ifndef AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_
#define AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_

#include <cstdint>
#include <vector>

#include "common/audio/byte_source.h"
#include "common/base/status.h"
#include "common/split/frame_index.h"

namespace audiodl {

struct QuietPlace {
  uint64_t frame = 0;  // a chunk may begin with it
  double level = 0;    // how loud it is around it, as a share of full scale (root mean square)
  // Nothing quieter than -45 dB lasted for a tenth of a second: whoever cuts here is heard.
  bool is_loud = false;
};

class QuietFinder {
 public:
  // Both are borrowed.
  QuietFinder(ByteSource& source, const FrameIndex& index) : source_(source), index_(index) {}

  // Within [first, end): the middle of the longest quiet stretch, if possible at a frame that
  // stands alone; where nothing is quiet, the quietest frame. kCorrupt: it cannot be decoded.
  // REQUIRES: first < end.
  Result<QuietPlace> Find(uint64_t first, uint64_t end);

 private:
  // How loud each frame of [first, end) is.
  Result<std::vector<double>> Levels(uint64_t first, uint64_t end);

  ByteSource& source_;
  const FrameIndex& index_;
};

// The choice alone: of frames whose loudness is `levels`, and which may be begun with as
// `stands_alone` says; `frame` is counted from the first. For QuietFinder and its test.
QuietPlace ChooseQuietPlace(const std::vector<double>& levels,
                            const std::vector<bool>& stands_alone, double frames_a_second);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_QUIET_FINDER_H_
