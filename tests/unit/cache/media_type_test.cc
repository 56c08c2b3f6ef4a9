// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/media_type.h"

#include "tests/unit/catch.h"

namespace audiodl {
namespace {

TEST_CASE("MediaTypeOf: the ending, then the origin, then bytes") {
  struct Case {
    std::string_view name, origins, expected;
  };
  const Case cases[] = {
      {"01.mp3", "binary/octet-stream", "audio/mpeg"},
      {"01.MP3", "", "audio/mpeg"},
      {"a.b.m4b", "audio/x-m4b", "audio/mp4"},
      {"a.m4a", "", "audio/mp4"},
      {"a.opus", "", "audio/ogg"},
      {"a.ogg", "", "audio/ogg"},
      {"a.flac", "", "audio/flac"},
      {"a.wav", "", "audio/wav"},
      {"a.aac", "", "audio/aac"},
      {"a.zip", "", "application/zip"},
      {"a.m3u8", "", "application/vnd.apple.mpegurl"},
      {"a.xspf", "", "application/xspf+xml"},
      {"a.cue", "text/plain", "application/x-cue"},
      {"a.meta4", "", "application/metalink4+xml"},
      {"a.pdf", "application/pdf", "application/pdf"},
      {"a.pdf", "", "application/octet-stream"},
      {"mp3", "", "application/octet-stream"},
      {".mp3", "", "audio/mpeg"},
      {"01.mp3.", "", "application/octet-stream"},
      {"01.mp3 ", "", "application/octet-stream"},
      {"", "", "application/octet-stream"},
      {"", "text/plain", "text/plain"},
  };
  for (const Case& c : cases) {
    INFO(c.name);
    CHECK(MediaTypeOf(c.name, c.origins) == c.expected);
  }
}

}  // namespace
}  // namespace audiodl
