// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The frame without sound that tells players how long an mp3 of variable bitrate is, and where its
// hundredths begin ("Xing VBR header"). Pure; any thread.

#ifndef AUDIODL_COMMON_SPLIT_XING_FRAME_H_
#define AUDIODL_COMMON_SPLIT_XING_FRAME_H_

#include <cstdint>
#include <string>

#include "common/split/frame_index.h"

namespace audiodl {

// In front of the frames [first, end) of the index.
std::string XingFrame(const FrameIndex& index, uint64_t first, uint64_t end);

// At most so large.
inline constexpr uint64_t kMaxXingFrameBytes = 1441;

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_XING_FRAME_H_
