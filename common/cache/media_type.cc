// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/media_type.h"

#include <array>
#include <utility>

#include "common/base/text.h"

namespace audiodl {
namespace {

// audio/mp4 would be right for m4b too, but Apple's players then offer no chapters and no bookmark.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes = {{
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"m4b", "audio/x-m4b"},
    {"aac", "audio/aac"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"flac", "audio/flac"},
    {"wav", "audio/wav"},
    {"zip", "application/zip"},
    {"m3u8", "application/vnd.apple.mpegurl"},
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
