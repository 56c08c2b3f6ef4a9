// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// How one listing becomes another: what goes, what comes, and in which order, so that no moment in
// between is worse than both. First every withdrawal; then book by book the manifest, and after it
// the markers, which put it on sale.
//
//   const ListingPlan plan = PlanChanges(now, wanted);
//   if (guard.Check(now.MarkerCount(), plan.unexplained, "--force").ok()) Apply(plan, writer);
//
// PlanChanges is pure; any thread. Applying: one thread at a time.

#ifndef AUDIODL_COMMON_STOCK_LISTING_PLAN_H_
#define AUDIODL_COMMON_STOCK_LISTING_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/stock/listing_contents.h"
#include "common/stock/listing_writer.h"

namespace audiodl {

struct BookChange {
  std::string book;
  std::vector<std::string> remove;      // markers
  std::optional<std::string> manifest;  // its new text; empty: it goes
  std::map<std::string, int64_t> put;   // markers to be made, or given another time

  bool any() const { return !remove.empty() || manifest || !put.empty(); }
};

struct ListingPlan {
  std::vector<BookChange> books;
  size_t made = 0;         // markers
  size_t dated = 0;        // markers that get another time
  size_t removed = 0;      // markers
  size_t unexplained = 0;  // of those removed: not noted as withdrawn in what is wanted
  size_t manifests = 0;    // written or removed

  size_t steps() const { return made + dated + removed + manifests; }
};

// What a listing that says `now` must be given to say `wanted`, withdrawn chunks apart.
ListingPlan PlanChanges(const ListingContents& now, const ListingContents& wanted);
// The same for some books only; one that is in neither is passed over.
ListingPlan PlanChanges(const ListingContents& now, const ListingContents& wanted,
                        const std::vector<std::string>& books);

// `progress`, where given, is called with how many steps are done. What fails is passed over and
// named by the status that is returned at the end; the rest is done. Markers are not synced: that
// is the writer's Sync(), for those who will not come again.
Status Apply(const ListingPlan& plan, ListingWriter& writer,
             const std::function<void(size_t done)>& progress = {});

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_LISTING_PLAN_H_
