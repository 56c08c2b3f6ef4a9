// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A listing made anew from what the bucket holds: on the day of a migration, on a new master, or
// after somebody lost the tree. Markers are made for objects that have none, those that are older
// than their object get its date, and those whose object is gone are removed, under the guard.
// Manifests stay as they are. Killed, it goes on where it was. One thread.
//
// Chunks that were withdrawn stay so, and their objects are still in the bucket. Which they are say
// the listing's list and the last index that was pushed, of which the list takes what it has lost.
// Where there is neither, every object looks as if it were for sale: then no more than the guard's
// share is listed, unless forced.

#ifndef AUDIODL_COMMON_STOCK_REBUILD_H_
#define AUDIODL_COMMON_STOCK_REBUILD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"
#include "common/stock/bucket_contents.h"
#include "common/stock/drop_guard.h"
#include "common/stock/index_key.h"
#include "common/stock/listing_plan.h"

namespace audiodl {

struct RebuildRequest {
  std::string listing;
  Origin origin;
  DropGuard guard = DropGuard();
  bool force = false;      // any number of markers may go, or be made on the bucket's word alone
  bool dry_run = false;    // plan, and change nothing
  bool anew = false;       // list the bucket from its beginning, whatever was begun before
  bool manifests = false;  // a manifest for each book that has none, with what the bucket says
  // Only objects whose names end so; empty: all.
  std::vector<std::string> endings = {};
  int64_t now = 0;  // Unix seconds
  // What the last index must be signed with; null: no key is known. Borrowed.
  const IndexVerifyKeys* keys = nullptr;
  // How far it is: objects seen while `listing`, then steps of how many.
  std::function<void(size_t done, size_t of)> progress = {};
};

struct RebuildReport {
  size_t objects = 0;                 // chunks in the bucket
  size_t withdrawn = 0;               // of them: not for sale, and left so
  size_t recalled = 0;                // withdrawn chunks that only the last index knew
  std::string on_trust;               // why nobody knows which were withdrawn; empty: it is known
  size_t bad_lines = 0;               // in the list of withdrawn chunks
  size_t resumed_at = 0;              // so many had been listed before it was killed
  std::vector<std::string> unusable;  // names that no URL could ask for
  ListingPlan plan;                   // what was done
  Status held;  // of a dry run: kChanged, why so much would not be made on the bucket's word alone
};

// kChanged: the guard holds it back, or so much would be made on the bucket's word alone; a dry run
// goes on in that case, and notes it. kNotFound: there is no listing, bucket or folder. kBusy. Else
// as ObjectStore. Where single files could not be changed, that is said in the end.
Result<RebuildReport> RebuildListing(ObjectStore& store, const RebuildRequest& request);

// What the listing must say where the bucket holds that: pure.
ListingContents WantedListing(const ListingContents& now, const BucketContents& bucket,
                              bool manifests);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_REBUILD_H_
