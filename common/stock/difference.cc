// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/difference.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "common/base/dates.h"
#include "common/base/text.h"
#include "common/book/manifest.h"

namespace audiodl {
namespace {

using Kind = Difference::Kind;

constexpr int64_t kSecond = 1000000000;
constexpr char kRemoveMarker[] = "the marker is removed";
constexpr char kMakeMarker[] = "a marker is made";
constexpr size_t kMaxNamed = 3;

std::string DateOf(int64_t unix_seconds) {
  return FormatIsoDate(std::chrono::sys_seconds(std::chrono::seconds(unix_seconds)));
}

std::string Bytes(uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

// One book: what it says, and what the bucket has of it.
class BookComparison {
 public:
  BookComparison(const StockFacts& facts, const std::string& name,
                 const std::map<std::string, const StoredObject*>& objects,
                 std::vector<Difference>& found)
      : facts_(facts), name_(name), objects_(objects), found_(found) {
    const auto book = facts.listing.books.find(name);
    if (book != facts.listing.books.end()) book_ = book->second;
  }

  void Compare() {
    ReadManifest();
    std::set<std::string> chunks;
    for (const auto& [chunk, time] : book_.markers) chunks.insert(chunk);
    for (const auto& [chunk, object] : objects_) chunks.insert(chunk);
    for (const ManifestChunk& chunk : manifest_.chunks) chunks.insert(chunk.name);
    for (const std::string& chunk : chunks) CompareChunk(chunk);
  }

 private:
  void ReadManifest();
  void CompareChunk(const std::string& chunk);
  void CompareListed(const std::string& chunk, int64_t time, const StoredObject& object);
  void CompareUnlisted(const std::string& chunk, const StoredObject& object);
  // Told by itself: a file where the marker would be.
  bool IsInTheWay(const std::string& chunk) const {
    const std::string path = name_ + "/" + chunk;
    return std::any_of(facts_.strays.begin(), facts_.strays.end(), [&](const Stray& stray) {
      return stray.kind == Stray::Kind::kNotEmpty && stray.path == path;
    });
  }
  void Add(Kind kind, const std::string& name, std::string text, std::string repair = {}) {
    found_.push_back({kind, name_ + "/" + name, std::move(text), std::move(repair)});
  }

  const StockFacts& facts_;
  const std::string& name_;
  const std::map<std::string, const StoredObject*>& objects_;
  std::vector<Difference>& found_;
  ListedBook book_;
  Manifest manifest_;
  bool has_manifest_ = false;
};

void BookComparison::ReadManifest() {
  if (book_.manifest.empty()) return;
  Result<Manifest> manifest = Manifest::Parse(book_.manifest);
  if (manifest.ok()) {
    manifest_ = std::move(manifest).value();
    has_manifest_ = true;
    return;
  }
  Add(Kind::kBrokenManifest, Manifest::kFileName,
      "the manifest cannot be read (" + manifest.status().text() +
          "), so the book is shown without titles and sizes",
      "it is moved aside, and one is made with what the bucket says");
}

void BookComparison::CompareChunk(const std::string& chunk) {
  const auto marker = book_.markers.find(chunk);
  const auto object = objects_.find(chunk);
  const bool is_listed = marker != book_.markers.end();
  const bool is_there = object != objects_.end();
  if (is_listed && facts_.withdrawn.Has(name_ + "/" + chunk)) {
    Add(Kind::kWithdrawnListed, chunk,
        "it was withdrawn at " + DateOf(facts_.withdrawn.times().at(name_ + "/" + chunk)) +
            ", yet it has a marker and is for sale on this server",
        std::string(kRemoveMarker) + "; to sell it again: audiodl publish");
  } else if (is_listed && is_there) {
    CompareListed(chunk, marker->second, *object->second);
  } else if (is_listed) {
    Add(Kind::kNoObject, chunk,
        "it is listed, but the bucket has no such object: whoever bought it cannot download it",
        kRemoveMarker);
  } else if (is_there) {
    CompareUnlisted(chunk, *object->second);
  } else {
    Add(Kind::kManifestOnly, chunk,
        "the manifest names it, but it is neither listed nor in the bucket",
        "it is taken out of the manifest");
  }
}

void BookComparison::CompareListed(const std::string& chunk, int64_t time,
                                   const StoredObject& object) {
  if (object.IsArchived()) {
    Add(Kind::kArchived, chunk,
        "it is listed, but S3 keeps it in " + object.storage_class +
            " and gives it out only after it was restored");
  }
  if (object.size == 0) {
    Add(Kind::kEmptyObject, chunk, "it is listed, but its object has no bytes");
  }
  const ManifestChunk* said = manifest_.Find(chunk);
  const std::string repair = "the manifest takes the bucket's word, and the marker is renewed";
  if (said != nullptr && said->size && *said->size != object.size) {
    Add(Kind::kOtherSize, chunk,
        "the manifest says " + Bytes(*said->size) + ", and the bucket has " + Bytes(object.size) +
            ": it was replaced there without being published",
        repair);
  } else if (said != nullptr && !said->etag.empty() && said->etag != object.etag) {
    Add(Kind::kOtherEntityTag, chunk,
        "the manifest says the entity tag " + said->etag + ", and the bucket has " + object.etag +
            ": it was replaced there without being published",
        repair);
  } else if ((said == nullptr || said->etag.empty()) &&
             time / kSecond < object.last_modified.time_since_epoch().count()) {
    Add(Kind::kOldMarker, chunk,
        "its object was written at " + FormatIsoDate(object.last_modified) +
            ", after its marker: servers that have it cached go on sending what they have",
        "the marker is renewed");
  }
}

// An object that a publish did not finish with must not be put on sale by the way.
void BookComparison::CompareUnlisted(const std::string& chunk, const StoredObject& object) {
  if (facts_.withdrawn.Has(name_ + "/" + chunk) || IsInTheWay(chunk)) return;
  const ManifestChunk* said = manifest_.Find(chunk);
  const bool was_published = said != nullptr && said->etag == object.etag;
  if (was_published || book_.manifest.empty()) {
    Add(Kind::kUnlisted, chunk, "the bucket has it, but it is not listed and nobody can buy it",
        kMakeMarker);
    return;
  }
  Add(Kind::kUnlisted, chunk,
      "the bucket has it, but it is not listed, and the book's manifest does not know this object: "
      "audiodl publish was interrupted, perhaps; run it again, or withdraw it");
}

void CompareStrays(const StockFacts& facts, std::vector<Difference>& found) {
  for (const Stray& stray : facts.strays) {
    const auto object = facts.bucket.objects.find(stray.path);
    const bool is_copy = object != facts.bucket.objects.end() && object->second.size == stray.bytes;
    switch (stray.kind) {
      case Stray::Kind::kNotEmpty:
        found.push_back(
            {Kind::kNotEmpty, stray.path,
             "a file of " + Bytes(stray.bytes) +
                 " where a marker would be empty: it is not for sale" +
                 (is_copy ? ", and as large as its object" : ""),
             is_copy && !facts.withdrawn.Has(stray.path) ? "an empty file takes its place" : ""});
        break;
      case Stray::Kind::kBadName:
        found.push_back({Kind::kBadName, stray.path,
                         "no URL could ask for a file of this name in the listing", ""});
        break;
      case Stray::Kind::kLink:
        found.push_back({Kind::kLink, stray.path,
                         "a link to a folder: nothing in it is compared, pushed or rebuilt", ""});
        break;
      case Stray::Kind::kOther:
      case Stray::Kind::kLeftOver:
        break;
    }
  }
  for (const std::string& path : facts.bucket.unusable) {
    found.push_back(
        {Kind::kBadName, path, "no URL could ask for an object of this name in the bucket", ""});
  }
}

void CompareWithdrawn(const StockFacts& facts, std::vector<Difference>& found) {
  if (const size_t bad = facts.withdrawn.bad_lines(); bad > 0) {
    found.push_back(
        {Kind::kBadLine, WithdrawnList::kFileName,
         std::to_string(bad) +
             (bad == 1 ? " of its lines is none, or cut: line "
                       : " of its lines are none, or cut, the first of them line ") +
             std::to_string(facts.withdrawn.first_bad_line()) +
             "; such lines are passed over, and lost with the list's next change: write them right "
             "before, or what they were to name may be listed again",
         ""});
  }
  if (facts.forgotten.empty()) return;
  std::string named;
  for (auto at = facts.forgotten.times().begin(); at != facts.forgotten.times().end(); ++at) {
    if (std::distance(facts.forgotten.times().begin(), at) == kMaxNamed) {
      named += " and more";
      break;
    }
    named += (named.empty() ? "" : ", ") + at->first;
  }
  found.push_back({Kind::kForgotten, WithdrawnList::kFileName,
                   "the list has lost what the last index notes as withdrawn: " + named + " (" +
                       std::to_string(facts.forgotten.size()) + " in all)",
                   "it is noted here again"});
}

}  // namespace

std::string Difference::Book() const {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string_view KindName(Difference::Kind kind) {
  switch (kind) {
    case Kind::kNoObject:
      return "no_object";
    case Kind::kArchived:
      return "archived";
    case Kind::kEmptyObject:
      return "empty_object";
    case Kind::kUnlisted:
      return "unlisted";
    case Kind::kWithdrawnListed:
      return "withdrawn_listed";
    case Kind::kForgotten:
      return "withdrawn_forgotten";
    case Kind::kBadLine:
      return "withdrawn_bad_line";
    case Kind::kOtherSize:
      return "other_size";
    case Kind::kOtherEntityTag:
      return "other_etag";
    case Kind::kOldMarker:
      return "old_marker";
    case Kind::kManifestOnly:
      return "manifest_only";
    case Kind::kBrokenManifest:
      return "broken_manifest";
    case Kind::kNotEmpty:
      return "not_empty";
    case Kind::kBadName:
      return "bad_name";
    case Kind::kLink:
      return "link";
    case Kind::kCachedOther:
      return "cached_other";
    case Kind::kCachedUnlisted:
      return "cached_unlisted";
    case Kind::kCachedDamaged:
      return "cached_damaged";
  }
  return "unknown";
}

std::vector<Difference> CompareStock(const StockFacts& facts) {
  std::map<std::string, std::map<std::string, const StoredObject*>> books;
  for (const auto& [name, book] : facts.listing.books) books.try_emplace(name);
  for (const auto& [path, object] : facts.bucket.objects) {
    const size_t slash = path.rfind('/');
    books[path.substr(0, slash)].emplace(path.substr(slash + 1), &object);
  }
  std::vector<Difference> found;
  for (const auto& [name, objects] : books) BookComparison(facts, name, objects, found).Compare();
  CompareStrays(facts, found);
  CompareWithdrawn(facts, found);
  return found;
}

}  // namespace audiodl
