// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/withdrawer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/text.h"
#include "common/book/natural_order.h"
#include "common/cache/chunk_name.h"
#include "common/publish/book_listing.h"
#include "common/publish/book_lock.h"
#include "common/stock/withdrawn_list.h"

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

Result<std::vector<std::string>> ObjectsOf(const PublishPlace& place, const std::string& book) {
  const std::string prefix = place.origin.KeyFor(book + "/");
  std::vector<std::string> names;
  Status status = place.store.List({.prefix = prefix}, [&](const StoredObject& object) {
    const std::string name = object.key.substr(prefix.size());
    // What lies deeper is another book's.
    const bool is_ours = name.find('/') == std::string::npos;
    if (is_ours && ChunkName::Parse(book + "/" + name).ok()) names.push_back(name);
    return true;
  });
  if (!status.ok()) return status;
  return names;
}

bool DeletesObjects(const WithdrawJob& job) { return job.objects == WithdrawJob::Objects::kDelete; }

Status AddListed(const PublishPlace& place, const WithdrawJob& job, PublishObserver& observer,
                 Found& found) {
  BookListing listing(place.listing, job.book, observer);
  if (Status status = listing.Read(RuleOf(job)); !status.ok()) return status;
  for (const auto& [name, time] : listing.markers()) {
    if (IsMeant(job, name)) found[name].is_listed = true;
  }
  // A manifest's line without a marker is what is left of a withdrawal that was interrupted.
  for (const ManifestChunk& chunk : listing.manifest().chunks) {
    if (IsMeant(job, chunk.name)) found.try_emplace(chunk.name);
  }
  return Status::Ok();
}

// Those of the job's chunks. Who names some that are listed, and deletes none, has nothing to ask.
Result<std::vector<std::string>> FindObjects(const PublishPlace& place, const WithdrawJob& job,
                                             const Found& listed) {
  std::vector<std::string> names;
  if (job.chunks.empty() || !DeletesObjects(job)) {
    const auto is_listed = [&](const std::string& name) { return listed.contains(name); };
    if (!job.chunks.empty() && std::all_of(job.chunks.begin(), job.chunks.end(), is_listed)) {
      return names;
    }
    Result<std::vector<std::string>> all = ObjectsOf(place, job.book);
    if (!all.ok()) return all;
    std::erase_if(*all, [&](const std::string& name) { return !IsMeant(job, name); });
    return all;
  }
  for (const std::string& name : job.chunks) {
    const Status there = place.store.Head(place.origin.KeyFor(job.book + "/" + name)).status();
    if (!there.ok() && there.code() != Code::kNotFound) return there;
    if (there.ok()) names.push_back(name);
  }
  return names;
}

// An origin that does not answer keeps nothing for sale that the listing knows of.
Status AddObjects(const PublishPlace& place, const WithdrawJob& job, PublishObserver& observer,
                  Found& found) {
  const Result<std::vector<std::string>> objects = FindObjects(place, job, found);
  if (!objects.ok()) {
    if (DeletesObjects(job) || found.empty()) return objects.status();
    observer.OnObjectsUnknown(objects.status());
    return Status::Ok();
  }
  const Result<WithdrawnList> list = WithdrawnList::Read(place.listing);
  if (!list.ok()) return list.status();
  for (const std::string& name : *objects) {
    if (DeletesObjects(job)) {
      found[name].has_object = true;
    } else if (!list->Has(job.book + "/" + name)) {
      found.try_emplace(name);
    }
  }
  return Status::Ok();
}

std::vector<WithdrawnChunk> ChunksOf(const Found& found) {
  std::vector<WithdrawnChunk> chunks;
  for (const auto& [name, chunk] : found) {
    chunks.push_back(chunk);
    chunks.back().name = name;
  }
  return chunks;
}

std::vector<std::string> NamesOf(const Found& found, const std::set<std::string>& but) {
  std::vector<std::string> names;
  for (const auto& [name, chunk] : found) {
    if (!but.contains(name)) names.push_back(name);
  }
  return names;
}

// A book's chunks that were withdrawn then or before; what has a marker is somebody's, whatever the
// list says.
using Names = std::set<std::string>;
Result<Names> OldNames(const OldObjects& old, const std::string& book) {
  const Result<WithdrawnList> list = WithdrawnList::Read(old.place.listing);
  if (!list.ok()) return list.status();
  const Result<ListedBook> listed = ScanBook(old.place.listing, book);
  if (!listed.ok()) return listed.status();
  Names names;
  for (const auto& [path, time] : list->times()) {
    if (time > old.withdrawn_by || !path.starts_with(book + "/")) continue;
    const std::string name = path.substr(book.size() + 1);
    if (name.find('/') == std::string::npos && !listed->markers.contains(name)) names.insert(name);
  }
  return names;
}

Status DeleteOfBook(const OldObjects& old, const std::string& book, PublishObserver& observer,
                    std::vector<std::string>& deleted) {
  const Result<std::vector<std::string>> objects = ObjectsOf(old.place, book);
  if (!objects.ok() || objects->empty()) return objects.status();
  std::optional<BookLock> lock;
  if (!old.dry_run) {
    Result<BookLock> taken = BookLock::Take(old.place.listing, book);
    if (!taken.ok()) return taken.status();
    lock.emplace(std::move(taken).value());
  }
  // What was said before the lock may be no longer so.
  const Result<Names> names = OldNames(old, book);
  if (!names.ok()) return names.status();
  for (const std::string& name : *objects) {
    if (!names->contains(name)) continue;
    if (!old.dry_run) {
      observer.OnStep(PublishStep::kDelete, name);
      Status status = old.place.store.Delete(old.place.origin.KeyFor(book + "/" + name));
      if (!status.ok()) return status;
    }
    deleted.push_back(book + "/" + name);
  }
  return Status::Ok();
}

}  // namespace

std::vector<std::string> DeleteWithdrawn(const OldObjects& old, PublishObserver& observer,
                                         Status& trouble) {
  std::vector<std::string> deleted;
  const Result<WithdrawnList> list = WithdrawnList::Read(old.place.listing);
  trouble = list.status();
  if (!list.ok()) return deleted;
  std::set<std::string> books;
  for (const auto& [path, time] : list->times()) {
    if (time <= old.withdrawn_by) books.insert(path.substr(0, path.rfind('/')));
  }
  for (const std::string& book : books) {
    const Status status = DeleteOfBook(old, book, observer, deleted);
    if (!status.ok() && trouble.ok()) trouble = status;
  }
  return deleted;
}

Result<std::vector<WithdrawnChunk>> Withdrawer::Plan(const WithdrawJob& job) {
  if (Status status = CheckJob(job); !status.ok()) return status;
  Found found;
  if (Status status = AddListed(place_, job, observer_, found); !status.ok()) return status;
  if (Status status = AddObjects(place_, job, observer_, found); !status.ok()) return status;
  return ChunksOf(found);
}

Status Withdrawer::Remove(const WithdrawJob& job, const std::vector<std::string>& names) {
  if (names.empty()) return Status::Ok();
  return BookListing(place_.listing, job.book, observer_).Remove(names, RuleOf(job));
}

Result<std::vector<WithdrawnChunk>> Withdrawer::Withdraw(const WithdrawJob& job) {
  if (Status status = CheckJob(job); !status.ok()) return status;
  const Result<BookLock> lock = BookLock::Take(place_.listing, job.book);
  if (!lock.ok()) return lock.status();
  Found found;
  if (Status status = AddListed(place_, job, observer_, found); !status.ok()) return status;
  std::set<std::string> removed;
  // Nothing stays for sale while an origin is asked that may take its time to answer.
  if (!DeletesObjects(job)) {
    const std::vector<std::string> names = NamesOf(found, removed);
    if (Status status = Remove(job, names); !status.ok()) return status;
    removed.insert(names.begin(), names.end());
  }
  if (Status status = AddObjects(place_, job, observer_, found); !status.ok()) return status;
  if (Status status = Remove(job, NamesOf(found, removed)); !status.ok()) return status;
  for (const auto& [name, chunk] : found) {
    if (!chunk.has_object) continue;
    observer_.OnStep(PublishStep::kDelete, name);
    Status status = place_.store.Delete(place_.origin.KeyFor(job.book + "/" + name));
    if (!status.ok()) return status;
  }
  return ChunksOf(found);
}

}  // namespace audiodl
