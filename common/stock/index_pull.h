// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// A web server's half of replication without Unison: keeps its listing what the signed index in the
// bucket says (stock_index.h).
//
//   IndexPull pull(store, {listing, origin, std::move(keys)});
//   for (;; Sleep(2s)) report = pull.Run();      costs one conditional GET while nothing changes
//
// An index counts if its signature is good, it is this shop's, and its serial is not lower than the
// one applied last, which the file .audiodl-pulled in the listing's root remembers. What would take
// away more of the listing than the guard allows freezes it: nothing is changed then. A process
// that is killed anywhere leaves a listing that the next Run() completes. One thread at a time.

#ifndef AUDIODL_COMMON_STOCK_INDEX_PULL_H_
#define AUDIODL_COMMON_STOCK_INDEX_PULL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"
#include "common/stock/drop_guard.h"
#include "common/stock/index_key.h"
#include "common/stock/listing_contents.h"
#include "common/stock/listing_plan.h"
#include "common/stock/stock_index.h"

namespace audiodl {

struct PullSettings {
  std::string listing;
  Origin origin;
  IndexVerifyKeys keys;
  DropGuard guard = DropGuard();
  bool force = false;    // whatever would go may go, and an older index is taken, too
  bool dry_run = false;  // plan, and change nothing
  // How often everything is compared though no other index has come: what somebody broke by hand
  // mends itself.
  std::chrono::seconds compare_all{300};
  // Where given, called with how far it is, and of what: "parts", then "markers and manifests".
  std::function<void(size_t done, size_t of, const char* what)> progress = {};
};

struct PullReport {
  bool new_index = false;  // another one than this object had applied
  uint64_t serial = 0;     // of what the listing says now; of what it would say, in a dry run
  int64_t created = 0;     // when that was pushed, Unix seconds
  size_t markers = 0;
  ListingPlan plan = {};  // what was done
};

// What .audiodl-pulled says.
struct PulledNote {
  static constexpr char kFileName[] = ".audiodl-pulled";

  uint64_t serial = 0;
  int64_t created = 0;
  std::string etag;

  // Of a listing; all zero where there is none, or it is damaged.
  static Result<PulledNote> Read(const std::string& listing);
  Status Write(const std::string& listing) const;
};

class IndexPull {
 public:
  // `store` is borrowed.
  IndexPull(ObjectStore& store, PullSettings settings)
      : store_(store), settings_(std::move(settings)) {}

  // Once. kNotFound: nothing was pushed yet, or there is no listing. kForbidden: S3 refuses, or the
  // signature is false. kInvalid: an index of another shop, or none. kChanged: an older index, or
  // the guard froze the listing. All else as ObjectStore and ListingWriter. Where single files
  // could not be changed, that is said in the end, and the rest is done.
  Result<PullReport> Run();

  // From the next Run() on those are believed, and no others.
  void SetKeys(IndexVerifyKeys keys) { settings_.keys = std::move(keys); }

 private:
  using Part = std::shared_ptr<const ListingContents>;

  Status Take(const ObjectStore::Fetched& object);
  Status CheckHead(const StockIndex& index);
  Result<Part> FetchPart(const StockIndex& index, const IndexPart& part);
  Result<PullReport> Reconcile();
  Status CheckDrop(size_t had, const ListingPlan& plan) const;
  Status Note();
  void Progress(size_t done, size_t of, const char* what) const {
    if (settings_.progress) settings_.progress(done, of, what);
  }

  ObjectStore& store_;
  PullSettings settings_;
  std::optional<PulledNote> note_;  // what is applied

  std::optional<StockIndex> index_;  // what is wanted; its parts' bytes are dropped
  std::string etag_;
  std::map<std::string, Part> parts_;  // by digest
  ListingContents wanted_;
  bool settled_ = false;  // the listing said what is wanted when it was looked at last
  std::chrono::steady_clock::time_point compared_{};
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_INDEX_PULL_H_
