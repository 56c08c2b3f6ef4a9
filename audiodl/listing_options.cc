// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_options.h"

#include <cstddef>
#include <cstdint>

#include "audiodl/chosen_value.h"
#include "common/base/json_text.h"

namespace audiodl {
namespace {

void AddCount(size_t count, std::string_view what, std::string& words) {
  if (count == 0) return;
  if (!words.empty()) words += ", ";
  words += std::to_string(count) + " " + std::string(what);
}

}  // namespace

Result<DropGuard> GuardOf(const Options& options, const ShopSettings& shop) {
  const auto share = ChosenValue::Of(options, shop.config, {kMaxDropOption, "AudioListingMaxDrop"});
  if (!share.text()) return DropGuard();
  Result<DropGuard> guard = DropGuard::Parse(*share.text());
  return guard.ok() ? guard : share.Wrong(guard.status().text());
}

Status NeedListing(const ShopSettings& shop) {
  if (!shop.listing.empty()) return Status::Ok();
  return Status(
      Code::kNotFound,
      "there is no listing: write AudioListing into the configuration, or give --listing");
}

Result<std::string> PathOf(const ShopSettings& shop, std::string_view setting,
                           const std::string& otherwise) {
  Result<std::string> word = shop.config.Word(setting);
  if (word.status().code() == Code::kNotFound) return otherwise;
  return word;
}

std::string Words(const ListingPlan& plan, PlanIs is) {
  std::string words;
  AddCount(plan.made, "made", words);
  AddCount(plan.dated, "renewed", words);
  AddCount(plan.removed - plan.unexplained, "withdrawn", words);
  AddCount(plan.unexplained, "removed", words);
  AddCount(plan.manifests, plan.manifests == 1 ? "manifest" : "manifests", words);
  if (words.empty()) return "nothing to do";
  return (is == PlanIs::kDry ? "would be " : "") + words;
}

std::string JsonMembers(const ListingPlan& plan) {
  const std::string object = JsonObject()
                                 .Add("made", uint64_t{plan.made})
                                 .Add("renewed", uint64_t{plan.dated})
                                 .Add("withdrawn", uint64_t{plan.removed - plan.unexplained})
                                 .Add("removed", uint64_t{plan.unexplained})
                                 .Add("manifests", uint64_t{plan.manifests})
                                 .Text();
  return object.substr(1, object.size() - 2);
}

}  // namespace audiodl
