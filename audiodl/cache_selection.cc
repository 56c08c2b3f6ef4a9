// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_selection.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"

namespace audiodl {
namespace {

namespace fs = std::filesystem;

std::string WithoutSlash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

CachedObject ObjectOf(const NotedStore& store, const std::string& key) {
  CachedObject object;
  object.id = ObjectId::Of(store.listed.identity, key);
  object.origin = store.listed.identity;
  object.key = key;
  return object;
}

}  // namespace

Options::Names CacheSelection::Names(Options::Names own) {
  own.flags.push_back("--all");
  for (const char* name : {"--book", "--prefix", "--key"}) own.values.push_back(name);
  return own;
}

Result<CacheSelection> CacheSelection::OfOrAll(const Options& options,
                                               const std::vector<NotedStore>& stores) {
  CacheSelection selection(stores);
  selection.book_ = WithoutSlash(options.Value("--book").value_or(""));
  selection.prefix_ = options.Value("--prefix").value_or("");
  selection.keys_ = options.operands();
  if (const auto key = options.Value("--key")) selection.keys_.push_back(*key);
  const int ways = (options.Has("--all") ? 1 : 0) + (selection.book_.empty() ? 0 : 1) +
                   (selection.prefix_.empty() ? 0 : 1) + (selection.keys_.empty() ? 0 : 1);
  if (ways > 1) return Status::Invalid("a KEY, --book, --prefix and --all exclude each other");
  selection.all_ = ways == 0 || options.Has("--all");
  return selection;
}

Result<CacheSelection> CacheSelection::Of(const Options& options,
                                          const std::vector<NotedStore>& stores) {
  Result<CacheSelection> selection = OfOrAll(options, stores);
  if (!selection.ok() || !selection->all_ || options.Has("--all")) return selection;
  return Status::Invalid("say which: a KEY, --book, --prefix or --all");
}

bool CacheSelection::Matches(std::string_view origin, std::string_view key) const {
  if (all_) return true;
  if (!prefix_.empty()) return key.starts_with(prefix_);
  if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return true;
  for (const NotedStore& store : stores_) {
    const ListedStore& listed = store.listed;
    if (listed.identity != origin || !key.starts_with(listed.key_prefix)) continue;
    const std::string chunk(key.substr(listed.key_prefix.size()));
    if (!book_.empty() && chunk.starts_with(book_ + "/")) return true;
    if (std::find(keys_.begin(), keys_.end(), chunk) != keys_.end()) return true;
  }
  return false;
}

std::vector<CachedObject> CacheSelection::ListedBelow(const NotedStore& store,
                                                      const std::string& book) const {
  std::vector<CachedObject> chunks;
  const fs::path listing = store.listed.listing;
  std::error_code error;
  fs::recursive_directory_iterator entry(listing / book, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const auto chunk = ChunkName::Parse(entry->path().lexically_relative(listing).string());
    if (!chunk.ok() || !FindMarker(store.listed.listing, *chunk).ok()) continue;
    chunks.push_back(ObjectOf(store, store.listed.key_prefix + chunk->path));
  }
  return chunks;
}

std::vector<CachedObject> CacheSelection::Listed() const {
  std::vector<CachedObject> chunks;
  for (const NotedStore& store : stores_) {
    if (!book_.empty() && !store.listed.listing.empty()) {
      for (CachedObject& chunk : ListedBelow(store, book_)) chunks.push_back(std::move(chunk));
    }
    for (const std::string& key : keys_) {
      const bool whole = key.starts_with(store.listed.key_prefix);
      chunks.push_back(ObjectOf(store, whole ? key : store.listed.key_prefix + key));
    }
  }
  return chunks;
}

}  // namespace audiodl
