// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/media_type.h"

#include <array>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

// An m4b is an MP4 file, and audio/mp4 is what IANA calls it. iTunes' own audio/x-m4b is unknown to
// Android's media library and to most podcast apps; Apple's players keep bookmarks and chapters by
// the file's name and contents, so they miss nothing.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes = {{
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"m4b", "audio/mp4"},
    {"aac", "audio/aac"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"flac", "audio/flac"},
    {"wav", "audio/wav"},
    {"zip", "application/zip"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"xspf", "application/xspf+xml"},
    {"cue", "application/x-cue"},
    {"meta4", "application/metalink4+xml"},
}};

}  // namespace

std::string_view MediaTypeOf(std::string_view file_name, std::string_view origins_type) {
  const size_t dot = file_name.rfind('.');
  const std::string_view ending =
      dot == std::string_view::npos ? std::string_view() : file_name.substr(dot + 1);
  for (const auto& [known, type] : kTypes) {
    if (EqualsIgnoreCase(ending, known)) return type;
  }
  return origins_type.empty() ? "application/octet-stream" : origins_type;
}

}  // namespace audiodl
