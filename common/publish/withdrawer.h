// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Takes chunks from sale: the marker first, then the manifest's line, then the object. Killed
// anywhere, nothing that is listed is missing at the origin; run again, it goes on. One thread; one
// publisher or withdrawer of a book at a time (BookLock).

#ifndef AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_
#define AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/publish/publish_observer.h"
#include "common/publish/publisher.h"

namespace audiodl {

struct WithdrawJob {
  enum class Objects : unsigned char { kDelete, kKeep };

  std::string book;
  std::vector<std::string> chunks = {};  // names; none: the whole book
  Objects objects = Objects::kDelete;
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

  // What was withdrawn. kNotFound: there was nothing of it. kBusy: another command is at that book.
  Result<std::vector<WithdrawnChunk>> Withdraw(const WithdrawJob& job);

  // What it would be. Changes nothing, and locks nothing.
  Result<std::vector<WithdrawnChunk>> Plan(const WithdrawJob& job);

 private:
  // Objects directly below the book, by name.
  Result<std::vector<std::string>> FindObjects(const WithdrawJob& job);

  const PublishPlace place_;
  PublishObserver& observer_;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_PUBLISH_WITHDRAWER_H_
