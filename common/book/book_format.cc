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
    {BookFormat::kHtml, true, "html", "text/html; charset=utf-8", ""},
    {BookFormat::kFragment, true, "fragment", "text/html; charset=utf-8", ""},
    {BookFormat::kJson, true, "json", "application/json", ""},
    {BookFormat::kM3u8, false, "m3u8", "audio/x-mpegurl; charset=utf-8", ".m3u8"},
    {BookFormat::kXspf, false, "xspf", "application/xspf+xml", ".xspf"},
    {BookFormat::kCue, false, "cue", "application/x-cue; charset=utf-8", ".cue"},
    {BookFormat::kMetalink, false, "metalink", "application/metalink4+xml", ".meta4"},
    {BookFormat::kRss, true, "rss", "application/rss+xml; charset=utf-8", ""},
    {BookFormat::kChapters, false, "chapters", "application/json+chapters", ""},
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
