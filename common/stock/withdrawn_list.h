// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Which chunks were taken from sale on purpose: the file .audiodl-withdrawn in a listing's root. A
// marker that is missing without standing there may as well be lost; one that stands there is not
// put back by what finds its object in the bucket. Text, one line each, in the order of the paths:
//
//   2026-11-27T06:00:00Z fantasy/dune/01.mp3
//
// The line is written before the marker is removed, and publishing the chunk takes it out before
// the marker is made. So where both are there, either a withdrawal was interrupted or an old marker
// came back from somewhere: the line counts. Lines that are no such thing are passed over and lost
// at the next change; `audiodl fsck` tells of them. The list outlives the file: each index that is
// pushed has it, and what an index notes as withdrawn stays so until it was published since
// (ForgottenOf). The file's own time is later than those of all markers and manifests that
// were ever taken away (listing_time.h); so it stays, empty, when its last line goes. One thread at
// a time.

#ifndef AUDIODL_COMMON_STOCK_WITHDRAWN_LIST_H_
#define AUDIODL_COMMON_STOCK_WITHDRAWN_LIST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/stock/listing_contents.h"

namespace audiodl {

class WithdrawnList {
 public:
  static constexpr char kFileName[] = ".audiodl-withdrawn";

  static WithdrawnList Parse(std::string_view text);
  // Of a listing; empty where it has no such file. kIo: it cannot be read.
  static Result<WithdrawnList> Read(const std::string& listing);
  // The file's time in Unix nanoseconds; none: there is no such file.
  static std::optional<int64_t> TimeIn(const std::string& listing);
  static WithdrawnList Of(const ListingContents& contents);

  void Add(const std::string& path, int64_t unix_seconds) { times_[path] = unix_seconds; }
  void Add(const WithdrawnList& more) { times_.insert(more.times_.begin(), more.times_.end()); }
  void Remove(const std::string& path) { times_.erase(path); }
  bool Has(const std::string& path) const { return times_.contains(path); }
  bool empty() const { return times_.empty(); }
  size_t size() const { return times_.size(); }

  // Path, and when, in Unix seconds.
  const std::map<std::string, int64_t>& times() const { return times_; }
  // How many lines of what was parsed were none, and the number of the first; 0: none. A last line
  // without its end is one of them, for it may be cut, though what it says counts.
  size_t bad_lines() const { return bad_lines_; }
  size_t first_bad_line() const { return first_bad_line_; }
  // Puts them into the books of `contents`, in place of the markers that they have there. Returns
  // how many of those there were.
  size_t AddTo(ListingContents& contents) const;

  std::string Text() const;
  // Whole or not at all. The file's time is later than the one it has, and than `after`, which is
  // that of anything in the listing, in Unix nanoseconds. No file is made to say nothing.
  Status Write(const std::string& listing, std::optional<int64_t> after = std::nullopt) const;
  // Only where the file says something else.
  Status WriteIfOther(const std::string& listing) const;

 private:
  std::map<std::string, int64_t> times_;
  size_t bad_lines_ = 0;
  size_t first_bad_line_ = 0;
};

// The whole of a listing: ScanListing() and its list of withdrawn chunks, AddTo().
Result<ListingContents> ReadListing(const std::string& listing);

// A time that a marker which is made after that withdrawal (Unix seconds) can have, whatever the
// clock says; in Unix nanoseconds. Pure.
int64_t TimeAfter(int64_t withdrawn);

// Notes chunks as withdrawn now, or as published again, under the listing's lock (ListingLock),
// which the caller holds. Does nothing where that is noted already. The time that is noted is no
// earlier than the marker's.
Status NoteWithdrawn(const std::string& listing, const std::vector<std::string>& paths,
                     int64_t unix_seconds);
Status NotePublished(const std::string& listing, const std::vector<std::string>& paths);

// What `before`, an index, notes as withdrawn, and `now`, a listing with its list, neither notes so
// nor has published since, which gives a marker that is later than the withdrawal: of a list that
// was lost or cut. Pure.
WithdrawnList ForgottenOf(const ListingContents& now, const ListingContents& before);
// Notes them again, under the listing's lock; those that were published meanwhile are passed over.
Status NoteForgotten(const std::string& listing, const WithdrawnList& forgotten);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_WITHDRAWN_LIST_H_
