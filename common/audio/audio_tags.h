// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where the tags of an mp3 end and begin, so that what lies between them must be frames: ID3v2 at
// the head (2.2 to 2.4, with or without footer, one after the other); at the tail ID3v1, its
// "enhanced" kin, APE 1 and 2, Lyrics3 1 and 2, and an ID3v2.4 with its footer. Pure.

#ifndef AUDIODL_COMMON_AUDIO_AUDIO_TAGS_H_
#define AUDIODL_COMMON_AUDIO_AUDIO_TAGS_H_

#include <cstdint>
#include <string_view>

#include "common/audio/byte_source.h"

namespace audiodl {

// The size of the ID3v2 tag that begins at `offset`, its header and footer among it; 0: none does.
// May reach beyond the end of what was cut.
uint64_t Id3v2Bytes(ByteSource& source, uint64_t offset);

// Behind all tags at the head, and the zeros that some taggers leave there.
uint64_t FindHeadEnd(ByteSource& source);

// Where the tags at the tail begin; never before `head_end`. The size where there are none.
uint64_t FindTailBegin(ByteSource& source, uint64_t head_end);

// "ID3", "TAG", "APETAGEX" or "LYRICSBEGIN": what one finds in the middle of files that were joined
// without care. Empty: none of them.
std::string_view TagAt(ByteSource& source, uint64_t offset);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_AUDIO_TAGS_H_
