// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/fsck.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/publish/book_lock.h"
#include "common/stock/book_repair.h"
#include "common/stock/last_index.h"
#include "common/stock/listing_writer.h"

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

Status AskAgain(const FsckPlace& place, const std::set<std::string>& paths,
                BucketContents& bucket) {
  for (const std::string& path : paths) {
    const Result<ObjectInfo> info = place.store.Head(place.origin.KeyFor(path));
    if (info.status().code() == Code::kNotFound) {
      bucket.objects.erase(path);
    } else if (info.status().code() != Code::kArchived && !info.ok()) {
      return info.status();
    } else if (info.ok()) {
      StoredObject& object = bucket.objects[path];
      object.size = info->size;
      object.etag = info->etag;
      object.last_modified = info->last_modified;
    }
  }
  return Status::Ok();
}

// Asks for the book's objects, and reads it again. False: somebody is at the book, or was just now,
// and what it looks like says nothing. A publish whose objects were seen and that is over before
// the second reading has made its markers in between.
Result<bool> IsQuiet(const FsckPlace& place, const std::string& book,
                     const std::set<std::string>& paths, StockFacts& facts) {
  const Result<ListedBook> before = ScanBook(place.listing, book);
  if (!before.ok()) return before.status();
  if (Status status = AskAgain(place, paths, facts.bucket); !status.ok()) return status;
  const Result<bool> is_taken = BookLock::IsTaken(place.listing, book);
  if (!is_taken.ok()) return is_taken.status();
  Result<ListedBook> now = ScanBook(place.listing, book);
  if (!now.ok()) return now.status();
  const bool is_same = *before == *now;
  facts.listing.books[book] = std::move(now).value();
  return !*is_taken && is_same;
}

// Looks again at the books that differ. Nothing is locked: whoever only looks is in nobody's way.
Status LookAgain(const FsckPlace& place, const LastIndex& index, FsckFindings& findings) {
  StockFacts& facts = findings.facts;
  std::map<std::string, std::set<std::string>> books;
  for (const auto& [path, time] : facts.forgotten.times()) {
    books.try_emplace(path.substr(0, path.rfind('/')));
  }
  for (const Difference& difference : findings.differences) {
    if (!MayHavePassed(difference.kind)) continue;
    std::set<std::string>& paths = books[difference.Book()];
    if (difference.kind != Kind::kBrokenManifest) paths.insert(difference.path);
  }
  std::set<std::string> quiet;
  for (const auto& [book, paths] : books) {
    const Result<bool> is_quiet = IsQuiet(place, book, paths, facts);
    if (!is_quiet.ok()) return is_quiet.status();
    if (*is_quiet) quiet.insert(book);
  }
  if (Status status = TakeWithdrawn(place.listing, index, facts); !status.ok()) return status;
  findings.differences = CompareStock(facts);
  std::erase_if(findings.differences, [&](const Difference& difference) {
    return MayHavePassed(difference.kind) && !quiet.contains(difference.Book());
  });
  return Status::Ok();
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

// What its repair takes away, or writes down, because of an object.
bool IsOfObject(Kind kind) {
  return kind == Kind::kNoObject || kind == Kind::kManifestOnly || kind == Kind::kOtherSize ||
         kind == Kind::kOtherEntityTag;
}

// What is known of one book.
StockFacts FactsOf(const std::string& book, const StockFacts& facts) {
  const std::string folder = book + "/";
  const auto is_own = [&](const std::string& path) {
    return path.starts_with(folder) && path.find('/', folder.size()) == std::string::npos;
  };
  StockFacts own;
  own.listing.books[book] = facts.listing.books.at(book);
  const auto& objects = facts.bucket.objects;
  for (auto at = objects.lower_bound(folder); at != objects.end() && at->first.starts_with(folder);
       ++at) {
    if (is_own(at->first)) own.bucket.objects.insert(*at);
  }
  const auto& withdrawn = facts.withdrawn.times();
  for (auto at = withdrawn.lower_bound(folder);
       at != withdrawn.end() && at->first.starts_with(folder); ++at) {
    if (is_own(at->first)) own.withdrawn.Add(at->first, at->second);
  }
  std::copy_if(facts.strays.begin(), facts.strays.end(), std::back_inserter(own.strays),
               [&](const Stray& stray) { return is_own(stray.path); });
  return own;
}

// Mends book by book, each as it is then: minutes may have passed since it was looked at.
class Mending {
 public:
  Mending(const FsckPlace& place, const RepairRules& rules, FsckFindings& findings,
          std::vector<Difference>& fixed)
      : place_(place), rules_(rules), findings_(findings), fixed_(fixed) {}

  // Before any marker is made.
  Status NoteForgotten();
  // What is no difference any more leaves the findings.
  Status Mend(const std::string& book, const std::vector<Difference>& differences);

 private:
  Status Refresh(const std::string& book);
  void Drop(const std::vector<Difference>& passed);

  const FsckPlace& place_;
  const RepairRules& rules_;
  FsckFindings& findings_;
  std::vector<Difference>& fixed_;
  std::optional<int64_t> list_time_;  // of the list of withdrawn chunks, as it was read last
  bool has_list_ = false;
};

Status Mending::NoteForgotten() {
  const Result<ListingWriter> writer = ListingWriter::Open(place_.listing);
  if (!writer.ok()) return writer.status();
  return audiodl::NoteForgotten(place_.listing, findings_.facts.forgotten);
}

void Mending::Drop(const std::vector<Difference>& passed) {
  if (passed.empty()) return;
  std::set<std::pair<Kind, std::string>> gone;
  for (const Difference& difference : passed) gone.emplace(difference.kind, difference.path);
  std::erase_if(findings_.differences, [&](const Difference& difference) {
    return gone.contains({difference.kind, difference.path});
  });
}

// The listing's lock is held. The list is long, and its time tells whether it was written.
Status Mending::Refresh(const std::string& book) {
  Result<ListedBook> now = ScanBook(place_.listing, book);
  if (!now.ok()) return now.status();
  findings_.facts.listing.books[book] = std::move(now).value();
  const std::optional<int64_t> time = WithdrawnList::TimeIn(place_.listing);
  if (has_list_ && time == list_time_) return Status::Ok();
  Result<WithdrawnList> list = WithdrawnList::Read(place_.listing);
  if (!list.ok()) return list.status();
  findings_.facts.withdrawn = std::move(list).value();
  list_time_ = time;
  has_list_ = true;
  return Status::Ok();
}

Status Mending::Mend(const std::string& book, const std::vector<Difference>& differences) {
  const Result<BookLock> lock = BookLock::Take(place_.listing, book);
  if (lock.status().code() == Code::kBusy) {
    Drop(differences);
    return Status::Ok();
  }
  if (!lock.ok()) return lock.status();
  std::set<std::string> paths;
  for (const Difference& difference : differences) {
    if (IsOfObject(difference.kind)) paths.insert(difference.path);
  }
  Status status = AskAgain(place_, paths, findings_.facts.bucket);
  if (!status.ok()) return status;
  Result<ListingWriter> writer = ListingWriter::Open(place_.listing);
  if (!writer.ok()) return writer.status();
  if (status = Refresh(book); !status.ok()) return status;
  const std::vector<Difference> now = CompareStock(FactsOf(book, findings_.facts));
  BookRepair repair(place_, findings_.facts, rules_, book);
  std::vector<Difference> passed;
  std::vector<Difference> mended;
  for (const Difference& difference : differences) {
    const auto same = std::find_if(now.begin(), now.end(), [&](const Difference& other) {
      return other.kind == difference.kind && other.path == difference.path;
    });
    if (same == now.end()) {
      passed.push_back(difference);
    } else if (!same->repair.empty()) {
      repair.Take(*same);
      mended.push_back(difference);
    }
  }
  Drop(passed);
  if (status = repair.Run(*writer); !status.ok()) return status;
  fixed_.insert(fixed_.end(), mended.begin(), mended.end());
  return Status::Ok();
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

Status RepairListing(const FsckPlace& place, FsckFindings& findings, const RepairRules& rules,
                     std::vector<Difference>& fixed) {
  const Guarded guarded(place, findings, rules);
  Mending mending(place, rules, findings, fixed);
  Status trouble = mending.NoteForgotten();
  if (!trouble.ok()) return trouble;
  std::map<std::string, std::vector<Difference>> books;
  for (const Difference& difference : findings.differences) {
    if (difference.repair.empty() || IsCaches(difference.kind)) continue;
    if (guarded.Holds(difference)) continue;
    if (difference.kind == Kind::kForgotten) {
      fixed.push_back(difference);
      continue;
    }
    books[difference.Book()].push_back(difference);
  }
  for (const auto& [book, differences] : books) {
    const Status status = mending.Mend(book, differences);
    if (status.ok()) continue;
    if (trouble.ok()) trouble = status;
    // The other books would be waited for as long, and in vain.
    if (status.code() == Code::kBusy || status.code() == Code::kUnreachable) break;
  }
  Result<ListingWriter> writer = ListingWriter::Open(place.listing);
  if (trouble.ok()) trouble = writer.ok() ? writer->Sync() : writer.status();
  return trouble.ok() ? guarded.Outcome() : trouble;
}

}  // namespace audiodl
