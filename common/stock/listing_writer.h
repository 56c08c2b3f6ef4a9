// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Changes a listing, file by file: each is there whole or not at all, whenever the process dies.
//
//   Result<ListingWriter> writer = ListingWriter::Open("/var/www/listing");   // and locks it
//   writer->PutManifest("fantasy/dune", text);
//   writer->PutMarker("fantasy/dune", "01.mp3", time);
//   writer->Sync();
//
// Whoever changes a listing holds its lock, so that a pull does not undo what a publish is about to
// do; httpd, which only reads, does not look at it. The kernel releases it with the process. One
// thread at a time.

#ifndef AUDIODL_COMMON_STOCK_LISTING_WRITER_H_
#define AUDIODL_COMMON_STOCK_LISTING_WRITER_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

class ListingWriter {
 public:
  // kBusy: somebody else has held the lock for as long as `patience`. kNotFound: there is no such
  // folder; it is never made, because it may be a disk that is not mounted.
  static Result<ListingWriter> Open(const std::string& listing,
                                    std::chrono::milliseconds patience = std::chrono::minutes(1));

  // The time for a marker, or another file of a book, that is about to be written, at `now` or
  // later: NextListingTime() after the file's own, or what was taken away last.
  int64_t TimeFor(const std::string& book, const std::string& name, int64_t now) const;

  // A marker with that time, in Unix nanoseconds; made, or given the time. A file that is not empty
  // is kInvalid: it may be somebody's only copy.
  Status PutMarker(const std::string& book, const std::string& chunk, int64_t time);
  // Ok also where there is none. The folders that it leaves empty go, too.
  Status RemoveMarker(const std::string& book, const std::string& chunk);

  // With the time for it, TimeFor() now.
  Status PutManifest(const std::string& book, std::string_view text);
  Status RemoveManifest(const std::string& book);

  // Everything that was changed is on the disk then.
  Status Sync();

  const std::string& listing() const { return listing_; }

 private:
  ListingWriter(std::string listing, UniqueFd folder)
      : listing_(std::move(listing)), folder_(std::move(folder)) {}

  Status RemoveFile(const std::string& book, const std::string& name);

  std::string listing_;
  UniqueFd folder_;  // the lock is on the folder itself
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_LISTING_WRITER_H_
