// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/xing_frame.h"

#include <optional>

#include "common/audio/mp3_header.h"

namespace audiodl {
namespace {

constexpr size_t kTocEntries = 100;
constexpr size_t kBodyBytes = 4 + 4 + 4 + 4 + kTocEntries;
constexpr uint32_t kFramesBytesToc = 7;

std::string Bytes4(uint32_t number) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(number >> shift));
  return out;
}

// The four bytes of a header for a frame like `like`, without CRC or padding, of that bitrate.
std::string HeaderBytes(const Mp3Header& like, unsigned bitrate_index) {
  using Version = Mp3Header::Version;
  const unsigned version = like.version == Version::kMpeg1   ? 3
                           : like.version == Version::kMpeg2 ? 2
                                                             : 0;
  uint32_t full = like.sample_rate;
  if (like.version == Version::kMpeg2) full *= 2;
  if (like.version == Version::kMpeg25) full *= 4;
  const unsigned rate = full == 44100 ? 0 : full == 48000 ? 1 : 2;
  std::string bytes("\xff");
  bytes.push_back(static_cast<char>(0xe0 | version << 3 | 1 << 1 | 1));
  bytes.push_back(static_cast<char>(bitrate_index << 4 | rate << 2));
  bytes.push_back(static_cast<char>(like.channels == 1 ? 0xc0 : 0x00));
  return bytes;
}

// The smallest frame that has room for it all.
std::string EmptyFrame(const Mp3Header& like) {
  for (unsigned index = 1; index < 15; ++index) {
    std::string bytes = HeaderBytes(like, index);
    const std::optional<Mp3Header> header = Mp3Header::Parse(bytes);
    if (header && header->bytes >= 4 + header->side_info_bytes() + kBodyBytes) {
      bytes.resize(header->bytes, '\0');
      return bytes;
    }
  }
  return {};  // unreachable: the largest frame of any kind has room
}

}  // namespace

std::string XingFrame(const FrameIndex& index, uint64_t first, uint64_t end) {
  std::string frame = EmptyFrame(index.facts().header);
  const uint64_t total = frame.size() + index.bytes(first, end);
  std::string body = "Xing" + Bytes4(kFramesBytesToc) + Bytes4(static_cast<uint32_t>(end - first)) +
                     Bytes4(static_cast<uint32_t>(total));
  for (size_t percent = 0; percent < kTocEntries; ++percent) {
    const uint64_t at = first + (end - first) * percent / kTocEntries;
    const uint64_t before = percent == 0 ? 0 : frame.size() + index.bytes(first, at);
    body.push_back(static_cast<char>(before * 256 / total));
  }
  const std::optional<Mp3Header> header = Mp3Header::Parse(frame);
  return frame.replace(4 + header->side_info_bytes(), body.size(), body);
}

}  // namespace audiodl
