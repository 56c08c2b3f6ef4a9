// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What a server's customers have asked for lately, as text that its siblings can read: one chunk a
// line, as in the URL below /download, the one asked for last first. A line may also name a whole
// book, as people write such lists; '#' begins a comment. Pure; any thread.
//
//   dune/01.mp3
//   fantasy/the-hobbit

#ifndef AUDIODL_COMMON_CACHE_HOT_SET_H_
#define AUDIODL_COMMON_CACHE_HOT_SET_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/cache/cache_index.h"
#include "common/cache/withdrawals.h"

namespace audiodl {

// Of what the index has of that store, at most `most` lines.
std::string HotSetText(const CacheIndex& index, const ListedStore& store, size_t most);

// The names, each once, in their order. kInvalid says which line is none: a server's error page is
// never taken for an empty list.
Result<std::vector<std::string>> ParseHotSet(std::string_view text);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_CACHE_HOT_SET_H_
