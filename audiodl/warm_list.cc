// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/warm_list.h"

#include <optional>
#include <set>
#include <utility>

#include "common/book/book_parts.h"
#include "common/book/manifest_cache.h"
#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"

namespace audiodl {
namespace {

CachedObject ObjectOf(const ListedStore& store, const std::string& chunk) {
  CachedObject object;
  object.origin = store.identity;
  object.key = store.key_prefix + chunk;
  object.id = ObjectId::Of(object.origin, object.key);
  return object;
}

std::vector<CachedObject> ChunksOf(const ListedStore& store, const std::string& name) {
  const Result<ChunkName> chunk = ChunkName::Parse(name);
  if (chunk.ok() && FindMarker(store.listing, *chunk).ok()) return {ObjectOf(store, name)};
  const Result<Manifest> manifest = ManifestCache::Read(store.listing, name);
  const Result<std::vector<BookPart>> parts =
      FindBookParts(store.listing, name, manifest.ok() ? &*manifest : nullptr);
  std::vector<CachedObject> chunks;
  if (!parts.ok()) return chunks;
  for (const BookPart& part : *parts) chunks.push_back(ObjectOf(store, name + "/" + part.name));
  return chunks;
}

}  // namespace

WarmList WarmList::Of(const std::vector<std::string>& names,
                      const std::vector<NotedStore>& stores) {
  WarmList list;
  std::set<ObjectId> known;
  for (const std::string& name : names) {
    bool found = false;
    for (const NotedStore& store : stores) {
      if (store.listed.listing.empty()) continue;
      for (CachedObject& chunk : ChunksOf(store.listed, name)) {
        found = true;
        if (known.insert(chunk.id).second) list.chunks.push_back(std::move(chunk));
      }
    }
    if (!found) list.unknown.push_back(name);
  }
  return list;
}

}  // namespace audiodl
