// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/rebuild.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/book/manifest.h"
#include "common/book/natural_order.h"
#include "common/cache/chunk_name.h"
#include "common/stock/last_index.h"
#include "common/stock/listing_writer.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {
namespace {

constexpr int64_t kSecond = 1000000000;

ManifestChunk ChunkOf(const std::string& name, const StoredObject& object) {
  ManifestChunk chunk;
  chunk.name = name;
  chunk.size = object.size;
  chunk.etag = object.etag;
  chunk.modified = object.last_modified.time_since_epoch().count();
  return chunk;
}

std::string TextOf(Manifest manifest) {
  std::sort(
      manifest.chunks.begin(), manifest.chunks.end(),
      [](const ManifestChunk& a, const ManifestChunk& b) { return NaturalLess(a.name, b.name); });
  return manifest.Text();
}

bool EndsWithAny(const std::string& path, const std::vector<std::string>& endings) {
  return endings.empty() ||
         std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return path.ends_with(ending); });
}

class Rebuild {
 public:
  Rebuild(ObjectStore& store, const RebuildRequest& request)
      : store_(store), request_(request), spool_(request.listing, request.origin, request.now) {}

  Result<RebuildReport> Run();

 private:
  Status ReadIndex();
  Status ListObjects();
  Status CheckRemovals(const ListingContents& now, const ListingPlan& plan);
  Status CheckTrust(const ListingContents& now, const ListingPlan& plan);
  Result<WithdrawnList> TakeWithdrawn(const ListingContents& now);
  Status ApplyTo(ListingWriter& writer);
  void KeepOthers(const ListingContents& now, ListingContents& wanted) const;
  void KeepUnconfirmed(const ListingContents& now, ListingContents& wanted) const;

  ObjectStore& store_;
  const RebuildRequest& request_;
  BucketSpool spool_;
  LastIndex index_;
  BucketContents bucket_;
  std::set<std::string> gone_;  // paths whose object is not there, asked for one by one
  RebuildReport report_;
};

Status Rebuild::ReadIndex() {
  Result<LastIndex> index = ReadLastIndex(store_, request_.origin, request_.keys);
  if (!index.ok()) return index.status();
  index_ = std::move(index).value();
  report_.on_trust = WhyUnknown(request_.listing, index_);
  return Status::Ok();
}

Result<WithdrawnList> Rebuild::TakeWithdrawn(const ListingContents& now) {
  Result<KnownWithdrawn> known = ReadWithdrawn(request_.listing, now, index_);
  if (!known.ok()) return known.status();
  report_.bad_lines = known->list.bad_lines();
  report_.recalled = known->forgotten.size();
  return std::move(known->list);
}

Status Rebuild::ListObjects() {
  const auto progress = [&](size_t objects) {
    if (request_.progress) request_.progress(objects, 0);
  };
  Status status;
  if (request_.dry_run) {
    status = ListBucket(store_, request_.origin, progress, bucket_);
  } else {
    if (Status locked = spool_.Lock(); !locked.ok()) return locked;
    if (!request_.anew) {
      Result<BucketContents> before = spool_.Read();
      if (!before.ok()) return before.status();
      bucket_ = std::move(before).value();
    }
    report_.resumed_at = bucket_.objects.size();
    status = spool_.List(store_, progress, bucket_);
  }
  if (!status.ok()) return status;
  std::erase_if(bucket_.objects,
                [&](const auto& object) { return !EndsWithAny(object.first, request_.endings); });
  report_.objects = bucket_.objects.size();
  report_.unusable = bucket_.unusable;
  return Status::Ok();
}

// Before a marker goes its object is asked for by itself: it may have been published after the
// bucket's listing had passed it.
Status Rebuild::CheckRemovals(const ListingContents& now, const ListingPlan& plan) {
  if (!request_.force) {
    const Status held = request_.guard.Check(now.MarkerCount(), plan.unexplained, "--force");
    if (!held.ok()) return held;
  }
  for (const BookChange& change : plan.books) {
    for (const std::string& chunk : change.remove) {
      const std::string path = change.book + "/" + chunk;
      const Status there = store_.Head(request_.origin.KeyFor(path)).status();
      if (there.code() == Code::kNotFound) {
        gone_.insert(path);
      } else if (!there.ok()) {
        return there;
      }
    }
  }
  return Status::Ok();
}

Status Rebuild::CheckTrust(const ListingContents& now, const ListingPlan& plan) {
  if (report_.on_trust.empty() || request_.force ||
      request_.guard.Allows(now.MarkerCount(), plan.made)) {
    return Status::Ok();
  }
  Status refused = RefuseOnTrust(plan.made, request_.listing, report_.on_trust);
  if (!request_.dry_run) return refused;
  report_.held = std::move(refused);
  return Status::Ok();
}

// Of markers that end otherwise no object was looked for.
void Rebuild::KeepOthers(const ListingContents& now, ListingContents& wanted) const {
  for (const auto& [name, book] : now.books) {
    for (const auto& [chunk, time] : book.markers) {
      if (!EndsWithAny(chunk, request_.endings)) wanted.books[name].markers.emplace(chunk, time);
    }
  }
}

void Rebuild::KeepUnconfirmed(const ListingContents& now, ListingContents& wanted) const {
  for (const auto& [name, book] : now.books) {
    for (const auto& [chunk, time] : book.markers) {
      const std::string path = name + "/" + chunk;
      ListedBook& there = wanted.books[name];
      if (!gone_.contains(path) && !there.withdrawn.contains(chunk)) {
        there.markers.emplace(chunk, time);
      }
    }
  }
}

Status Rebuild::ApplyTo(ListingWriter& writer) {
  Result<ListingContents> now = ScanListing(request_.listing, nullptr);
  if (!now.ok()) return now.status();
  const Result<WithdrawnList> withdrawn = TakeWithdrawn(*now);
  if (!withdrawn.ok()) return withdrawn.status();
  // Without the markers that withdrawn chunks may still have, which the plan then removes.
  ListingContents for_sale = *now;
  (void)withdrawn->AddTo(for_sale);
  ListingContents wanted = WantedListing(for_sale, bucket_, request_.manifests);
  KeepUnconfirmed(for_sale, wanted);
  for (const auto& [path, object] : bucket_.objects) {
    report_.withdrawn += withdrawn->Has(path) ? 1 : 0;
  }
  report_.plan = PlanChanges(*now, wanted);
  if (request_.dry_run) return Status::Ok();
  // Before any marker: whoever goes on after a kill finds a list, and may believe it.
  if (report_.recalled > 0) {
    if (Status status = withdrawn->Write(request_.listing); !status.ok()) return status;
  }
  const size_t steps = report_.plan.steps();
  Status status = Apply(report_.plan, writer, [&](size_t done) {
    if (request_.progress) request_.progress(done, steps);
  });
  return status.ok() ? writer.Sync() : status;
}

Result<RebuildReport> Rebuild::Run() {
  Result<ListingContents> before = ScanListing(request_.listing, nullptr);
  if (!before.ok()) return before.status();
  if (Status status = ReadIndex(); !status.ok()) return status;
  const Result<WithdrawnList> withdrawn = TakeWithdrawn(*before);
  if (!withdrawn.ok()) return withdrawn.status();
  (void)withdrawn->AddTo(*before);
  if (Status status = ListObjects(); !status.ok()) return status;
  ListingContents wanted = WantedListing(*before, bucket_, false);
  KeepOthers(*before, wanted);
  const ListingPlan plan = PlanChanges(*before, wanted);
  if (Status status = CheckTrust(*before, plan); !status.ok()) return status;
  if (Status status = CheckRemovals(*before, plan); !status.ok()) return status;
  Result<ListingWriter> writer = ListingWriter::Open(request_.listing);
  if (!writer.ok()) return writer.status();
  if (Status status = ApplyTo(*writer); !status.ok()) return status;
  if (request_.dry_run) return report_;
  if (Status status = spool_.Remove(); !status.ok()) return status;
  return report_;
}

}  // namespace

ListingContents WantedListing(const ListingContents& now, const BucketContents& bucket,
                              bool manifests) {
  ListingContents wanted;
  std::map<std::string, Manifest> made;
  for (const auto& [name, book] : now.books) {
    wanted.books[name].manifest = book.manifest;
    wanted.books[name].withdrawn = book.withdrawn;
  }
  for (const auto& [path, object] : bucket.objects) {
    const auto chunk = ChunkName::Parse(path);
    if (!chunk.ok() || now.IsWithdrawn(*chunk)) continue;
    ListedBook& book = wanted.books[chunk->book];
    int64_t time = object.last_modified.time_since_epoch().count() * kSecond;
    if (const int64_t* marker = now.FindMarker(*chunk)) time = std::max(time, *marker);
    book.markers[chunk->chunk] = time;
    if (manifests && book.manifest.empty()) {
      made[chunk->book].chunks.push_back(ChunkOf(chunk->chunk, object));
    }
  }
  for (auto& [name, manifest] : made) {
    if (manifest.chunks.size() > Manifest::kMaxChunks) continue;
    wanted.books[name].manifest = TextOf(std::move(manifest));
  }
  return wanted;
}

Result<RebuildReport> RebuildListing(ObjectStore& store, const RebuildRequest& request) {
  return Rebuild(store, request).Run();
}

}  // namespace audiodl
