// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/download_name.h"

#include <algorithm>
#include <string_view>

namespace audiodl {
namespace {

std::string_view EndingOf(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : file_name.substr(dot);
}

// With zeros, so that names sort as the book does.
std::string PlaceText(size_t place, size_t count) {
  const std::string text = std::to_string(place);
  const size_t width = std::max<size_t>(2, std::to_string(count).size());
  return std::string(width - std::min(width, text.size()), '0') + text;
}

}  // namespace

std::string DownloadName(const Manifest& manifest, const ManifestChunk& chunk) {
  if (manifest.title.empty() && chunk.title.empty()) return chunk.name;
  const size_t count = manifest.chunks.size();
  const size_t place = static_cast<size_t>(&chunk - manifest.chunks.data()) + 1;
  std::string name = manifest.title;
  if (count == 1 && !name.empty()) return name.append(EndingOf(chunk.name));
  name += (name.empty() ? "" : " - ") + PlaceText(place, count);
  if (!chunk.title.empty()) name += " - " + chunk.title;
  return name.append(EndingOf(chunk.name));
}

}  // namespace audiodl
