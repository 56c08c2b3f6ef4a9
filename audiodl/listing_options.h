// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// What the commands on a listing have in common. One thread.

#ifndef AUDIODL_AUDIODL_LISTING_OPTIONS_H_
#define AUDIODL_AUDIODL_LISTING_OPTIONS_H_

#include <string>
#include <string_view>

#include "audiodl/options.h"
#include "audiodl/shop_settings.h"
#include "common/base/status.h"
#include "common/stock/drop_guard.h"
#include "common/stock/listing_plan.h"

namespace audiodl {

inline constexpr char kMaxDropOption[] = "--max-drop";

// The lines of a command's help that tell of the guard.
inline constexpr std::string_view kGuardHelp =
    "  --max-drop SHARE      in place of AudioListingMaxDrop: what may go at once without having\n"
    "                        been withdrawn; 5% without either\n"
    "  --force               more may go\n";

// What was said is no share, by the option (kInvalid) or the setting.
Result<DropGuard> GuardOf(const Options& options, const ShopSettings& shop);

// kNotFound: neither AudioListing nor --listing says where it is.
Status NeedListing(const ShopSettings& shop);

// A setting that is one path, or what holds without it. kCorrupt: more than one word.
Result<std::string> PathOf(const ShopSettings& shop, std::string_view setting,
                           const std::string& otherwise);

// "3 made, 1 withdrawn": what there is of it; "nothing to do" for none. Of a plan that is not
// carried out "would be 3 made".
enum class PlanIs : unsigned char { kDone, kDry };
std::string Words(const ListingPlan& plan, PlanIs is);
// The members of a JSON object that say the same, without its braces.
std::string JsonMembers(const ListingPlan& plan);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_LISTING_OPTIONS_H_
