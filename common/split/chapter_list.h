// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where chapters begin, as people keep it beside a recording: a cue sheet, or a list with a time
// and a title a line. Pure; any thread.

#ifndef AUDIODL_COMMON_SPLIT_CHAPTER_LIST_H_
#define AUDIODL_COMMON_SPLIT_CHAPTER_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/book/manifest.h"

namespace audiodl {

struct CueSheet {
  std::string title;      // the album's
  std::string performer;  // its author
  std::vector<Chapter> chapters;
};

// TITLE, PERFORMER, TRACK and INDEX 01 of a cue sheet; all else is passed over. kInvalid names the
// line: an index that is no mm:ss:ff (75 frames a second), times that go back, no track at all.
Result<CueSheet> ParseCue(std::string_view text);

// Either of:
//
//   0:00:00 Opening                    CHAPTER01=00:00:00.000
//   12:34.567 The second               CHAPTER01NAME=Opening
//
// Times are [H:]MM:SS[.mmm]; '#' begins a comment. kInvalid names the line.
Result<std::vector<Chapter>> ParseChapterList(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_SPLIT_CHAPTER_LIST_H_
