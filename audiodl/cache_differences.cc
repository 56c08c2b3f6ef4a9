// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/cache_differences.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "common/cache/cache_reader.h"
#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"

namespace audiodl {
namespace {

using Kind = Difference::Kind;

constexpr char kRepair[] = "the copy is taken away, and fetched anew when somebody asks";

// As the module sees it now. Where that cannot be read nobody knows that a marker is gone.
bool HasMarker(const std::string& listing, const ChunkName& chunk) {
  return FindMarker(listing, chunk).status().code() != Code::kNotFound;
}

std::optional<CacheDifference> Compare(const FoundFile& file, const std::string& prefix,
                                       const std::string& listing, const StockFacts& facts) {
  const CachedObject& object = file.facts.object;
  const std::string path = object.key.substr(prefix.size());
  const auto chunk = ChunkName::Parse(path);
  if (!chunk.ok()) return std::nullopt;
  const bool was_withdrawn = facts.withdrawn.Has(path);
  if (was_withdrawn ||
      (facts.listing.FindMarker(*chunk) == nullptr && !HasMarker(listing, *chunk))) {
    return CacheDifference{
        {Kind::kCachedUnlisted, path,
         "the cache has a copy, though it is not for sale: nobody can download it, and it takes "
         "room",
         "the copy is taken away"},
        file.id,
        was_withdrawn};
  }
  const auto there = facts.bucket.objects.find(path);
  CacheReader reader;
  if (there == facts.bucket.objects.end() ||
      !reader.Open(file.path.c_str(), object.origin, object.key).ok()) {
    return std::nullopt;
  }
  const ObjectHeader& header = reader.header();
  if (header.size == there->second.size && header.etag == there->second.etag) return std::nullopt;
  return CacheDifference{
      {Kind::kCachedOther, path,
       "the cache has " + std::to_string(header.size) + " bytes with the entity tag " +
           std::string(header.etag) + ", and the bucket " + std::to_string(there->second.size) +
           " with " + there->second.etag +
           ": this server sends an old version until its marker is renewed",
       kRepair},
      file.id};
}

}  // namespace

Result<CacheFindings> FindCacheDifferences(const OperatorCache& cache, const Origin& origin,
                                           const std::string& listing, const StockFacts& facts) {
  CacheFindings found;
  const std::string prefix = origin.KeyFor("");
  const std::string identity = origin.Identity();
  CacheWalk walk(cache.dir);
  const auto visit = [&](const FoundFile& file) {
    if (file.facts.kind == FileFacts::Kind::kForeign) return;
    if (file.facts.useless()) {
      found.differences.push_back(
          {{Kind::kCachedDamaged, file.path,
            std::string("a file in the cache that is ") + Describe(file.facts.kind), kRepair},
           file.id});
      return;
    }
    const CachedObject& object = file.facts.object;
    if (object.origin != identity || !object.key.starts_with(prefix)) return;
    ++found.copies;
    if (auto difference = Compare(file, prefix, listing, facts)) {
      found.differences.push_back(std::move(*difference));
    }
  };
  while (!walk.done()) walk.Step(UINT32_MAX, visit);
  if (!walk.trouble().ok()) return walk.trouble();
  return found;
}

Status CheckUnexplained(const CacheFindings& findings, const DropGuard& guard,
                        const std::string& dir) {
  const auto many = static_cast<size_t>(
      std::count_if(findings.differences.begin(), findings.differences.end(),
                    [](const CacheDifference& difference) { return difference.IsUnexplained(); }));
  if (guard.Allows(findings.copies, many)) return Status::Ok();
  return Status(Code::kChanged,
                std::to_string(many) + " of the " + std::to_string(findings.copies) +
                    " copies in " + dir +
                    " are of chunks that are not listed, and that were not withdrawn: they are "
                    "kept. Is the listing's disk not mounted? If they are meant to go: --force");
}

bool IsListedBy(const std::string& listing, const CacheDifference& difference) {
  if (!difference.IsUnexplained()) return false;
  const auto chunk = ChunkName::Parse(difference.difference.path);
  return chunk.ok() && HasMarker(listing, *chunk);
}

Status RepairCache(OperatorCache& cache, const CacheDifference& difference) {
  const Status status = cache.space->Purge(difference.id);
  return status.code() == Code::kNotFound ? Status::Ok() : status;
}

}  // namespace audiodl
