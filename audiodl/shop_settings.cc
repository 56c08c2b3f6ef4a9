// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/shop_settings.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "audiodl/chosen_value.h"
#include "common/base/units.h"

namespace audiodl {
namespace {

// Three answer timeouts of the metadata service, and a little.
constexpr std::chrono::seconds kInstancePatience{10};
constexpr std::chrono::milliseconds kLook{20};

Status SetOrigin(const Options& options, ShopSettings& shop) {
  const auto chosen = ChosenValue::Of(options, shop.config, {"--origin", "AudioOrigin"});
  if (!chosen.text()) return Status::Ok();
  Result<Origin> origin = Origin::Parse(*chosen.text());
  if (!origin.ok()) return chosen.Wrong(origin.status().text());
  shop.origin = std::move(origin).value();
  shop.has_origin = true;
  return Status::Ok();
}

Status SetCredentials(const Options& options, ShopSettings& shop) {
  const auto chosen = ChosenValue::Of(options, shop.config, {"--credentials", "AudioCredentials"});
  Result<CredentialsSpec> spec = CredentialsSpec::Parse(chosen.text().value_or("auto"));
  if (!spec.ok()) return chosen.Wrong(spec.status().text());
  shop.credentials = std::move(spec).value();
  return Status::Ok();
}

Status SetListing(const Options& options, ShopSettings& shop) {
  const auto chosen = ChosenValue::WordOf(options, shop.config, {"--listing", "AudioListing"});
  if (!chosen.ok() || !chosen->text()) return chosen.status();
  shop.listing = *chosen->text();
  if (!shop.listing.starts_with('/')) return chosen->Wrong(shop.listing + " is no absolute path");
  while (shop.listing.size() > 1 && shop.listing.ends_with('/')) shop.listing.pop_back();
  return Status::Ok();
}

Status SetStaleAge(const Options& /*options*/, ShopSettings& shop) {
  const std::optional<std::string> text = shop.config.Text("AudioStaleUploads");
  if (!text) return Status::Ok();
  const Result<std::chrono::milliseconds> time = ParseDuration(*text);
  if (!time.ok()) return Status(Code::kCorrupt, "AudioStaleUploads: " + time.status().text());
  shop.stale_age = std::chrono::ceil<std::chrono::seconds>(*time);
  return Status::Ok();
}

}  // namespace

Result<ShopSettings> ShopSettings::Of(const Options& options, Need need) {
  Result<CommandConfig> config = CommandConfig::Read(options.Value(CommandConfig::kOption));
  if (!config.ok()) return config.status();
  ShopSettings shop;
  shop.config = std::move(config).value();
  for (const auto set : {&SetOrigin, &SetCredentials, &SetListing, &SetStaleAge}) {
    if (Status status = set(options, shop); !status.ok()) return status;
  }
  if (need == Need::kOrigin && !shop.has_origin) {
    return Status(Code::kNotFound,
                  "there is no origin: write AudioOrigin into " +
                      options.Value(CommandConfig::kOption).value_or(CommandConfig::kDefaultPath) +
                      ", or give --origin");
  }
  return shop;
}

std::vector<std::string> WithShopOptions(std::vector<std::string> more) {
  for (const char* name : {CommandConfig::kOption, "--origin", "--credentials", "--listing"}) {
    more.emplace_back(name);
  }
  return more;
}

Result<OpenedStore> OpenShopStore(const ShopSettings& shop) {
  OpenedStore opened;
  S3Access access;
  access.origin = shop.origin;
  if (shop.origin.kind == Origin::Kind::kS3) {
    opened.provider = std::make_unique<CredentialsProvider>(
        shop.credentials, [](LogLevel /*level*/, std::string_view /*text*/) {});
    CredentialsProvider* const provider = opened.provider.get();
    if (Status status = provider->Load(); !status.ok()) return status;
    provider->Start();
    const auto deadline = std::chrono::steady_clock::now() + kInstancePatience;
    while (!provider->Current() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kLook);
    }
    if (!provider->Current()) {
      return Status(Code::kForbidden, "there are no credentials: " + provider->WhyNone().text());
    }
    access.credentials = [provider] { return provider->Current(); };
  }
  opened.objects = OpenObjectStore(access);
  return opened;
}

}  // namespace audiodl
