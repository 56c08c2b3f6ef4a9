// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Reads an mp3 from its first byte to its last, and believes it only if every byte between its tags
// is part of a frame. So no sync word that audio data happen to contain is ever taken for a frame:
// each frame begins exactly where the one before it ends.
//
//   Result<Mp3Facts> facts = ScanMp3(source);   // "broken at 12:34.567 (byte 9031237): …"
//
// A file that was cut between two frames has nothing wrong in it. It is found out by the Xing, Info
// or VBRI header in the first frame, which most encoders write and which has the number of frames.

#ifndef AUDIODL_COMMON_AUDIO_MP3_SCAN_H_
#define AUDIODL_COMMON_AUDIO_MP3_SCAN_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/audio/byte_source.h"
#include "common/audio/mp3_header.h"
#include "common/base/status.h"

namespace audiodl {

// A header in place of audio in the first frame ("Xing" for variable, "Info" for constant bitrate,
// "VBRI" by Fraunhofer), as far as we use it.
struct VbrHeader {
  std::optional<uint32_t> frames;  // that follow
  std::optional<uint32_t> bytes;   // this frame's and theirs
  std::optional<uint32_t> delay;   // samples that the encoder put before and after, if LAME's
  std::optional<uint32_t> padding;
};

// One frame of audio: never the header frame.
struct Mp3Frame {
  uint64_t index = 0;  // from 0
  uint64_t offset = 0;
  Mp3Header header;
  uint32_t main_data_begin = 0;
};

struct Mp3Facts {
  Mp3Header header;          // the first frame's
  uint64_t head_end = 0;     // where the tags at the head end
  uint64_t audio_begin = 0;  // the first frame of audio, behind the header frame
  uint64_t audio_end = 0;    // where the tags at the tail begin
  uint64_t frames = 0;       // of audio
  std::optional<VbrHeader> vbr_header;
  bool constant_bitrate = true;
  // What will play, but should be put right: the header has another number of frames.
  std::string warning;

  // Whole frames, with what the encoder put before and after the sound.
  std::chrono::milliseconds duration() const;
  // Bits a second, on average.
  uint32_t bitrate() const;
};

// Where that many frames end, to the nearest millisecond.
std::chrono::milliseconds TimeOfFrames(const Mp3Header& header, uint64_t frames);

// "12:34.567", "1:02:03.000".
std::string FormatTime(std::chrono::milliseconds time);

// Called with each frame and its bytes, which are valid during the call.
using FrameVisitor = std::function<void(const Mp3Frame& frame, std::string_view bytes)>;

// kCorrupt: it is no mp3, or breaks off or is damaged: the text has the time and the byte. kIo as
// the source.
Result<Mp3Facts> ScanMp3(ByteSource& source, const FrameVisitor& visit = {});

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_MP3_SCAN_H_
