// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/fsck.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/dates.h"
#include "common/book/manifest.h"
#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"
#include "common/stock/last_index.h"
#include "common/stock/listing_time.h"
#include "common/stock/listing_writer.h"
#include "common/stock/rebuild.h"

namespace audiodl {
namespace {

using Kind = Difference::Kind;

// What may be otherwise by now because somebody publishes.
bool MayHavePassed(Kind kind) {
  return kind != Kind::kBadName && kind != Kind::kLink && kind != Kind::kNotEmpty &&
         kind != Kind::kBadLine && kind != Kind::kForgotten;
}

Status TakeWithdrawn(const std::string& listing, const LastIndex& index, StockFacts& facts) {
  Result<KnownWithdrawn> known = ReadWithdrawn(listing, facts.listing, index);
  if (!known.ok()) return known.status();
  facts.withdrawn = std::move(known->list);
  facts.forgotten = std::move(known->forgotten);
  return Status::Ok();
}

// Looks again at the books that differ, and asks for their objects one by one.
Status LookAgain(const FsckPlace& place, const LastIndex& index, FsckFindings& findings) {
  std::set<std::string> books;
  for (const auto& [path, time] : findings.facts.forgotten.times()) {
    books.insert(path.substr(0, path.rfind('/')));
  }
  std::set<std::string> paths;
  for (const Difference& difference : findings.differences) {
    if (!MayHavePassed(difference.kind)) continue;
    books.insert(difference.Book());
    if (difference.kind != Kind::kBrokenManifest) paths.insert(difference.path);
  }
  StockFacts& facts = findings.facts;
  for (const std::string& path : paths) {
    const Result<ObjectInfo> info = place.store.Head(place.origin.KeyFor(path));
    if (info.status().code() == Code::kNotFound) {
      facts.bucket.objects.erase(path);
    } else if (info.status().code() != Code::kArchived && !info.ok()) {
      return info.status();
    } else if (info.ok()) {
      StoredObject& object = facts.bucket.objects[path];
      object.size = info->size;
      object.etag = info->etag;
      object.last_modified = info->last_modified;
    }
  }
  for (const std::string& book : books) {
    Result<ListedBook> now = ScanBook(place.listing, book);
    if (!now.ok()) return now.status();
    facts.listing.books[book] = std::move(now).value();
  }
  if (Status status = TakeWithdrawn(place.listing, index, facts); !status.ok()) return status;
  findings.differences = CompareStock(facts);
  return Status::Ok();
}

// The repairs of one book, in the order that keeps it sellable.
class BookRepair {
 public:
  BookRepair(const FsckPlace& place, const StockFacts& facts, const RepairRules& rules,
             std::string book)
      : place_(place), facts_(facts), rules_(rules), book_(std::move(book)) {}

  void Take(const Difference& difference);
  Status Run(ListingWriter& writer);

 private:
  Status EditManifest(ListingWriter& writer);
  Status MoveManifestAside() const;
  Status PutMarkers(ListingWriter& writer);
  Status EmptyFiles() const;
  void TakeBucketsWord(const std::string& chunk, Manifest& manifest) const;
  const StoredObject* ObjectOf(const std::string& chunk) const;

  const FsckPlace& place_;
  const StockFacts& facts_;
  const RepairRules& rules_;
  const std::string book_;
  std::vector<std::string> remove_;
  std::vector<std::string> put_;
  std::vector<std::string> renew_;
  std::vector<std::string> empty_;
  std::vector<std::string> rewrite_;  // in the manifest
  std::vector<std::string> erase_;    // from the manifest
  bool is_broken_ = false;
};

void BookRepair::Take(const Difference& difference) {
  const std::string chunk = difference.path.substr(difference.path.rfind('/') + 1);
  switch (difference.kind) {
    case Kind::kNoObject:
    case Kind::kWithdrawnListed:
      remove_.push_back(chunk);
      erase_.push_back(chunk);
      break;
    case Kind::kUnlisted:
      put_.push_back(chunk);
      break;
    case Kind::kOtherSize:
    case Kind::kOtherEntityTag:
      rewrite_.push_back(chunk);
      renew_.push_back(chunk);
      break;
    case Kind::kOldMarker:
      renew_.push_back(chunk);
      break;
    case Kind::kManifestOnly:
      erase_.push_back(chunk);
      break;
    case Kind::kBrokenManifest:
      is_broken_ = true;
      break;
    case Kind::kNotEmpty:
      empty_.push_back(chunk);
      break;
    case Kind::kForgotten:
    case Kind::kBadLine:
    case Kind::kArchived:
    case Kind::kEmptyObject:
    case Kind::kBadName:
    case Kind::kLink:
    case Kind::kCachedOther:
    case Kind::kCachedUnlisted:
    case Kind::kCachedDamaged:
      break;
  }
}

const StoredObject* BookRepair::ObjectOf(const std::string& chunk) const {
  const auto found = facts_.bucket.objects.find(book_ + "/" + chunk);
  return found == facts_.bucket.objects.end() ? nullptr : &found->second;
}

// Digests, duration and chapters were of other bytes.
void BookRepair::TakeBucketsWord(const std::string& chunk, Manifest& manifest) const {
  const StoredObject* object = ObjectOf(chunk);
  for (ManifestChunk& said : manifest.chunks) {
    if (said.name != chunk || object == nullptr) continue;
    ManifestChunk fresh;
    fresh.name = said.name;
    fresh.title = said.title;
    fresh.type = said.type;
    fresh.size = object->size;
    fresh.etag = object->etag;
    fresh.modified = object->last_modified.time_since_epoch().count();
    said = std::move(fresh);
  }
}

Status BookRepair::MoveManifestAside() const {
  const std::string path = place_.listing + "/" + book_ + "/" + Manifest::kFileName;
  const std::string aside = path + ".damaged-" + std::to_string(rules_.now / 1000000000);
  if (rename(path.c_str(), aside.c_str()) == 0 || errno == ENOENT) return Status::Ok();
  return Status::FromErrno(errno, "move " + path);
}

Status BookRepair::EditManifest(ListingWriter& writer) {
  if (is_broken_) {
    if (Status status = MoveManifestAside(); !status.ok()) return status;
    BucketContents own;
    for (const auto& [path, object] : facts_.bucket.objects) {
      const auto chunk = ChunkName::Parse(path);
      if (chunk.ok() && chunk->book == book_ && !facts_.withdrawn.Has(path)) {
        own.objects.emplace(path, object);
      }
    }
    const ListingContents made = WantedListing(ListingContents(), own, true);
    const auto book = made.books.find(book_);
    if (book == made.books.end() || book->second.manifest.empty()) return Status::Ok();
    return writer.PutManifest(book_, book->second.manifest);
  }
  if (rewrite_.empty() && erase_.empty()) return Status::Ok();
  const Result<ListedBook> now = ScanBook(place_.listing, book_);
  if (!now.ok()) return now.status();
  if (now->manifest.empty()) return Status::Ok();
  Result<Manifest> manifest = Manifest::Parse(now->manifest);
  if (!manifest.ok()) return manifest.status();
  for (const std::string& chunk : rewrite_) TakeBucketsWord(chunk, *manifest);
  for (const std::string& gone : erase_) {
    std::erase_if(manifest->chunks, [&](const ManifestChunk& chunk) { return chunk.name == gone; });
  }
  if (manifest->chunks.empty() && now->markers.empty()) return writer.RemoveManifest(book_);
  return writer.PutManifest(book_, manifest->Text());
}

Status BookRepair::EmptyFiles() const {
  for (const std::string& chunk : empty_) {
    const std::string path = place_.listing + "/" + book_ + "/" + chunk;
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
      return Status::FromErrno(errno, "remove " + path);
    }
  }
  return Status::Ok();
}

Status BookRepair::PutMarkers(ListingWriter& writer) {
  for (const std::string& chunk : renew_) {
    const auto name = ChunkName::Parse(book_ + "/" + chunk);
    const Result<int64_t> before = FindMarker(place_.listing, *name);
    if (!before.ok()) continue;  // it was withdrawn in this moment
    Status status = writer.PutMarker(book_, chunk, NextListingTime(rules_.now, *before));
    if (!status.ok()) return status;
  }
  for (const auto* chunks : {&put_, &empty_}) {
    for (const std::string& chunk : *chunks) {
      Status status = writer.PutMarker(book_, chunk, rules_.now);
      if (!status.ok()) return status;
    }
  }
  return Status::Ok();
}

Status BookRepair::Run(ListingWriter& writer) {
  for (const std::string& chunk : remove_) {
    if (Status status = writer.RemoveMarker(book_, chunk); !status.ok()) return status;
  }
  if (Status status = EditManifest(writer); !status.ok()) return status;
  if (Status status = EmptyFiles(); !status.ok()) return status;
  return PutMarkers(writer);
}

bool MakesMarker(const Difference& difference) {
  return !difference.repair.empty() &&
         (difference.kind == Kind::kUnlisted || difference.kind == Kind::kNotEmpty);
}

// What the guard thinks of all that a repair would do.
class Guarded {
 public:
  Guarded(const FsckPlace& place, const FsckFindings& findings, const RepairRules& rules) {
    size_t gone = 0;
    size_t made = 0;
    for (const Difference& difference : findings.differences) {
      gone += difference.kind == Kind::kNoObject ? 1 : 0;
      made += MakesMarker(difference) ? 1 : 0;
    }
    if (rules.force) return;
    const size_t had = findings.facts.listing.MarkerCount();
    removal_ = rules.guard.Check(had, gone, "--force");
    if (rules.guard.Allows(had, made)) {
      // A marker that is made is dated now, as if its chunk had been published after it was
      // withdrawn: so it would be for sale on every server.
      if (made > 0 && !findings.on_trust.empty()) {
        making_ = RefuseOnTrust(made, place.listing, findings.on_trust);
      }
      return;
    }
    making_ = Status(Code::kChanged,
                     std::to_string(made) + " chunks would be listed that are not, beside " +
                         std::to_string(had) +
                         " that are: none of them was. Is the listing's disk not mounted, or was "
                         "the listing lost? For a new master, and for a listing that is to be made "
                         "anew: audiodl listing rebuild. If they are meant to be listed: --force");
  }

  bool Holds(const Difference& difference) const {
    return (difference.kind == Kind::kNoObject && !removal_.ok()) ||
           (MakesMarker(difference) && !making_.ok());
  }
  Status Outcome() const { return removal_.ok() ? making_ : removal_; }

 private:
  Status removal_;
  Status making_;
};

bool IsCaches(Kind kind) {
  return kind == Kind::kCachedOther || kind == Kind::kCachedUnlisted ||
         kind == Kind::kCachedDamaged;
}

}  // namespace

Result<FsckFindings> FindDifferences(const FsckPlace& place) {
  const Result<LastIndex> index = ReadLastIndex(place.store, place.origin, place.keys);
  if (!index.ok()) return index.status();
  FsckFindings findings;
  StockFacts& facts = findings.facts;
  Status status = ListBucket(place.store, place.origin, place.progress, facts.bucket);
  if (!status.ok()) return status;
  Result<ListingContents> listing = ScanListing(place.listing, &facts.strays);
  if (!listing.ok()) return listing.status();
  facts.listing = std::move(listing).value();
  if (status = TakeWithdrawn(place.listing, *index, facts); !status.ok()) return status;
  findings.on_trust = WhyUnknown(place.listing, *index);
  findings.differences = CompareStock(facts);
  if (status = LookAgain(place, *index, findings); !status.ok()) return status;
  return findings;
}

Status RepairListing(const FsckPlace& place, const FsckFindings& findings, const RepairRules& rules,
                     std::vector<Difference>& fixed) {
  Result<ListingWriter> writer = ListingWriter::Open(place.listing);
  if (!writer.ok()) return writer.status();
  const Guarded guarded(place, findings, rules);
  // Before any marker is made; and what was withdrawn since it was looked at is not put back.
  Status trouble = NoteForgotten(place.listing, findings.facts.forgotten);
  if (!trouble.ok()) return trouble;
  const Result<WithdrawnList> withdrawn = WithdrawnList::Read(place.listing);
  if (!withdrawn.ok()) return withdrawn.status();
  std::map<std::string, std::pair<BookRepair, std::vector<Difference>>> books;
  for (const Difference& difference : findings.differences) {
    if (difference.repair.empty() || IsCaches(difference.kind)) continue;
    if (guarded.Holds(difference)) continue;
    if (MakesMarker(difference) && withdrawn->Has(difference.path)) continue;
    if (difference.kind == Kind::kForgotten) {
      fixed.push_back(difference);
      continue;
    }
    const std::string name = difference.Book();
    auto& book = books
                     .try_emplace(name, BookRepair(place, findings.facts, rules, name),
                                  std::vector<Difference>())
                     .first->second;
    book.first.Take(difference);
    book.second.push_back(difference);
  }
  for (auto& [name, book] : books) {
    const Status status = book.first.Run(*writer);
    if (status.ok()) {
      fixed.insert(fixed.end(), book.second.begin(), book.second.end());
    } else if (trouble.ok()) {
      trouble = status;
    }
  }
  if (trouble.ok()) trouble = writer->Sync();
  return trouble.ok() ? guarded.Outcome() : trouble;
}

}  // namespace audiodl
