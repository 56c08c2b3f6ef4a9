// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// Where a listing, its manifests, the bucket and the caches do not agree, each told in a sentence.
// Comparing is pure; any thread.

#ifndef AUDIODL_COMMON_STOCK_DIFFERENCE_H_
#define AUDIODL_COMMON_STOCK_DIFFERENCE_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/stock/bucket_contents.h"
#include "common/stock/listing_contents.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {

struct Difference {
  enum class Kind : unsigned char {
    kNoObject,         // listed, and not in the bucket
    kArchived,         // listed, and S3 will not give it out
    kEmptyObject,      // listed, and it has no bytes
    kUnlisted,         // in the bucket, not listed, and never withdrawn
    kWithdrawnListed,  // withdrawn, and its marker is there
    kForgotten,        // withdrawn chunks that the listing's list of them has lost
    kBadLine,          // lines of that list that are none
    kOtherSize,        // the manifest says another size than the bucket
    kOtherEntityTag,   // … another entity tag
    kOldMarker,        // older than its object, and no manifest tells that it was replaced
    kManifestOnly,     // in the manifest, but neither listed nor in the bucket
    kBrokenManifest,   // cannot be read
    kNotEmpty,         // a file with bytes where a marker should be
    kBadName,          // no URL could ask for it
    kLink,             // a linked folder: its markers count for the module, and are not seen here
    kCachedOther,      // cached, and the bucket has another generation
    kCachedUnlisted,   // cached, and not for sale
    kCachedDamaged,    // a file in the cache that nothing can be sent from
  };
  Kind kind = Kind::kNoObject;
  std::string path;    // of the chunk, the book's manifest, or the file
  std::string text;    // what is wrong, and what it means: a sentence without a full stop
  std::string repair;  // what mending it does; empty: somebody must decide

  // The chunk's book; the folder, for files; empty for the list of withdrawn chunks.
  std::string Book() const;
};

// For scripts: "no_object".
std::string_view KindName(Difference::Kind kind);

struct StockFacts {
  ListingContents listing;    // as ScanListing() has it, so with the markers of withdrawn chunks
  std::vector<Stray> strays;  // of the same
  WithdrawnList withdrawn;    // the listing's list, and what that has lost
  WithdrawnList forgotten;    // what it has lost: ForgottenOf() the last index
  BucketContents bucket;
};

// In the order of the books, and of their chunks.
std::vector<Difference> CompareStock(const StockFacts& facts);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_DIFFERENCE_H_
