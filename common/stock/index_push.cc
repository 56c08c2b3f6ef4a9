// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/index_push.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/stock/last_index.h"
#include "common/stock/listing_writer.h"
#include "common/stock/stock_index.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {
namespace {

// A server that has just read the index before last still finds its parts for so long.
constexpr std::chrono::hours kKeepParts{24};
constexpr int64_t kMillisecond = 1000000;

class Push {
 public:
  Push(ObjectStore& store, const IndexSigningKey& key, const PushRequest& request)
      : store_(store), key_(key), request_(request) {}

  Result<PushReport> Run();

 private:
  Status FindPrevious();
  bool IsPushed(const StockIndex& index) const;
  Result<ListingContents> ChangedBefore(const StockIndex& index);
  Status CheckDrop(const ListingContents& contents, const ListingContents& before);
  Result<bool> KeepWithdrawn(const ListingContents& before, ListingWriter& writer,
                             ListingContents& contents);
  Status RenewPublished(ListingWriter& writer, ListingContents& contents, WithdrawnList& forgotten);
  Status Write(PackedListing packed);
  Status WriteIndex(const StockIndex& index);
  void RemoveOldParts(const StockIndex& index);
  bool HadPart(const std::string& sha256) const;
  void Warn(const std::string& text) {
    report_.warning += (report_.warning.empty() ? "" : "; ") + text;
  }

  ObjectStore& store_;
  const IndexSigningKey& key_;
  const PushRequest& request_;
  std::optional<StockIndex> previous_;
  std::string previous_etag_;  // empty: there is no object
  bool lost_a_part_ = false;
  PushReport report_;
};

Status Push::FindPrevious() {
  Result<std::optional<ObjectStore::Fetched>> fetched =
      store_.GetUnless(IndexKeyOf(request_.origin), "", StockIndex::kMaxBytes);
  if (fetched.status().code() == Code::kNotFound) return Status::Ok();
  if (!fetched.ok()) return fetched.status();
  const ObjectStore::Fetched& object = fetched->value();
  previous_etag_ = object.info.etag;
  const Result<IndexVerifyKeys> own = IndexVerifyKeys::Parse(key_.PublicPem());
  if (!own.ok()) return own.status();
  Result<StockIndex> index = StockIndex::Open(object.body, *own);
  if (index.ok()) {
    previous_ = std::move(index).value();
    return Status::Ok();
  }
  if (request_.force) return Status::Ok();
  return Status(Code::kForbidden, "the bucket has an index that this key has not signed (" +
                                      index.status().text() +
                                      "): to replace it, once the servers know this key: --force");
}

bool Push::HadPart(const std::string& sha256) const {
  return previous_ && std::any_of(previous_->parts.begin(), previous_->parts.end(),
                                  [&](const IndexPart& part) { return part.sha256 == sha256; });
}

bool Push::IsPushed(const StockIndex& index) const {
  return previous_ && previous_->stock == index.stock && previous_->parts == index.parts;
}

// Of the last index, the parts that this one has not: the books in all others are as they were.
Result<ListingContents> Push::ChangedBefore(const StockIndex& index) {
  ListingContents before;
  if (!previous_) return before;
  std::set<std::string> same;
  for (const IndexPart& part : index.parts) same.insert(part.sha256);
  for (const IndexPart& part : previous_->parts) {
    if (!same.insert(part.sha256).second) continue;
    const Status status = FetchIndexPart(store_, request_.origin, *previous_, part, before);
    if (status.ok()) continue;
    if (!IsPartLost(status)) return status;
    if (!request_.force) {
      return Status(Code::kCorrupt, "the last index has lost a part (" + status.text() +
                                        "), so nobody knows whether more than is meant would go: "
                                        "to write it anew: --force");
    }
    lost_a_part_ = true;
    Warn("the last index has lost a part (" + status.text() +
         "): whatever that noted as withdrawn is "
         "known by " +
         request_.listing + "/" + WithdrawnList::kFileName + " alone");
  }
  return before;
}

// The marker tells it to this push and, should this one fail, to all that come.
Status Push::RenewPublished(ListingWriter& writer, ListingContents& contents,
                            WithdrawnList& forgotten) {
  bool renewed = false;
  for (const std::string& path : request_.published) {
    const auto chunk = ChunkName::Parse(path);
    const auto withdrawn = forgotten.times().find(path);
    if (!chunk.ok() || withdrawn == forgotten.times().end()) continue;
    if (contents.FindMarker(*chunk) == nullptr) continue;  // withdrawn again, and that list lost
    const int64_t now = std::max(request_.now_ms * kMillisecond, TimeAfter(withdrawn->second));
    const int64_t time = writer.TimeFor(chunk->book, chunk->chunk, now);
    contents.books[chunk->book].markers[chunk->chunk] = time;
    forgotten.Remove(path);
    if (request_.dry_run) continue;
    if (Status put = writer.PutMarker(chunk->book, chunk->chunk, time); !put.ok()) return put;
    renewed = true;
  }
  return renewed ? writer.Sync() : Status::Ok();
}

// A list of withdrawn chunks that was lost here must not be lost in the bucket as well. Returns
// whether `contents` is another than before.
Result<bool> Push::KeepWithdrawn(const ListingContents& before, ListingWriter& writer,
                                 ListingContents& contents) {
  WithdrawnList forgotten = ForgottenOf(contents, before);
  if (forgotten.empty()) return false;
  if (Status renewed = RenewPublished(writer, contents, forgotten); !renewed.ok()) return renewed;
  if (forgotten.empty()) return true;
  (void)forgotten.AddTo(contents);
  Warn(std::to_string(forgotten.size()) +
       " withdrawn chunks, which the last index has, are no more in " + request_.listing + "/" +
       WithdrawnList::kFileName +
       " and stay withdrawn: audiodl fsck --repair notes them there again, and audiodl publish "
       "sells them again");
  return true;
}

Status Push::CheckDrop(const ListingContents& contents, const ListingContents& before) {
  for (const auto& [name, book] : before.books) {
    for (const auto& [chunk, time] : book.markers) {
      const ChunkName path{name + "/" + chunk, name, chunk};
      if (contents.FindMarker(path) != nullptr) continue;
      ++report_.dropped;
      if (!contents.IsWithdrawn(path)) ++report_.unexplained;
    }
  }
  if (request_.force) return Status::Ok();
  return request_.guard.Check(previous_->markers, report_.unexplained, "--force");
}

Status Push::WriteIndex(const StockIndex& index) {
  const std::string object = index.Signed(key_);
  report_.bytes += object.size();
  ++report_.parts;
  PutOptions options;
  options.if_match = previous_etag_;
  options.if_absent = previous_etag_.empty();
  const Result<std::string> etag = store_.Put(IndexKeyOf(request_.origin), object, options);
  if (etag.status().code() != Code::kChanged) return etag.status();
  return Status(Code::kChanged, "another push was first; run it again");
}

Status Push::Write(PackedListing packed) {
  std::erase_if(packed.stored, [&](const auto& part) {
    return !request_.force && HadPart(part.first) && !previous_->inline_parts.contains(part.first);
  });
  for (const auto& [sha256, bytes] : packed.stored) {
    if (request_.progress) request_.progress(report_.parts, packed.stored.size());
    report_.bytes += bytes.size();
    ++report_.parts;
    if (request_.dry_run) continue;
    PutOptions options;
    options.content_type = "application/gzip";
    const auto put = store_.Put(PartKeyOf(request_.origin, sha256), bytes, options);
    if (!put.ok()) return put.status();
  }
  StockIndex& index = packed.index;
  const uint64_t last = previous_ ? previous_->serial : 0;
  index.serial = std::max(last + 1, static_cast<uint64_t>(request_.now_ms));
  index.created = request_.now_ms / 1000;
  index.forced = previous_ ? previous_->forced : 0;
  if (request_.force && (report_.unexplained > 0 || lost_a_part_)) index.forced = index.serial;
  report_.serial = index.serial;
  if (request_.dry_run) return Status::Ok();
  if (Status status = WriteIndex(index); !status.ok()) return status;
  RemoveOldParts(index);
  return Status::Ok();
}

void Push::RemoveOldParts(const StockIndex& index) {
  if (!previous_ || index.parts == previous_->parts) return;
  const auto before =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(request_.now_ms)) -
      kKeepParts;
  std::set<std::string> kept;
  for (const StockIndex* named : {&index, std::as_const(previous_).operator->()}) {
    for (const IndexPart& part : named->parts) {
      kept.insert(PartKeyOf(request_.origin, part.sha256));
    }
  }
  std::vector<std::string> old;
  Status status =
      store_.List({.prefix = PartKeyOf(request_.origin, "")}, [&](const StoredObject& object) {
        if (object.last_modified < before && !kept.contains(object.key)) old.push_back(object.key);
        return true;
      });
  for (const std::string& key : old) {
    if (status.ok()) status = store_.Delete(key);
  }
  if (status.ok()) return;
  Warn("old parts of the index are left over: " + status.text());
}

Result<PushReport> Push::Run() {
  // Nobody publishes half a book meanwhile, and no other push of this machine runs.
  Result<ListingWriter> writer = ListingWriter::Open(request_.listing);
  if (!writer.ok()) return writer.status();
  Result<ListingContents> contents = ReadListing(request_.listing);
  if (!contents.ok()) return contents.status();
  if (Status status = FindPrevious(); !status.ok()) return status;
  PackedListing packed = PackListing(*contents, StockName(request_.origin));
  ListingContents before;
  if (!IsPushed(packed.index)) {
    Result<ListingContents> changed = ChangedBefore(packed.index);
    if (!changed.ok()) return changed.status();
    before = std::move(changed).value();
    const Result<bool> kept = KeepWithdrawn(before, *writer, *contents);
    if (!kept.ok()) return kept.status();
    if (*kept) packed = PackListing(*contents, StockName(request_.origin));
  }
  report_.markers = packed.index.markers;
  if (IsPushed(packed.index) && !request_.force) {
    report_.serial = previous_->serial;
    return report_;
  }
  report_.changed = true;
  if (previous_) {
    if (Status status = CheckDrop(*contents, before); !status.ok()) return status;
  } else if (report_.markers == 0 && !request_.force) {
    return Status(Code::kChanged, request_.listing +
                                      " has no markers: is its disk not mounted? To push it all "
                                      "the same: --force");
  }
  if (Status status = Write(std::move(packed)); !status.ok()) return status;
  return report_;
}

}  // namespace

Result<PushReport> PushIndex(ObjectStore& store, const IndexSigningKey& key,
                             const PushRequest& request) {
  return Push(store, key, request).Run();
}

}  // namespace audiodl
