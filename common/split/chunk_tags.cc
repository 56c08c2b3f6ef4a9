// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/split/chunk_tags.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "common/audio/id3_text.h"

namespace audiodl {
namespace {

// A chapter that a cut has moved by less than this begins with the chunk, or ends with it.
constexpr uint64_t kSameMs = 60;

// No book has so many chunks; its digits are as many as a number can have.
constexpr size_t kMaxNumber = 99999;

// What would be wrong, or too much, in a part.
constexpr std::array<std::string_view, 14> kOfTheWhole = {"TLEN", "MLLT", "ASPI", "SEEK", "ETCO",
                                                          "SYTC", "SYLT", "POSS", "TSIZ", "TPOS",
                                                          "RBUF", "MCDI", "UFID", "PCNT"};

bool IsText(const std::string& id) { return id.front() == 'T' && id != "TXXX"; }

// Encodings above 1 came with 2.4. A text can be written anew; of the others the first byte is the
// encoding of a description, which is the same in Latin-1 where it is ASCII.
bool MakeReadable(Id3Frame& frame) {
  if (IsText(frame.id)) {
    const std::string text = DecodeId3Text(frame.body);
    frame.body = EncodeId3Text(text);
    return !text.empty();
  }
  const bool has_encoding = frame.id == "APIC" || frame.id == "COMM" || frame.id == "USLT" ||
                            frame.id == "TXXX" || frame.id == "WXXX" || frame.id == "GEOB";
  if (!has_encoding || frame.body.empty() || frame.body.front() < 2) return true;
  // Of a picture only type and description come before the data.
  const std::string_view described = std::string_view(frame.body).substr(0, 64);
  const bool is_utf8 = frame.body.front() == 3;
  const bool is_ascii =
      std::all_of(described.begin(), described.end(), [](char c) { return (c & 0x80) == 0; });
  if (!is_utf8 || (frame.id != "APIC" && !is_ascii)) return false;
  frame.body.front() = 0;
  return true;
}

std::string Joined(const std::vector<Id3Chapter>& chapters) {
  std::string_view first;
  std::string_view last;
  for (const Id3Chapter& chapter : chapters) {
    if (chapter.title.empty()) continue;
    if (first.empty()) first = chapter.title;
    last = chapter.title;
  }
  if (first.empty() || first == last) return std::string(first);
  return std::string(first) + " \xe2\x80\x93 " + std::string(last);
}

}  // namespace

std::vector<Id3Frame> FramesForParts(const Id3Tag& source) {
  std::vector<Id3Frame> frames;
  for (Id3Frame frame : source.others) {
    const bool of_the_whole =
        std::find(kOfTheWhole.begin(), kOfTheWhole.end(), frame.id) != kOfTheWhole.end();
    if (!of_the_whole && MakeReadable(frame)) frames.push_back(std::move(frame));
  }
  return frames;
}

ChunkTags::ChunkTags(const Id3Tag& source, std::vector<Chapter> chapters)
    : chapters_(std::move(chapters)) {
  common_.album = source.album.empty() ? source.title : source.album;
  common_.artist = source.artist;
  common_.others = FramesForParts(source);
  common_bytes_ = common_.Text().size();
}

std::vector<Id3Chapter> ChunkTags::ChaptersIn(const ChunkTime& time) const {
  std::vector<Id3Chapter> found;
  for (size_t i = 0; i < chapters_.size(); ++i) {
    const uint64_t start = chapters_[i].start_ms;
    const uint64_t end = i + 1 < chapters_.size() ? chapters_[i + 1].start_ms : UINT32_MAX;
    const bool before = end <= time.begin_ms + kSameMs && i + 1 < chapters_.size();
    if (before || start + kSameMs > time.end_ms) continue;
    Id3Chapter chapter;
    chapter.start_ms = static_cast<uint32_t>(std::max(start, time.begin_ms) - time.begin_ms);
    if (chapter.start_ms < kSameMs) chapter.start_ms = 0;
    chapter.end_ms = static_cast<uint32_t>(std::min(end, time.end_ms) - time.begin_ms);
    chapter.title = chapters_[i].title;
    found.push_back(std::move(chapter));
  }
  return found;
}

Id3Tag ChunkTags::MakeOwn(const ChunkTime& time, size_t number, size_t count) const {
  Id3Tag tag;
  tag.chapters = ChaptersIn(time);
  tag.title = Joined(tag.chapters);
  if (tag.title.empty()) tag.title = std::to_string(number) + "/" + std::to_string(count);
  tag.track = std::to_string(number) + "/" + std::to_string(count);
  tag.length_ms = time.end_ms - time.begin_ms;
  return tag;
}

uint64_t ChunkTags::MaxBytes(const ChunkTime& time) const {
  return common_bytes_ + MakeOwn(time, kMaxNumber, kMaxNumber).Text().size();
}

Id3Tag ChunkTags::Make(const ChunkTime& time, size_t number, size_t count) const {
  Id3Tag tag = MakeOwn(time, number, count);
  tag.album = common_.album;
  tag.artist = common_.artist;
  tag.others = common_.others;
  return tag;
}

}  // namespace audiodl
