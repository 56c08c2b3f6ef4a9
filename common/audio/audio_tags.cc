// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/audio/audio_tags.h"

#include <array>
#include <optional>

#include "common/base/text.h"

namespace audiodl {
namespace {

constexpr uint64_t kId3HeaderBytes = 10;
constexpr uint64_t kId3v1Bytes = 128;
constexpr uint64_t kId3v1EnhancedBytes = 227;
constexpr uint64_t kApeFooterBytes = 32;
constexpr uint64_t kLyricsSizeBytes = 6;
constexpr uint64_t kMaxLyrics1Bytes = 5100 + 20;  // the text's limit, and its two words

constexpr std::string_view kLyricsBegin = "LYRICSBEGIN";
constexpr std::string_view kLyrics1End = "LYRICSEND";
constexpr std::string_view kLyrics2End = "LYRICS200";

// Seven bits a byte: "synchsafe", so that it never looks like a frame.
std::optional<uint32_t> Synchsafe(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) {
    if ((c & 0x80) != 0) return std::nullopt;
    number = number << 7 | static_cast<unsigned char>(c);
  }
  return number;
}

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = bytes.size(); i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return number;
}

// The bytes of an ID3v2 header or footer, which begin with `word`: all its tag has, or 0.
uint64_t Id3v2BytesOf(std::string_view header, std::string_view word) {
  if (header.size() < kId3HeaderBytes || !header.starts_with(word)) return 0;
  const auto version = static_cast<unsigned char>(header[3]);
  const auto flags = static_cast<unsigned char>(header[5]);
  const std::optional<uint32_t> size = Synchsafe(header.substr(6, 4));
  if (version < 2 || version > 4 || !size) return 0;
  const bool has_footer = version == 4 && (flags & 0x10) != 0;
  return kId3HeaderBytes + *size + (has_footer ? kId3HeaderBytes : 0);
}

// One tag that ends at `end`: its bytes, or 0.
uint64_t Id3v1Before(ByteSource& source, uint64_t end) {
  if (end < kId3v1Bytes || source.At(end - kId3v1Bytes, 3) != "TAG") return 0;
  const uint64_t with_enhanced = kId3v1Bytes + kId3v1EnhancedBytes;
  if (end >= with_enhanced && source.At(end - with_enhanced, 4) == "TAG+") return with_enhanced;
  return kId3v1Bytes;
}

uint64_t ApeBefore(ByteSource& source, uint64_t end) {
  if (end < kApeFooterBytes) return 0;
  const std::string_view footer = source.At(end - kApeFooterBytes, kApeFooterBytes);
  if (!footer.starts_with("APETAGEX")) return 0;
  const uint32_t flags = LittleEndian(footer.substr(20, 4));
  const bool has_header = (flags & 0x80000000U) != 0;
  // The size counts the items and this footer, but no header.
  return LittleEndian(footer.substr(12, 4)) + (has_header ? kApeFooterBytes : 0);
}

uint64_t Lyrics2Before(ByteSource& source, uint64_t end) {
  const uint64_t tail = kLyricsSizeBytes + kLyrics2End.size();
  if (end < tail) return 0;
  const std::string_view text = source.At(end - tail, tail);
  if (!text.ends_with(kLyrics2End)) return 0;
  const std::optional<uint64_t> size = ParseDecimal(text.substr(0, kLyricsSizeBytes));
  if (!size || *size + tail > end) return 0;
  const bool begins = source.At(end - tail - *size, kLyricsBegin.size()) == kLyricsBegin;
  return begins ? *size + tail : 0;
}

uint64_t Lyrics1Before(ByteSource& source, uint64_t end) {
  if (end < kLyrics1End.size()) return 0;
  if (source.At(end - kLyrics1End.size(), kLyrics1End.size()) != kLyrics1End) return 0;
  const uint64_t most = std::min(end, kMaxLyrics1Bytes);
  const size_t at = source.At(end - most, most).rfind(kLyricsBegin);
  return at == std::string_view::npos ? 0 : most - at;
}

uint64_t Id3v2Before(ByteSource& source, uint64_t end) {
  if (end < kId3HeaderBytes) return 0;
  return Id3v2BytesOf(source.At(end - kId3HeaderBytes, kId3HeaderBytes), "3DI");
}

}  // namespace

uint64_t Id3v2Bytes(ByteSource& source, uint64_t offset) {
  return Id3v2BytesOf(source.At(offset, kId3HeaderBytes), "ID3");
}

uint64_t FindHeadEnd(ByteSource& source) {
  uint64_t end = 0;
  while (const uint64_t bytes = Id3v2Bytes(source, end)) end += bytes;
  while (source.At(end, 1) == std::string_view("\0", 1)) ++end;
  return std::min(end, source.size());
}

uint64_t FindTailBegin(ByteSource& source, uint64_t head_end) {
  uint64_t begin = source.size();
  for (bool found = true; found;) {
    found = false;
    for (const auto before :
         {&Id3v1Before, &ApeBefore, &Lyrics2Before, &Lyrics1Before, &Id3v2Before}) {
      const uint64_t bytes = before(source, begin);
      if (bytes == 0 || bytes > begin - head_end) continue;
      begin -= bytes;
      found = true;
    }
  }
  return begin;
}

std::string_view TagAt(ByteSource& source, uint64_t offset) {
  constexpr std::array<std::string_view, 4> kWords = {"ID3", "TAG", "APETAGEX", kLyricsBegin};
  for (const std::string_view word : kWords) {
    if (source.At(offset, word.size()) == word) return word;
  }
  return {};
}

}  // namespace audiodl
