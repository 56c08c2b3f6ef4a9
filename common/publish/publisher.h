// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Publishing a book is a transaction: every file is inspected before the first is sent; every
// object is read back before it is listed; markers come last. Killed anywhere, a chunk is either
// not listed, or listed and whole at the origin; run again, it goes on where it was.
//
//   Publisher publisher({.store = store, .origin = origin, .listing = "/var/www/listing"},
//   observer); Status status = publisher.Publish({.book = "fantasy/dune", .paths =
//   {"/srv/master/dune"}});
//
// One thread; one publisher or withdrawer of a book at a time (BookLock).

#ifndef AUDIODL_COMMON_PUBLISH_PUBLISHER_H_
#define AUDIODL_COMMON_PUBLISH_PUBLISHER_H_

#include <chrono>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/publish/book_listing.h"
#include "common/publish/chunk_upload.h"
#include "common/publish/publish_end.h"
#include "common/publish/publish_observer.h"
#include "common/publish/source_file.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"

namespace audiodl {

// Where books are published to. The store is borrowed.
struct PublishPlace {
  ObjectStore& store;
  Origin origin;
  std::string listing;
  // Broken-off uploads of others are left alone for so long.
  std::chrono::seconds stale_age = std::chrono::hours(24);
};

struct PublishJob {
  std::string book;
  std::vector<std::string> paths;  // files, and folders of files
  BookDetails details = {};
};

// What would be done with a file.
struct PlannedChunk {
  SourceFile source;
  ChunkUpload::Verdict verdict = ChunkUpload::Verdict::kMissing;
  bool is_listed = false;
};

class Publisher {
 public:
  Publisher(PublishPlace place, PublishObserver& observer)
      : place_(std::move(place)), observer_(observer) {}

  // Refused: kInvalid, names or tags that cannot be; kCorrupt, files that are not whole, each told
  // to the observer. Else kBusy: another command is at that book; kCorrupt: an object does not
  // become what was sent; and as the store and the listing. Until all files have passed nothing is
  // changed.
  PublishEnd Publish(const PublishJob& job);

  // As Publish(), and what it would do; but changes nothing, and locks nothing.
  PublishEnd Plan(const PublishJob& job, std::vector<PlannedChunk>& planned);

 private:
  PublishEnd FindFiles(const PublishJob& job, std::vector<std::string>& files) const;
  PublishEnd Inspect(const PublishJob& job, const BookListing& listing,
                     const std::vector<std::string>& files, std::vector<SourceFile>& sources);
  Status CheckListed(const PublishJob& job, const BookListing& listing,
                     const std::vector<std::string>& files) const;
  PublishEnd InspectAll(const std::vector<std::string>& files, std::vector<SourceFile>& sources);
  Result<std::vector<ManifestChunk>> Store(const PublishJob& job, const BookListing& listing,
                                           const std::vector<SourceFile>& sources);

  const PublishPlace place_;
  PublishObserver& observer_;
};

// A file as the manifest has it, once it is stored.
ManifestChunk DescribeChunk(const SourceFile& source, const ObjectInfo& info);

// kInvalid says what is wrong with it.
Status CheckBookName(const std::string& book);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_PUBLISHER_H_
