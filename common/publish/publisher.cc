// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/publish/publisher.h"

#include <chrono>
#include <utility>

#include "common/base/text.h"
#include "common/cache/chunk_name.h"
#include "common/publish/book_lock.h"

namespace audiodl {
namespace {

// Chapters behind the sound's end, and times that go back, would make a manifest nobody reads.
std::vector<Chapter> UsableChapters(const AudioFacts& facts) {
  std::vector<Chapter> chapters;
  for (const Chapter& chapter : facts.chapters) {
    const std::chrono::milliseconds start(chapter.start_ms);
    if (facts.duration && start >= *facts.duration) continue;
    chapters.push_back(chapter);
  }
  return chapters;
}

BookDetails FromTags(const std::vector<SourceFile>& sources) {
  BookDetails details;
  for (const SourceFile& source : sources) {
    if (!details.title && !source.facts.album.empty()) details.title = source.facts.album;
    if (!details.author && !source.facts.artist.empty()) details.author = source.facts.artist;
  }
  return details;
}

}  // namespace

Status CheckBookName(const std::string& book) {
  const Result<ChunkName> chunk = ChunkName::Parse(book + "/x");
  if (chunk.ok()) return Status::Ok();
  return Status::Invalid("the book's name " + Printable(book) + " has " + chunk.status().text());
}

ManifestChunk DescribeChunk(const SourceFile& source, const ObjectInfo& info) {
  ManifestChunk chunk;
  chunk.name = source.name;
  chunk.title = source.facts.title;
  chunk.size = info.size;
  chunk.etag = info.etag;
  chunk.modified = info.last_modified.time_since_epoch().count();
  chunk.type = info.content_type;
  chunk.sha256 = source.sha256;
  chunk.crc32 = source.crc32;
  if (source.facts.duration) {
    chunk.duration_ms = static_cast<uint64_t>(source.facts.duration->count());
  }
  chunk.chapters = UsableChapters(source.facts);
  return chunk;
}

// Names that differ only in case from what is for sale would be one file on many disks.
Status Publisher::CheckListed(const PublishJob& job, const BookListing& listing,
                              const std::vector<std::string>& files) const {
  for (const std::string& path : files) {
    const std::string name = NameOf(path);
    for (const auto& [marker, time] : listing.markers()) {
      if (marker == name || !EqualsIgnoreCase(marker, name)) continue;
      return Status::Invalid(path + ": " + job.book + " has a chunk " + Printable(marker) +
                             " already, which differs only in case: withdraw that, or rename this");
    }
  }
  return Status::Ok();
}

// A path that is not there, or cannot be read, is nothing that is wrong with what is in it.
PublishEnd Publisher::FindFiles(const PublishJob& job, std::vector<std::string>& files) const {
  if (Status status = CheckBookName(job.book); !status.ok()) return PublishEnd::Refused(status);
  Result<std::vector<std::string>> found = FindSources(job.paths, job.book);
  if (found.status().code() == Code::kInvalid) return PublishEnd::Refused(found.status());
  if (!found.ok()) return found.status();
  files = std::move(found).value();
  return Status::Ok();
}

PublishEnd Publisher::InspectAll(const std::vector<std::string>& files,
                                 std::vector<SourceFile>& sources) {
  size_t refused = 0;
  for (const std::string& path : files) {
    observer_.OnStep(PublishStep::kInspect, NameOf(path));
    Result<SourceFile> source = InspectSource(path, [&](const SourceFile& file, uint64_t bytes) {
      observer_.OnProgress(PublishStep::kInspect, file, bytes);
    });
    if (source.ok()) {
      sources.push_back(std::move(source).value());
    } else if (source.status().code() == Code::kCorrupt) {
      observer_.OnRefused(source.status());
      ++refused;
    } else {
      return source.status();
    }
  }
  if (refused == 0) return Status::Ok();
  return PublishEnd::Refused(
      Status(Code::kCorrupt, "nothing was published: " + std::to_string(refused) + " of " +
                                 std::to_string(files.size()) + " files are not whole"));
}

// All that could be the files' fault, before anything is changed.
PublishEnd Publisher::Inspect(const PublishJob& job, const BookListing& listing,
                              const std::vector<std::string>& files,
                              std::vector<SourceFile>& sources) {
  if (Status status = CheckListed(job, listing, files); !status.ok()) {
    return PublishEnd::Refused(status);
  }
  if (PublishEnd end = InspectAll(files, sources); !end.ok()) return end;
  std::vector<ManifestChunk> chunks;
  for (const SourceFile& source : sources) {
    ObjectInfo planned;
    planned.size = source.size;
    chunks.push_back(DescribeChunk(source, planned));
  }
  const Status fits = listing.CheckAdd(chunks, job.details, FromTags(sources));
  return fits.ok() ? PublishEnd(fits) : PublishEnd::Refused(fits);
}

Result<std::vector<ManifestChunk>> Publisher::Store(const PublishJob& job,
                                                    const BookListing& listing,
                                                    const std::vector<SourceFile>& sources) {
  std::vector<ManifestChunk> chunks;
  for (const SourceFile& source : sources) {
    ChunkUpload upload(place_.store, observer_, source, listing.manifest().Find(source.name));
    const Result<StoredChunk> stored =
        upload.Store(place_.origin.KeyFor(job.book + "/" + source.name));
    if (!stored.ok()) return stored.status();
    chunks.push_back(DescribeChunk(source, stored->info));
    ChunkFate fate = ChunkFate::kAdded;
    if (listing.IsForSale(chunks.back())) {
      fate = ChunkFate::kUnchanged;
    } else if (listing.IsListed(source.name)) {
      fate = ChunkFate::kReplaced;
    }
    observer_.OnStored(source, fate, stored->was_sent);
  }
  return chunks;
}

PublishEnd Publisher::Publish(const PublishJob& job) {
  std::vector<std::string> files;
  if (PublishEnd end = FindFiles(job, files); !end.ok()) return end;
  const Result<BookLock> lock = BookLock::Take(place_.listing, job.book);
  if (!lock.ok()) return lock.status();
  BookListing listing(place_.listing, job.book, observer_);
  if (Status status = listing.Read(); !status.ok()) return status;
  std::vector<SourceFile> sources;
  if (PublishEnd end = Inspect(job, listing, files, sources); !end.ok()) return end;
  const Result<std::vector<ManifestChunk>> chunks = Store(job, listing, sources);
  if (!chunks.ok()) return chunks.status();
  if (Status status = listing.Add(*chunks, job.details, FromTags(sources)); !status.ok()) {
    return status;
  }
  // In a bucket all that was broken off, also of books that nobody came back to; a folder would
  // have to be walked for it. A key that may not list uploads can still publish.
  const bool in_bucket = place_.origin.kind == Origin::Kind::kS3;
  (void)place_.store.RemoveStale(
      {.prefix = place_.origin.KeyFor(in_bucket ? "" : job.book + "/"), .age = place_.stale_age});
  return Status::Ok();
}

PublishEnd Publisher::Plan(const PublishJob& job, std::vector<PlannedChunk>& planned) {
  std::vector<std::string> files;
  if (PublishEnd end = FindFiles(job, files); !end.ok()) return end;
  BookListing listing(place_.listing, job.book, observer_);
  if (Status status = listing.Read(); !status.ok()) return status;
  std::vector<SourceFile> sources;
  if (PublishEnd end = Inspect(job, listing, files, sources); !end.ok()) return end;
  for (SourceFile& source : sources) {
    ChunkUpload upload(place_.store, observer_, source, listing.manifest().Find(source.name));
    const Result<ChunkUpload::Verdict> verdict =
        upload.Judge(place_.origin.KeyFor(job.book + "/" + source.name));
    if (!verdict.ok()) return verdict.status();
    const bool is_listed = listing.IsListed(source.name);
    planned.push_back({std::move(source), *verdict, is_listed});
  }
  return Status::Ok();
}

}  // namespace audiodl
