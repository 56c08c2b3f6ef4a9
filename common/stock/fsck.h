// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Looks for differences between a listing and its bucket, and mends those that need nobody's
// decision. What is found is looked at once more before it is told, and again under the book's lock
// before it is mended, so that a publish that goes on meanwhile is no difference. One thread.

#ifndef AUDIODL_COMMON_STOCK_FSCK_H_
#define AUDIODL_COMMON_STOCK_FSCK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"
#include "common/stock/difference.h"
#include "common/stock/drop_guard.h"
#include "common/stock/index_key.h"

namespace audiodl {

// The store is borrowed.
struct FsckPlace {
  ObjectStore& store;
  Origin origin;
  std::string listing;
  std::function<void(size_t objects)> progress = {};
  // What the last index must be signed with, which tells what the listing's list of withdrawn
  // chunks has lost; null: no key is known. Borrowed.
  const IndexVerifyKeys* keys = nullptr;
};

struct FsckFindings {
  StockFacts facts;  // what was compared
  std::vector<Difference> differences;
  // Why nobody knows which chunks were withdrawn, where there is neither a list nor an index that
  // can be believed; empty: it is known.
  std::string on_trust;
};

// Status as ObjectStore and ScanListing().
Result<FsckFindings> FindDifferences(const FsckPlace& place);

struct RepairRules {
  DropGuard guard = DropGuard();
  bool force = false;  // any number of markers may go, or be made
  int64_t now = 0;     // Unix nanoseconds
};

// Mends every difference that has a repair; `fixed` gets those that were, and what has passed
// since, or is of a book that somebody is at now, leaves the findings. kChanged: the guard holds
// the removal of markers back, or the making of so many as if the listing had been lost, or of any
// where nobody knows what was withdrawn; all else is mended. Other statuses tell the first thing
// that failed.
Status RepairListing(const FsckPlace& place, FsckFindings& findings, const RepairRules& rules,
                     std::vector<Difference>& fixed);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_FSCK_H_
