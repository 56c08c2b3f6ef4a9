// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// From a replicated copy of the master's listing into the listing that a web server sells by: with
// the guard that no replicator has. One thread.

#ifndef AUDIODL_COMMON_STOCK_APPLY_COPY_H_
#define AUDIODL_COMMON_STOCK_APPLY_COPY_H_

#include <cstddef>
#include <functional>
#include <string>

#include "common/base/status.h"
#include "common/stock/drop_guard.h"
#include "common/stock/listing_plan.h"

namespace audiodl {

struct ApplyRequest {
  std::string copy;     // only read
  std::string listing;  // changed
  DropGuard guard = DropGuard();
  bool force = false;
  bool dry_run = false;
  // Where given, called with how many markers and manifests are done, and of how many.
  std::function<void(size_t done, size_t of)> progress = {};
};

// What was done. kChanged: the guard holds it back. kInvalid: one folder is within the other.
// kNotFound: one is not there. kIo: some of the copy cannot be read, and nothing was changed.
Result<ListingPlan> ApplyCopy(const ApplyRequest& request);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_APPLY_COPY_H_
