// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Takes chunks from sale: the marker first, then the manifest's line, then, if asked for, the
// object. What has an object and stands nowhere in the listing is noted as withdrawn like all else,
// or a listing that is made anew from the bucket would sell it. Killed anywhere, nothing that is
// listed is missing at the origin; run again, it goes on. An object that goes at once is missing
// for servers that have not yet heard of it, and for downloads that are under way:
// DeleteWithdrawn() is for when all have. One thread; one publisher or withdrawer of a book at a
// time (BookLock).

#ifndef AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_
#define AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/publish/publish_observer.h"
#include "common/publish/publisher.h"

namespace audiodl {

struct WithdrawJob {
  enum class Objects : unsigned char { kKeep, kDelete };

  std::string book;
  std::vector<std::string> chunks = {};  // names; none: the whole book
  Objects objects = Objects::kKeep;
};

// What there is of a chunk.
struct WithdrawnChunk {
  std::string name;
  bool is_listed = false;
  bool has_object = false;  // asked for only where objects are deleted
};

class Withdrawer {
 public:
  Withdrawer(PublishPlace place, PublishObserver& observer)
      : place_(std::move(place)), observer_(observer) {}

  // What was withdrawn; none where there was nothing of it, but for objects of what had been
  // withdrawn already. kBusy: another command is at that book. Where the origin does not say what
  // it has, that is told to the observer; it is an error where the listing knows of nothing, or
  // objects are to be deleted.
  Result<std::vector<WithdrawnChunk>> Withdraw(const WithdrawJob& job);

  // What it would be. Changes nothing, and locks nothing.
  Result<std::vector<WithdrawnChunk>> Plan(const WithdrawJob& job);

 private:
  Status Remove(const WithdrawJob& job, const std::vector<std::string>& names);

  const PublishPlace place_;
  PublishObserver& observer_;
};

struct OldObjects {
  PublishPlace place;
  int64_t withdrawn_by = 0;  // Unix seconds
  bool dry_run = false;
};

// Deletes the objects of all chunks that were withdrawn then or before, and are not for sale again.
// Returns their paths. A book that another command is at waits for the next time, and what fails
// keeps nothing else from going: its Status is told last, through `trouble`, as all others are that
// say why nothing was done. Asks the origin once for each book that has such chunks.
std::vector<std::string> DeleteWithdrawn(const OldObjects& old, PublishObserver& observer,
                                         Status& trouble);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_
