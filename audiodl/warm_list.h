// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Names of chunks and books, as people and siblings write them, turned into the objects that this
// server's virtual hosts sell under these names. One thread.

#ifndef AUDIODL_AUDIODL_WARM_LIST_H_
#define AUDIODL_AUDIODL_WARM_LIST_H_

#include <string>
#include <vector>

#include "common/cache/cache_index.h"
#include "common/cache/store_note.h"

namespace audiodl {

struct WarmList {
  std::vector<CachedObject> chunks;  // each once, in the order of the names
  std::vector<std::string> unknown;  // names of which nothing is listed here

  // A book's chunks are in the order of its page.
  static WarmList Of(const std::vector<std::string>& names, const std::vector<NotedStore>& stores);
};

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_WARM_LIST_H_
