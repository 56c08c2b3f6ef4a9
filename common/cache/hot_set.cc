// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/cache/hot_set.h"

#include <algorithm>
#include <unordered_set>

#include "common/base/text.h"
#include "common/cache/chunk_name.h"

namespace audiodl {
namespace {

// A book may be of one segment: it is checked as what a chunk of it would be called.
bool IsName(std::string_view line) { return ChunkName::Parse(std::string(line) + "/x").ok(); }

}  // namespace

std::string HotSetText(const CacheIndex& index, const ListedStore& store, size_t most) {
  std::string text;
  for (auto age = index.by_age().rbegin(); age != index.by_age().rend() && most > 0; ++age) {
    const CachedObject& object = *index.Find(age->id);
    if (object.origin != store.identity || !object.key.starts_with(store.key_prefix)) continue;
    const std::string_view chunk = std::string_view(object.key).substr(store.key_prefix.size());
    if (!ChunkName::Parse(chunk).ok()) continue;
    text.append(chunk) += '\n';
    --most;
  }
  return text;
}

Result<std::vector<std::string>> ParseHotSet(std::string_view text) {
  std::vector<std::string> names;
  std::unordered_set<std::string> known;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with('/')) line.remove_suffix(1);
    if (Trim(line).empty() || line.starts_with('#')) continue;
    // '<' may stand in a name, but no list of ours has begun with one yet, and every page does.
    if (!IsName(line) || (number == 1 && line.starts_with('<'))) {
      return Status::Invalid("line " + std::to_string(number) +
                             " names no chunk and no book: " + Printable(line, 60));
    }
    if (known.emplace(line).second) names.emplace_back(line);
  }
  return names;
}

}  // namespace audiodl
