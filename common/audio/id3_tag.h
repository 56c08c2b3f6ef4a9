// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// ID3v2 as audiobooks have it: titles, the author, the track's number, chapters ("ID3v2 Chapter
// Frame Addendum"). Reads 2.2, 2.3 and 2.4; writes 2.3, which every player reads. Pure.

#ifndef AUDIODL_COMMON_AUDIO_ID3_TAG_H_
#define AUDIODL_COMMON_AUDIO_ID3_TAG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/audio/byte_source.h"

namespace audiodl {

struct Id3Chapter {
  uint32_t start_ms = 0;
  uint32_t end_ms = 0;
  std::string title;

  bool operator==(const Id3Chapter&) const = default;
};

// A frame as it stands in a tag, for what is passed on without being understood: a cover.
struct Id3Frame {
  std::string id;  // four letters, as 2.3 and 2.4 have them
  std::string body;

  bool operator==(const Id3Frame&) const = default;
};

struct Id3Tag {
  // UTF-8; empty: not there.
  std::string title;                  // TIT2
  std::string album;                  // TALB
  std::string artist;                 // TPE1
  std::string track;                  // TRCK: "3/12"
  std::optional<uint64_t> length_ms;  // TLEN
  std::vector<Id3Chapter> chapters;   // by their start
  std::vector<Id3Frame> others;       // of 2.3 and 2.4, in order

  bool operator==(const Id3Tag&) const = default;

  // Of the tags at the head of a file; the first that says something counts. Frames that are
  // malformed, encrypted or compressed are passed over: a title is no reason to refuse a book.
  static Id3Tag Read(ByteSource& source);

  // The whole tag, as 2.3, with `chapters` in a table of contents, and no padding.
  std::string Text() const;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_ID3_TAG_H_
