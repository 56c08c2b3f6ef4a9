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
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/base/unique_fd.h"

namespace audiodl {

// The time for a marker whose chunk is put on sale, again or for the first time: `now`, or later,
// so that whoever looks for a newer time finds one. `before` is the marker's until then, if it had
// one. All are Unix nanoseconds. Replicators take times for the same that are less than two seconds
// apart, or an hour and up to two seconds (unison, for the sake of FAT and its summer time): such a
// time is never given.
int64_t NextMarkerTime(int64_t now, std::optional<int64_t> before);

class ListingWriter {
 public:
  // kBusy: somebody else has held the lock for as long as `patience`. kNotFound: there is no such
  // folder; it is never made, because it may be a disk that is not mounted.
  static Result<ListingWriter> Open(const std::string& listing,
                                    std::chrono::milliseconds patience = std::chrono::minutes(1));

  // A marker with that time, in Unix nanoseconds; made, or given the time. A file that is not empty
  // is kInvalid: it may be somebody's only copy.
  Status PutMarker(const std::string& book, const std::string& chunk, int64_t time);
  // Ok also where there is none. The folders that it leaves empty go, too.
  Status RemoveMarker(const std::string& book, const std::string& chunk);

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
