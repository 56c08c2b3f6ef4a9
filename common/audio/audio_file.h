// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// One file that is to be sold: whether it is whole, how long it plays, what its tags say. What it
// must be is by its name's ending: .mp3, .m4a and .m4b are read to the last byte; all else (.zip,
// .pdf, .jpg: extras) is taken as it is, but an empty one is refused. Any thread.

#ifndef AUDIODL_COMMON_AUDIO_AUDIO_FILE_H_
#define AUDIODL_COMMON_AUDIO_AUDIO_FILE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/book/manifest.h"

namespace audiodl {

struct AudioFacts {
  enum class Kind : unsigned char { kMp3, kMp4, kOther };

  Kind kind = Kind::kOther;
  std::optional<std::chrono::milliseconds> duration;
  uint32_t bitrate = 0;  // bits a second, on average; 0: not known
  std::string title;     // of the tags, UTF-8; empty: none
  std::string album;     // the book's title, as a rule
  std::string artist;    // its author
  std::vector<Chapter> chapters;
  std::string warning;  // it will play, but something should be put right
};

// By the ending, in any case.
AudioFacts::Kind KindOf(std::string_view file_name);

// kCorrupt: cut, damaged or empty; the text says where, and begins with no path. `fd` is borrowed.
// `on_read` is told where each piece that was read ends; pieces may be read in any order.
Result<AudioFacts> InspectAudio(int fd, uint64_t size, std::string_view file_name,
                                std::function<void(uint64_t end)> on_read = {});

}  // namespace audiodl

#endif  // AUDIODL_COMMON_AUDIO_AUDIO_FILE_H_
