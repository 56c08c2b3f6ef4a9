// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/frame_index.h"

#include <algorithm>

namespace audiodl {

Result<FrameIndex> FrameIndex::Make(ByteSource& source,
                                    const std::function<void(uint64_t offset)>& progress) {
  FrameIndex index;
  Result<Mp3Facts> facts = ScanMp3(source, [&](const Mp3Frame& frame, std::string_view /*bytes*/) {
    index.offsets_.push_back(frame.offset);
    index.stands_alone_.push_back(frame.main_data_begin == 0);
    if (progress) progress(frame.offset);
  });
  if (!facts.ok()) return facts.status();
  index.facts_ = std::move(facts).value();
  return index;
}

uint64_t FrameIndex::NearestToMs(uint64_t ms) const {
  const uint64_t samples_a_second = facts_.header.sample_rate;
  const uint64_t samples_a_frame = facts_.header.samples();
  const uint64_t samples = ms * samples_a_second / 1000;
  return std::min(count(), (samples + samples_a_frame / 2) / samples_a_frame);
}

uint64_t FrameIndex::NearestToBytes(uint64_t bytes) const {
  const uint64_t at = facts_.audio_begin + bytes;
  const auto found = std::lower_bound(offsets_.begin(), offsets_.end(), at);
  const auto number = static_cast<uint64_t>(found - offsets_.begin());
  if (number > 0 && at - offset(number - 1) < offset(number) - at) return number - 1;
  return number;
}

}  // namespace audiodl
