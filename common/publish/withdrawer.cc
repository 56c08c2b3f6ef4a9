// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/withdrawer.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/text.h"
#include "common/book/natural_order.h"
#include "common/cache/chunk_name.h"
#include "common/publish/book_listing.h"
#include "common/publish/book_lock.h"

namespace audiodl {
namespace {

struct Less {
  bool operator()(const std::string& a, const std::string& b) const { return NaturalLess(a, b); }
};
using Found = std::map<std::string, WithdrawnChunk, Less>;

Status CheckJob(const WithdrawJob& job) {
  if (Status status = CheckBookName(job.book); !status.ok()) return status;
  for (const std::string& name : job.chunks) {
    const bool is_name = name.find('/') == std::string::npos;
    if (!is_name || !ChunkName::Parse(job.book + "/" + name).ok()) {
      return Status::Invalid(Printable(name) + " is no chunk's name");
    }
  }
  return Status::Ok();
}

// A whole book can be withdrawn whatever its manifest looks like.
BookListing::Broken RuleOf(const WithdrawJob& job) {
  return job.chunks.empty() ? BookListing::Broken::kIgnore : BookListing::Broken::kRefuse;
}

bool IsMeant(const WithdrawJob& job, const std::string& name) {
  return job.chunks.empty() ||
         std::find(job.chunks.begin(), job.chunks.end(), name) != job.chunks.end();
}

}  // namespace

Result<std::vector<std::string>> Withdrawer::FindObjects(const WithdrawJob& job) {
  const std::string prefix = place_.origin.KeyFor(job.book + "/");
  std::vector<std::string> names;
  if (job.chunks.empty()) {
    Status status = place_.store.List({.prefix = prefix}, [&](const StoredObject& object) {
      const std::string name = object.key.substr(prefix.size());
      // What lies deeper is another book's.
      const bool is_ours = name.find('/') == std::string::npos;
      if (is_ours && ChunkName::Parse(job.book + "/" + name).ok()) names.push_back(name);
      return true;
    });
    if (!status.ok()) return status;
    return names;
  }
  for (const std::string& name : job.chunks) {
    const Status there = place_.store.Head(prefix + name).status();
    if (!there.ok() && there.code() != Code::kNotFound) return there;
    if (there.ok()) names.push_back(name);
  }
  return names;
}

Result<std::vector<WithdrawnChunk>> Withdrawer::Plan(const WithdrawJob& job) {
  if (Status status = CheckJob(job); !status.ok()) return status;
  BookListing listing(place_.listing, job.book, observer_);
  if (Status status = listing.Read(RuleOf(job)); !status.ok()) return status;
  Found found;
  for (const auto& [name, time] : listing.markers()) {
    if (IsMeant(job, name)) found[name].is_listed = true;
  }
  // A manifest's line without a marker is what is left of a withdrawal that was interrupted.
  for (const ManifestChunk& chunk : listing.manifest().chunks) {
    if (IsMeant(job, chunk.name)) found.try_emplace(chunk.name);
  }
  if (job.objects == WithdrawJob::Objects::kDelete) {
    const Result<std::vector<std::string>> objects = FindObjects(job);
    if (!objects.ok()) return objects.status();
    for (const std::string& name : *objects) found[name].has_object = true;
  }
  if (found.empty()) return Status(Code::kNotFound, "there is nothing of " + Printable(job.book));
  std::vector<WithdrawnChunk> chunks;
  for (auto& [name, chunk] : found) {
    chunk.name = name;
    chunks.push_back(chunk);
  }
  return chunks;
}

Result<std::vector<WithdrawnChunk>> Withdrawer::Withdraw(const WithdrawJob& job) {
  if (Status status = CheckJob(job); !status.ok()) return status;
  const Result<BookLock> lock = BookLock::Take(place_.listing, job.book);
  if (!lock.ok()) return lock.status();
  Result<std::vector<WithdrawnChunk>> chunks = Plan(job);
  if (!chunks.ok()) return chunks;
  std::vector<std::string> names;
  for (const WithdrawnChunk& chunk : *chunks) names.push_back(chunk.name);
  BookListing listing(place_.listing, job.book, observer_);
  if (Status status = listing.Remove(names, RuleOf(job)); !status.ok()) return status;
  for (const WithdrawnChunk& chunk : *chunks) {
    if (!chunk.has_object) continue;
    observer_.OnStep(PublishStep::kDelete, chunk.name);
    Status status = place_.store.Delete(place_.origin.KeyFor(job.book + "/" + chunk.name));
    if (!status.ok()) return status;
  }
  return chunks;
}

}  // namespace audiodl
