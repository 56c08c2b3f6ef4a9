// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/download_name.h"

#include <algorithm>

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

std::string DownloadName(const Manifest* manifest, std::string_view chunk) {
  const ManifestChunk* details = manifest != nullptr ? manifest->Find(chunk) : nullptr;
  if (details == nullptr || (manifest->title.empty() && details->title.empty())) {
    return std::string(chunk);
  }
  const size_t count = manifest->chunks.size();
  const size_t place = static_cast<size_t>(details - manifest->chunks.data()) + 1;
  std::string name = manifest->title;
  if (count == 1 && !name.empty()) return name.append(EndingOf(chunk));
  name += (name.empty() ? "" : " - ") + PlaceText(place, count);
  if (!details->title.empty()) name += " - " + details->title;
  return name.append(EndingOf(chunk));
}

}  // namespace audiodl
