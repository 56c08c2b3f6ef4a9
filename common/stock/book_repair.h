// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What `audiodl fsck --repair` does to one book's markers and manifest. One thread, which holds the
// book's lock and the listing's.

#ifndef AUDIODL_COMMON_STOCK_BOOK_REPAIR_H_
#define AUDIODL_COMMON_STOCK_BOOK_REPAIR_H_

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/book/manifest.h"
#include "common/stock/difference.h"
#include "common/stock/fsck.h"
#include "common/stock/listing_writer.h"

namespace audiodl {

// The repairs of one book, in the order that keeps it sellable.
class BookRepair {
 public:
  BookRepair(const FsckPlace& place, const StockFacts& facts, const RepairRules& rules,
             std::string book)
      : place_(place), facts_(facts), rules_(rules), book_(std::move(book)) {}

  // Of this book, and with a repair.
  void Take(const Difference& difference);
  // As ListingWriter.
  Status Run(ListingWriter& writer);

 private:
  Status EditManifest(ListingWriter& writer);
  Status MoveManifestAside() const;
  Status PutMarkers(ListingWriter& writer);
  Status EmptyFiles() const;
  void TakeBucketsWord(const std::string& chunk, Manifest& manifest) const;
  const StoredObject* ObjectOf(const std::string& chunk) const;

  const FsckPlace& place_;
  const StockFacts& facts_;
  const RepairRules& rules_;
  const std::string book_;
  std::vector<std::string> remove_;
  std::vector<std::string> put_;
  std::vector<std::string> renew_;
  std::vector<std::string> empty_;
  std::vector<std::string> rewrite_;  // in the manifest
  std::vector<std::string> erase_;    // from the manifest
  bool is_broken_ = false;
};

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_BOOK_REPAIR_H_
