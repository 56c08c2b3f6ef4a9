// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/book_repair.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/cache/chunk_name.h"
#include "common/cache/listing.h"
#include "common/stock/listing_time.h"
#include "common/stock/rebuild.h"

namespace audiodl {
namespace {

using Kind = Difference::Kind;

}  // namespace

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

}  // namespace audiodl
