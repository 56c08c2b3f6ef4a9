// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Looks for differences between a listing and its bucket, and mends those that need nobody's
// decision. What is found is looked at once more before it is told, so that a publish that goes on
// meanwhile is no difference. One thread.

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

namespace audiodl {

// The store is borrowed.
struct FsckPlace {
  ObjectStore& store;
  Origin origin;
  std::string listing;
  std::function<void(size_t objects)> progress = {};
};

struct FsckFindings {
  StockFacts facts;  // what was compared
  std::vector<Difference> differences;
};

// Status as ObjectStore and ScanListing().
Result<FsckFindings> FindDifferences(const FsckPlace& place);

struct RepairRules {
  DropGuard guard = DropGuard();
  bool force = false;
  int64_t now = 0;  // Unix nanoseconds
};

// Mends every difference that has a repair; `fixed` gets those that were. kChanged: the guard holds
// the removal of markers back, all else is mended. Other statuses tell the first thing that failed.
Status RepairListing(const FsckPlace& place, const FsckFindings& findings, const RepairRules& rules,
                     std::vector<Difference>& fixed);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_FSCK_H_
