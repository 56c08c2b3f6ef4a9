// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/refetch.h"

#include "common/base/json_text.h"
#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"
#include "common/fetch/control_client.h"

namespace audiodl {
namespace {

// The marker of a chunk that is for sale, so that no customer has to wait for a confirmation.
Result<int64_t> MarkerOf(const OperatorCache& cache, const CachedObject& object) {
  for (const NotedStore& store : cache.stores) {
    const ListedStore& listed = store.listed;
    if (listed.identity != object.origin || !object.key.starts_with(listed.key_prefix)) continue;
    const auto chunk = ChunkName::Parse(object.key.substr(listed.key_prefix.size()));
    if (!chunk.ok()) continue;
    Result<int64_t> marker = FindMarker(listed.listing, *chunk);
    if (marker.ok()) return marker;
  }
  return Status(Code::kNotFound, object.key + " is not listed");
}

}  // namespace

Status AskToFetch(const OperatorCache& cache, const CachedObject& object) {
  const Result<int64_t> marker = MarkerOf(cache, object);
  if (!marker.ok()) return marker.status();
  const std::string arguments = JsonObject()
                                    .Add("key", object.key)
                                    .Add("origin", object.origin)
                                    .Add("marker", static_cast<uint64_t>(*marker))
                                    .Text();
  return ControlClient(cache.dir).Call("want", arguments).status();
}

}  // namespace audiodl
