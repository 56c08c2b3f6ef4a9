// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What was pushed last, as the bucket has it (stock_index.h): for those who look for what a listing
// has lost. One thread.

#ifndef AUDIODL_COMMON_STOCK_LAST_INDEX_H_
#define AUDIODL_COMMON_STOCK_LAST_INDEX_H_

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"
#include "common/stock/index_key.h"
#include "common/stock/listing_contents.h"
#include "common/stock/stock_index.h"
#include "common/stock/withdrawn_list.h"

namespace audiodl {

struct LastIndex {
  std::optional<ListingContents> contents;  // none: nobody can tell
  bool is_there = false;                    // the bucket has one, believed or not
  std::string why;                          // of no contents: "the bucket has no index"
};

// Null `keys`: none is known here, and nothing is believed. A status only where the bucket does not
// answer, as ObjectStore.
Result<LastIndex> ReadLastIndex(ObjectStore& store, const Origin& origin,
                                const IndexVerifyKeys* keys);

// Which of a listing's chunks were withdrawn: its own list says it, and the index what that has
// lost.
struct KnownWithdrawn {
  WithdrawnList list;       // with what is forgotten
  WithdrawnList forgotten;  // only the index has it: ForgottenOf()
};

// `scanned` is ScanListing() of the listing. As WithdrawnList::Read().
Result<KnownWithdrawn> ReadWithdrawn(const std::string& listing, const ListingContents& scanned,
                                     const LastIndex& index);

// Why nobody knows which were withdrawn: there is neither a list nor an index that can be believed.
// Empty: it is known.
std::string WhyUnknown(const std::string& listing, const LastIndex& index);
// kChanged, in words for where that is so, `why`, and so many chunks would be listed all the same.
Status RefuseOnTrust(size_t chunks, const std::string& listing, const std::string& why);

// Adds what a part of the index says to `contents`, fetching it where it is an object of its own.
// kCorrupt, kInvalid: as UnpackPart(); else as ObjectStore.
Status FetchIndexPart(ObjectStore& store, const Origin& origin, const StockIndex& index,
                      const IndexPart& part, ListingContents& contents);
// Of its status: the part is gone, or is not what was signed; no other try would change that.
bool IsPartLost(const Status& fetched);

}  // namespace audiodl

#endif  // AUDIODL_COMMON_STOCK_LAST_INDEX_H_
