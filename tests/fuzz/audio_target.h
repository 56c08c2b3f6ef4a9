// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The readers of audio on any bytes: what narrators upload is inspected before anybody has heard
// it. The first byte chooses what the rest is: 'f' an mp3, 't' an ID3 tag, 'b' an m4b. One thread
// at a time.

#ifndef AUDIODL_TESTS_FUZZ_AUDIO_TARGET_H_
#define AUDIODL_TESTS_FUZZ_AUDIO_TARGET_H_

#include <algorithm>
#include <string>
#include <string_view>

#include "common/audio/audio_tags.h"
#include "common/audio/id3_tag.h"
#include "common/audio/mp3_scan.h"
#include "common/audio/mp4_scan.h"
#include "tests/fuzz/promise.h"

namespace audiodl {

inline void PromiseFrames(std::string_view bytes) {
  ByteSource source(bytes);
  uint64_t frames = 0;
  uint64_t end = 0;
  const Result<Mp3Facts> facts = ScanMp3(source, [&](const Mp3Frame& frame, std::string_view text) {
    Promise(frame.index == frames++, "frames are counted");
    Promise(end == 0 || frame.offset == end, "a frame begins where the one before it ends");
    Promise(text.size() == frame.header.bytes, "a frame is shown whole");
    end = frame.offset + frame.header.bytes;
    Promise(end <= bytes.size(), "a frame lies within the file");
  });
  if (!facts.ok()) {
    Promise(facts.status().code() == Code::kCorrupt, "what is no mp3 is kCorrupt");
    return;
  }
  Promise(facts->frames == frames && frames > 0, "an mp3 has frames");
  Promise(facts->audio_end == end, "frames reach to the tags at the tail");
  Promise(facts->duration().count() > 0, "it lasts");
  const std::string cut(bytes.substr(facts->audio_begin, end - facts->audio_begin - 1));
  ByteSource cut_source(cut);
  // What is cut within its last frame ends in tags by the rarest of chances only.
  if (frames > 1 && FindTailBegin(cut_source, 0) == cut.size() && FindHeadEnd(cut_source) == 0) {
    Promise(!ScanMp3(cut_source).ok(), "a cut frame is noticed");
  }
}

inline void PromiseTag(std::string_view bytes) {
  ByteSource source(bytes);
  Id3Tag tag = Id3Tag::Read(source);
  Promise(std::is_sorted(
              tag.chapters.begin(), tag.chapters.end(),
              [](const Id3Chapter& a, const Id3Chapter& b) { return a.start_ms < b.start_ms; }),
          "chapters are in order");
  const std::string text = tag.Text();
  if (text.size() >= (1U << 28)) return;
  ByteSource again(text);
  Promise(Id3v2Bytes(again, 0) == text.size(), "a tag that is written is whole");
  Promise(Id3Tag::Read(again) == tag, "a tag that is written is read as the same");
}

inline void PromiseBoxes(std::string_view bytes) {
  ByteSource source(bytes);
  const Result<Mp4Facts> facts = ScanMp4(source);
  if (!facts.ok()) Promise(facts.status().code() == Code::kCorrupt, "what is no m4b is kCorrupt");
}

inline void FuzzAudio(std::string_view input) {
  if (input.empty()) return;
  if (input.front() == 'f') PromiseFrames(input.substr(1));
  if (input.front() == 't') PromiseTag(input.substr(1));
  if (input.front() == 'b') PromiseBoxes(input.substr(1));
}

}  // namespace audiodl

#endif  // AUDIODL_TESTS_FUZZ_AUDIO_TARGET_H_
