// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/book/book_format.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace audiodl {
namespace {

// .m3u8 is Apple's name for streams as well, and their type would make players look for one.
constexpr BookFormatInfo kFormats[] = {
    {BookFormat::kHtml, "html", "text/html; charset=utf-8", "", true},
    {BookFormat::kFragment, "fragment", "text/html; charset=utf-8", "", true},
    {BookFormat::kJson, "json", "application/json", "", true},
    {BookFormat::kM3u8, "m3u8", "audio/x-mpegurl; charset=utf-8", ".m3u8", false},
    {BookFormat::kXspf, "xspf", "application/xspf+xml", ".xspf", false},
    {BookFormat::kCue, "cue", "application/x-cue; charset=utf-8", ".cue", false},
    {BookFormat::kMetalink, "metalink", "application/metalink4+xml", ".meta4", false},
    {BookFormat::kRss, "rss", "application/rss+xml; charset=utf-8", "", true},
    {BookFormat::kChapters, "chapters", "application/json+chapters", "", false},
};

constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kFormats); ++i) {
    if (static_cast<size_t>(kFormats[i].format) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "a format is found by its place");

}  // namespace

const BookFormatInfo& InfoOf(BookFormat format) { return kFormats[static_cast<size_t>(format)]; }

const BookFormatInfo* FindBookFormat(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                   [&](const BookFormatInfo& info) { return info.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace audiodl
