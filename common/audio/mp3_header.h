// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The four bytes that each frame of an mp3 begins with (ISO/IEC 11172-3 section 2.4.1.3, ISO/IEC
// 13818-3, and MPEG 2.5, which Fraunhofer added). Layer III only. Pure; any thread.

#ifndef AUDIODL_COMMON_AUDIO_MP3_HEADER_H_
#define AUDIODL_COMMON_AUDIO_MP3_HEADER_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace audiodl {

struct Mp3Header {
  enum class Version : unsigned char { kMpeg1, kMpeg2, kMpeg25 };

  Version version = Version::kMpeg1;
  uint32_t bitrate = 0;      // bits a second
  uint32_t sample_rate = 0;  // samples a second
  uint32_t channels = 0;
  bool has_crc = false;
  uint32_t bytes = 0;  // the whole frame's, these four among them

  // In each channel.
  uint32_t samples() const { return version == Version::kMpeg1 ? 1152 : 576; }

  // What follows the header and its CRC: where a frame's own data begin.
  uint32_t side_info_bytes() const {
    if (version == Version::kMpeg1) return channels == 1 ? 17 : 32;
    return channels == 1 ? 9 : 17;
  }
  // Where the side information begins in the frame.
  uint32_t side_info_offset() const { return has_crc ? 6 : 4; }

  // Frames of one stream may differ in bitrate and in the number of channels, never in these.
  bool SameStream(const Mp3Header& other) const {
    return version == other.version && sample_rate == other.sample_rate;
  }

  // None: no header of a Layer III frame. Free format (no bitrate told) is none: no encoder in use
  // writes it, and its frames cannot be told from noise.
  static std::optional<Mp3Header> Parse(std::string_view bytes);
};

// How many bytes before its own frame a frame's data begin, in the "bit reservoir" of the frames
// before it; 0: it stands alone. REQUIRES: a whole frame that begins with `header`.
uint32_t MainDataBegin(const Mp3Header& header, std::string_view frame);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_MP3_HEADER_H_
