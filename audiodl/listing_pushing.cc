// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/listing_pushing.h"

#include <unistd.h>

#include <ostream>
#include <string>
#include <utility>

#include "audiodl/listing_keys.h"
#include "audiodl/listing_options.h"
#include "common/stock/index_push.h"
#include "common/stock/listing_time.h"

namespace audiodl {
namespace {

constexpr int64_t kMillisecond = 1000000;

Result<PushReport> Push(const std::string& key_path, const ShopSettings& shop,
                        const Options& options, ObjectStore& store,
                        std::vector<std::string> published) {
  const Result<DropGuard> guard = GuardOf(options, shop);
  if (!guard.ok()) return guard.status();
  const Result<IndexSigningKey> key = IndexSigningKey::Read(key_path);
  if (!key.ok()) return key.status();
  return PushIndex(store, *key,
                   {.listing = shop.listing,
                    .origin = shop.origin,
                    .guard = *guard,
                    .now_ms = NowNanoseconds() / kMillisecond,
                    .published = std::move(published)});
}

}  // namespace

void PushChangedListing(const Command& command, const ShopSettings& shop, const Options& options,
                        ObjectStore& store, const Console& console,
                        std::vector<std::string> published) {
  const Result<std::string> path = SigningKeyPath(options, shop);
  const bool is_named = shop.config.Text("AudioListingKey").has_value();
  if (path.ok() && !is_named && access(path->c_str(), F_OK) != 0) return;
  const Result<PushReport> report = path.ok()
                                        ? Push(*path, shop, options, store, std::move(published))
                                        : Result<PushReport>(path.status());
  if (!report.ok()) {
    console.err << "audiodl " << command.name
                << ": the listing was changed, but not pushed to the web servers: "
                << report.status().text() << ". audiodl listing push does that\n";
  } else if (!report->warning.empty()) {
    console.err << "audiodl " << command.name << ": " << report->warning << "\n";
  }
}

}  // namespace audiodl
