// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

// The shop that a command works on: from --config and the options that replace its lines.
//
//   Options::Parse(arguments, {.values = WithShopOptions({"--title"})});
//   const Result<ShopSettings> shop = ShopSettings::Of(*options);
//   const Result<OpenedStore> store = OpenShopStore(*shop);
//   store->objects->Delete(shop->origin.KeyFor("book/01.mp3"));
//
// One thread.

#ifndef AUDIODL_AUDIODL_SHOP_SETTINGS_H_
#define AUDIODL_AUDIODL_SHOP_SETTINGS_H_

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audiodl/command_config.h"
#include "audiodl/options.h"
#include "common/base/status.h"
#include "common/s3/credentials.h"
#include "common/s3/credentials_provider.h"
#include "common/s3/origin.h"
#include "common/s3write/object_store.h"

namespace audiodl {

struct ShopSettings {
  enum class Need : unsigned char { kOrigin, kNothing };

  CommandConfig config;  // for a command's own settings
  Origin origin;         // of no meaning unless has_origin
  CredentialsSpec credentials;
  std::string listing;  // empty: not said
  // When an upload that was broken off counts as given up.
  std::chrono::seconds stale_age = std::chrono::hours(24);

  // kInvalid: one of the options is wrong; anything else: which setting is missing or wrong, and
  // where to write it. For Refuse().
  static Result<ShopSettings> Of(const Options& options, Need need = Need::kOrigin);

  // Whether AudioOrigin or --origin said where objects are.
  bool has_origin = false;
};

// The names of the options that Of() knows (--config, --origin, --credentials, --listing), and
// `more`: for Options::Names::values.
std::vector<std::string> WithShopOptions(std::vector<std::string> more);

// The origin, ready to be written to. Keep it whole: the store asks the provider for keys.
struct OpenedStore {
  std::unique_ptr<CredentialsProvider> provider;  // null for file://
  std::unique_ptr<ObjectStore> objects;
};

// Waits for the instance's keys where those are the credentials. kForbidden: there are none.
Result<OpenedStore> OpenShopStore(const ShopSettings& shop);

}  // namespace audiodl

#endif  // AUDIODL_AUDIODL_SHOP_SETTINGS_H_
