// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads the structure of an m4a or m4b: boxes within boxes (ISO/IEC 14496-12), which must fill the
// file to its last byte. A file that was cut has a last box that reaches beyond its end. Pure.

#ifndef AUDIODL_COMMON_AUDIO_MP4_SCAN_H_
#define AUDIODL_COMMON_AUDIO_MP4_SCAN_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/audio/byte_source.h"
#include "common/base/status.h"

namespace audiodl {

struct Mp4Chapter {
  uint64_t start_ms = 0;
  std::string title;

  bool operator==(const Mp4Chapter&) const = default;
};

struct Mp4Facts {
  std::optional<std::chrono::milliseconds> duration;  // of mvhd; none where that does not know
  std::string title;                                  // iTunes's ©nam, UTF-8
  std::string album;
  std::string artist;
  std::vector<Mp4Chapter> chapters;  // Nero's chpl, which ffmpeg and others write
};

// kCorrupt: no mp4, or cut, or without sound: the text has the byte. kIo as the source.
Result<Mp4Facts> ScanMp4(ByteSource& source);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_MP4_SCAN_H_
