// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/mp3_header.h"

#include <array>

namespace audiodl {
namespace {

// kbit/s by index; 0 is free format, 15 forbidden. Of Layer III.
constexpr std::array<uint16_t, 15> kMpeg1Rates = {0,   32,  40,  48,  56,  64,  80, 96,
                                                  112, 128, 160, 192, 224, 256, 320};
constexpr std::array<uint16_t, 15> kMpeg2Rates = {0,  8,  16, 24,  32,  40,  48, 56,
                                                  64, 80, 96, 112, 128, 144, 160};
constexpr std::array<uint32_t, 3> kSampleRates = {44100, 48000, 32000};  // of MPEG 1

uint8_t Byte(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

}  // namespace

std::optional<Mp3Header> Mp3Header::Parse(std::string_view bytes) {
  if (bytes.size() < 4 || Byte(bytes, 0) != 0xff || (Byte(bytes, 1) & 0xe0) != 0xe0) {
    return std::nullopt;
  }
  const unsigned version_bits = Byte(bytes, 1) >> 3 & 3;
  const unsigned layer_bits = Byte(bytes, 1) >> 1 & 3;
  const unsigned rate_index = Byte(bytes, 2) >> 4;
  const unsigned sample_index = Byte(bytes, 2) >> 2 & 3;
  const unsigned padding = Byte(bytes, 2) >> 1 & 1;
  const unsigned mode = Byte(bytes, 3) >> 6;
  const unsigned emphasis = Byte(bytes, 3) & 3;
  // 1, 0, 15, 3 and 2 are what the standard reserves.
  if (version_bits == 1 || layer_bits != 1 || rate_index == 0 || rate_index == 15 ||
      sample_index == 3 || emphasis == 2) {
    return std::nullopt;
  }
  Mp3Header header;
  header.version = version_bits == 3   ? Version::kMpeg1
                   : version_bits == 2 ? Version::kMpeg2
                                       : Version::kMpeg25;
  const bool is_mpeg1 = header.version == Version::kMpeg1;
  header.bitrate = (is_mpeg1 ? kMpeg1Rates : kMpeg2Rates)[rate_index] * 1000U;
  header.sample_rate = kSampleRates[sample_index];
  if (!is_mpeg1) header.sample_rate /= header.version == Version::kMpeg2 ? 2 : 4;
  header.channels = mode == 3 ? 1 : 2;
  header.has_crc = (Byte(bytes, 1) & 1) == 0;
  header.bytes = header.samples() / 8 * header.bitrate / header.sample_rate + padding;
  return header;
}

uint32_t MainDataBegin(const Mp3Header& header, std::string_view frame) {
  const uint32_t at = header.side_info_offset();
  // Nine bits in MPEG 1, eight in the others.
  if (header.version == Mp3Header::Version::kMpeg1) {
    return uint32_t{Byte(frame, at)} << 1 | Byte(frame, at + 1) >> 7;
  }
  return Byte(frame, at);
}

}  // namespace audiodl
