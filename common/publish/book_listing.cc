// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/book_listing.h"

#include <algorithm>
#include <utility>

#include "common/base/new_file.h"
#include "common/book/natural_order.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

bool Before(const ManifestChunk& a, const ManifestChunk& b) { return NaturalLess(a.name, b.name); }

template <typename T>
void Replace(const std::optional<T>& given, T& target) {
  if (given) target = *given;
}

void Apply(const BookDetails& details, Manifest& manifest) {
  Replace(details.title, manifest.title);
  Replace(details.author, manifest.author);
  Replace(details.narrator, manifest.narrator);
  Replace(details.language, manifest.language);
  Replace(details.description, manifest.description);
  Replace(details.cover, manifest.cover);
  if (details.released) manifest.released = details.released;
}

Manifest WithAll(const std::vector<ManifestChunk>& chunks, const BookDetails& details,
                 const BookDetails& fallback, Manifest manifest) {
  MergeChunks(chunks, manifest);
  Apply(details, manifest);
  if (manifest.title.empty()) Replace(fallback.title, manifest.title);
  if (manifest.author.empty()) Replace(fallback.author, manifest.author);
  return manifest;
}

// What is written is what can be read.
Status CheckText(const std::string& text) {
  const Result<Manifest> read = Manifest::Parse(text);
  if (read.ok()) return Status::Ok();
  return Status::Invalid("the manifest would be malformed: " + read.status().text());
}

// What a command that was killed while it wrote has left in the listing. A folder with such a file
// in it could not go with its book.
Status RemoveLeftOvers(const std::string& listing, const std::string& book) {
  for (const std::string& folder : {listing, listing + "/" + book}) {
    const Result<uint64_t> removed = RemoveDeadNewFiles(folder);
    if (!removed.ok()) return removed.status();
  }
  return Status::Ok();
}

std::vector<std::string> PathsOf(const std::string& book, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  paths.reserve(names.size());
  for (const std::string& name : names) paths.push_back(book + "/" + name);
  return paths;
}

}  // namespace

void MergeChunks(const std::vector<ManifestChunk>& chunks, Manifest& manifest) {
  const bool was_natural = std::is_sorted(manifest.chunks.begin(), manifest.chunks.end(), Before);
  const size_t old_count = manifest.chunks.size();
  for (const ManifestChunk& chunk : chunks) {
    const auto end = manifest.chunks.begin() + static_cast<std::ptrdiff_t>(old_count);
    const auto same = std::find_if(manifest.chunks.begin(), end, [&](const ManifestChunk& known) {
      return known.name == chunk.name;
    });
    if (same != end) {
      *same = chunk;
    } else {
      manifest.chunks.push_back(chunk);
    }
  }
  const auto first = was_natural ? manifest.chunks.begin()
                                 : manifest.chunks.begin() + static_cast<std::ptrdiff_t>(old_count);
  std::sort(first, manifest.chunks.end(), Before);
}

Status BookListing::Read(Broken broken) {
  Result<ListedBook> found = ScanBook(listing_, book_);
  if (!found.ok()) return found.status();
  Result<WithdrawnList> withdrawn = WithdrawnList::Read(listing_);
  if (!withdrawn.ok()) return withdrawn.status();
  before_ = std::move(found).value();
  withdrawn_ = std::move(withdrawn).value();
  manifest_ = Manifest();
  if (before_.manifest.empty()) return Status::Ok();
  Result<Manifest> manifest = Manifest::Parse(before_.manifest);
  if (!manifest.ok() && broken == Broken::kIgnore) return Status::Ok();
  if (!manifest.ok()) {
    return Status::Invalid(listing_ + "/" + book_ + "/" + Manifest::kFileName + ": " +
                           manifest.status().text() + ": mend it, or remove it and publish anew");
  }
  manifest_ = std::move(manifest).value();
  return Status::Ok();
}

bool BookListing::IsListed(const std::string& chunk) const {
  return before_.markers.contains(chunk) && !withdrawn_.Has(book_ + "/" + chunk);
}

bool BookListing::IsForSale(const ManifestChunk& chunk) const {
  const ManifestChunk* const known = manifest_.Find(chunk.name);
  return IsListed(chunk.name) && known != nullptr && known->etag == chunk.etag &&
         known->size == chunk.size;
}

Status BookListing::WriteManifest(ListingWriter& writer) {
  const std::string text = manifest_.Text();
  if (text == before_.manifest) return Status::Ok();
  observer_.OnStep(PublishStep::kManifest, {});
  if (Status status = CheckText(text); !status.ok()) return status;
  if (Status status = writer.PutManifest(book_, text); !status.ok()) return status;
  return writer.Sync();
}

// Later than the marker's before, and than the withdrawal: by that whoever pushes the listing knows
// that the chunk was published since.
int64_t BookListing::TimeFor(const ListingWriter& writer, const std::string& chunk) const {
  int64_t now = NowNanoseconds();
  const auto withdrawn = withdrawn_.times().find(book_ + "/" + chunk);
  if (withdrawn != withdrawn_.times().end()) now = std::max(now, TimeAfter(withdrawn->second));
  return writer.TimeFor(book_, chunk, now);
}

// A time is always later than the marker's before, whatever the clock says.
Status BookListing::PutMarkers(ListingWriter& writer, const std::vector<std::string>& names,
                               PublishStep step) {
  for (const std::string& name : names) {
    observer_.OnStep(step, name);
    last_time_ = std::max(TimeFor(writer, name), last_time_ + 1);
    if (Status status = writer.PutMarker(book_, name, last_time_); !status.ok()) return status;
  }
  return names.empty() ? Status::Ok() : writer.Sync();
}

Status BookListing::CheckAdd(const std::vector<ManifestChunk>& chunks, const BookDetails& details,
                             const BookDetails& fallback) const {
  return CheckText(WithAll(chunks, details, fallback, manifest_).Text());
}

Status BookListing::Add(const std::vector<ManifestChunk>& chunks, const BookDetails& details,
                        const BookDetails& fallback) {
  Result<ListingWriter> writer = ListingWriter::Open(listing_);
  if (!writer.ok()) return writer.status();
  if (Status status = RemoveLeftOvers(listing_, book_); !status.ok()) return status;
  if (Status status = Read(); !status.ok()) return status;
  std::vector<std::string> all;
  std::vector<std::string> replaced;
  std::vector<std::string> changed;
  for (const ManifestChunk& chunk : chunks) {
    all.push_back(chunk.name);
    if (IsForSale(chunk)) continue;
    changed.push_back(chunk.name);
    if (before_.markers.contains(chunk.name)) replaced.push_back(chunk.name);
  }
  if (Status status = PutMarkers(*writer, replaced, PublishStep::kAnnounce); !status.ok()) {
    return status;
  }
  manifest_ = WithAll(chunks, details, fallback, std::move(manifest_));
  if (Status status = WriteManifest(*writer); !status.ok()) return status;
  if (Status status = NotePublished(listing_, PathsOf(book_, all)); !status.ok()) return status;
  return PutMarkers(*writer, changed, PublishStep::kMarker);
}

Status BookListing::Remove(const std::vector<std::string>& chunks, Broken broken) {
  Result<ListingWriter> writer = ListingWriter::Open(listing_);
  if (!writer.ok()) return writer.status();
  if (Status status = RemoveLeftOvers(listing_, book_); !status.ok()) return status;
  if (Status status = Read(broken); !status.ok()) return status;
  const int64_t now = NowNanoseconds() / 1000000000;
  if (Status status = NoteWithdrawn(listing_, PathsOf(book_, chunks), now); !status.ok()) {
    return status;
  }
  for (const std::string& name : chunks) {
    observer_.OnStep(PublishStep::kRemoveMarker, name);
    if (Status status = writer->RemoveMarker(book_, name); !status.ok()) return status;
    before_.markers.erase(name);
    std::erase_if(manifest_.chunks, [&](const ManifestChunk& chunk) { return chunk.name == name; });
  }
  if (Status status = writer->Sync(); !status.ok()) return status;
  if (!before_.markers.empty() || !manifest_.chunks.empty()) return WriteManifest(*writer);
  observer_.OnStep(PublishStep::kManifest, {});
  if (Status status = writer->RemoveManifest(book_); !status.ok()) return status;
  return writer->Sync();
}

}  // namespace audiodl
