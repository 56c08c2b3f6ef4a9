// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What publish, withdraw and ingest do last: the listing's signed index goes to the bucket at once,
// so that web servers that pull have the change with their next request. One thread.

#ifndef AUDIODL_AUDIODL_LISTING_PUSHING_H_
#define AUDIODL_AUDIODL_LISTING_PUSHING_H_

#include <string>
#include <vector>

#include "audiodl/command.h"
#include "audiodl/options.h"
#include "audiodl/shop_settings.h"
#include "common/s3write/object_store.h"

namespace audiodl {

// `published`: as PushRequest has it. Where AudioListingKey names a key, or there is one at its
// default; else nothing. What fails is said on standard error and no more: the listing is as it
// must be, and the next push takes it along. REQUIRES: nobody in this process holds the listing's
// lock.
void PushChangedListing(const Command& command, const ShopSettings& shop, const Options& options,
                        ObjectStore& store, const Console& console,
                        std::vector<std::string> published = {});

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_PUSHING_H_
