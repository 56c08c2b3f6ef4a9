// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "common/stock/listing_plan.h"

#include <set>
#include <utility>

namespace audiodl {
namespace {

const ListedBook& BookOf(const ListingContents& contents, const std::string& name) {
  static const ListedBook kNone;
  const auto found = contents.books.find(name);
  return found == contents.books.end() ? kNone : found->second;
}

void PlanBook(const std::string& name, const ListedBook& now, const ListedBook& wanted,
              ListingPlan& plan) {
  BookChange change{name, {}, {}, {}};
  for (const auto& [chunk, time] : now.markers) {
    if (wanted.markers.contains(chunk)) continue;
    change.remove.push_back(chunk);
    if (!wanted.withdrawn.contains(chunk)) ++plan.unexplained;
  }
  for (const auto& [chunk, time] : wanted.markers) {
    const auto there = now.markers.find(chunk);
    if (there != now.markers.end() && there->second == time) continue;
    change.put.emplace(chunk, time);
    ++(there == now.markers.end() ? plan.made : plan.dated);
  }
  if (now.manifest != wanted.manifest) {
    change.manifest = wanted.manifest;
    ++plan.manifests;
  }
  plan.removed += change.remove.size();
  if (change.any()) plan.books.push_back(std::move(change));
}

// Counts steps, and keeps the first trouble.
class Steps {
 public:
  explicit Steps(const std::function<void(size_t)>& progress) : progress_(progress) {}

  bool Did(const Status& status) {
    if (!status.ok() && trouble_.ok()) trouble_ = status;
    ++done_;
    if (progress_) progress_(done_);
    return status.ok();
  }
  const Status& trouble() const { return trouble_; }

 private:
  const std::function<void(size_t)>& progress_;
  size_t done_ = 0;
  Status trouble_;
};

}  // namespace

ListingPlan PlanChanges(const ListingContents& now, const ListingContents& wanted) {
  std::set<std::string> books;
  for (const auto& [name, book] : now.books) books.insert(name);
  for (const auto& [name, book] : wanted.books) books.insert(name);
  return PlanChanges(now, wanted, {books.begin(), books.end()});
}

ListingPlan PlanChanges(const ListingContents& now, const ListingContents& wanted,
                        const std::vector<std::string>& books) {
  ListingPlan plan;
  for (const std::string& name : books) {
    PlanBook(name, BookOf(now, name), BookOf(wanted, name), plan);
  }
  return plan;
}

Status Apply(const ListingPlan& plan, ListingWriter& writer,
             const std::function<void(size_t)>& progress) {
  Steps steps(progress);
  for (const BookChange& change : plan.books) {
    for (const std::string& chunk : change.remove) {
      (void)steps.Did(writer.RemoveMarker(change.book, chunk));
    }
  }
  for (const BookChange& change : plan.books) {
    // Markers of a book whose manifest could not be written wait with it.
    if (change.manifest &&
        !steps.Did(change.manifest->empty() ? writer.RemoveManifest(change.book)
                                            : writer.PutManifest(change.book, *change.manifest))) {
      continue;
    }
    for (const auto& [chunk, time] : change.put) {
      (void)steps.Did(writer.PutMarker(change.book, chunk, time));
    }
  }
  return steps.trouble();
}

}  // namespace audiodl
