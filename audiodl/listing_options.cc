// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_options.h"

#include <cstddef>
#include <cstdint>
#include <optional>

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
  const std::optional<std::string> option = options.Value(kMaxDropOption);
  const std::optional<std::string> setting = shop.config.Text("AudioListingMaxDrop");
  if (!option && !setting) return DropGuard();
  Result<DropGuard> guard = DropGuard::Parse(option ? *option : *setting);
  if (guard.ok()) return guard;
  return Status::Invalid(std::string(option ? kMaxDropOption : "AudioListingMaxDrop") + ": " +
                         guard.status().text());
}

Status NeedListing(const ShopSettings& shop) {
  if (!shop.listing.empty()) return Status::Ok();
  return Status::Invalid(
      "there is no listing: write AudioListing into the configuration, or give --listing");
}

Result<std::string> PathOf(const ShopSettings& shop, std::string_view setting,
                           const std::string& otherwise) {
  Result<std::string> word = shop.config.Word(setting);
  if (word.status().code() == Code::kNotFound) return otherwise;
  return word;
}

std::string Words(const ListingPlan& plan) {
  std::string words;
  AddCount(plan.made, "made", words);
  AddCount(plan.dated, "renewed", words);
  AddCount(plan.removed - plan.unexplained, "withdrawn", words);
  AddCount(plan.unexplained, "removed", words);
  AddCount(plan.manifests, plan.manifests == 1 ? "manifest" : "manifests", words);
  return words.empty() ? "nothing to do" : words;
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
