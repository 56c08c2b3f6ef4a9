// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// mp3s for the tests: frames of silence made by hand, tags of every kind, and real ones from
// samples/.

#ifndef AUDIODL_TESTS_UNIT_AUDIO_MP3_SAMPLE_H_
#define AUDIODL_TESTS_UNIT_AUDIO_MP3_SAMPLE_H_

#include <cstddef>
#include <string>

#include "common/base/file_io.h"
#include "tests/unit/catch.h"

namespace audiodl {

// MPEG 1, 128 kbit/s, 44.1 kHz, mono, no CRC: 417 bytes, 1152 samples.
inline std::string SilentFrame() {
  std::string frame("\xff\xfb\x90\xc4", 4);
  frame.resize(417, '\0');
  return frame;
}

inline std::string SilentFrames(size_t count) {
  std::string frames;
  for (size_t i = 0; i < count; ++i) frames += SilentFrame();
  return frames;
}

// With an Info header that tells of `frames` frames.
inline std::string InfoFrame(uint32_t frames) {
  std::string frame = SilentFrame();
  const std::string header = {'I',
                              'n',
                              'f',
                              'o',
                              0,
                              0,
                              0,
                              1,
                              0,
                              0,
                              static_cast<char>(frames >> 8),
                              static_cast<char>(frames)};
  return frame.replace(21, header.size(), header);
}

inline std::string Id3v1() { return std::string("TAG").append(125, ' '); }

// An ID3v2 tag of that version and flags around a body.
inline std::string Id3v2(char version, char flags, const std::string& body,
                         const char* word = "ID3") {
  std::string tag = word;
  tag.push_back(version);
  tag.push_back('\0');
  tag.push_back(flags);
  for (const int shift : {21, 14, 7, 0}) {
    tag.push_back(static_cast<char>(body.size() >> shift & 0x7f));
  }
  return tag + body;
}

inline std::string Sample(const std::string& name) {
  return ReadWholeFile("tests/unit/audio/samples/" + name, 1 << 20).value();
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_UNIT_AUDIO_MP3_SAMPLE_H_
