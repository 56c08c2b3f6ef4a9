// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_differences.h"

#include <optional>
#include <string>
#include <utility>

#include "common/cache/cache_reader.h"
#include "common/cache/chunk_name.h"

namespace audiodl {
namespace {

using Kind = Difference::Kind;

constexpr char kRepair[] = "the copy is taken away, and fetched anew when somebody asks";

std::optional<Difference> Compare(const FoundFile& file, const std::string& prefix,
                                  const StockFacts& facts) {
  const CachedObject& object = file.facts.object;
  const std::string path = object.key.substr(prefix.size());
  const auto chunk = ChunkName::Parse(path);
  if (!chunk.ok()) return std::nullopt;
  if (facts.listing.FindMarker(*chunk) == nullptr || facts.withdrawn.Has(path)) {
    return Difference{Kind::kCachedUnlisted, path,
                      "the cache has a copy, though it is not for sale: nobody can download it, "
                      "and it takes room",
                      "the copy is taken away"};
  }
  const auto there = facts.bucket.objects.find(path);
  CacheReader reader;
  if (there == facts.bucket.objects.end() ||
      !reader.Open(file.path.c_str(), object.origin, object.key).ok()) {
    return std::nullopt;
  }
  const ObjectHeader& header = reader.header();
  if (header.size == there->second.size && header.etag == there->second.etag) return std::nullopt;
  return Difference{Kind::kCachedOther, path,
                    "the cache has " + std::to_string(header.size) + " bytes with the entity tag " +
                        std::string(header.etag) + ", and the bucket " +
                        std::to_string(there->second.size) + " with " + there->second.etag +
                        ": this server sends an old version until its marker is renewed",
                    kRepair};
}

}  // namespace

Result<std::vector<CacheDifference>> FindCacheDifferences(const OperatorCache& cache,
                                                          const Origin& origin,
                                                          const StockFacts& facts) {
  std::vector<CacheDifference> found;
  const std::string prefix = origin.KeyFor("");
  const std::string identity = origin.Identity();
  CacheWalk walk(cache.dir);
  const auto visit = [&](const FoundFile& file) {
    if (file.facts.kind == FileFacts::Kind::kForeign) return;
    if (file.facts.useless()) {
      found.push_back(
          {{Kind::kCachedDamaged, file.path,
            std::string("a file in the cache that is ") + Describe(file.facts.kind), kRepair},
           file.id});
      return;
    }
    const CachedObject& object = file.facts.object;
    if (object.origin != identity || !object.key.starts_with(prefix)) return;
    if (auto difference = Compare(file, prefix, facts)) {
      found.push_back({std::move(*difference), file.id});
    }
  };
  while (!walk.done()) walk.Step(UINT32_MAX, visit);
  if (!walk.trouble().ok()) return walk.trouble();
  return found;
}

Status RepairCache(OperatorCache& cache, const CacheDifference& difference) {
  const Status status = cache.space->Purge(difference.id);
  return status.code() == Code::kNotFound ? Status::Ok() : status;
}

}  // namespace audiodl
