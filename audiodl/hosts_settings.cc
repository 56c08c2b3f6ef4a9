// Copyright 2026 The mod_audiodl authors.
// SPDX-License-Identifier: Apache-2.0

#include "audiodl/hosts_settings.h"

#include <utility>

#include "audiodl/chosen_value.h"
#include "common/base/text.h"
#include "common/cluster/host_names.h"
#include "common/cluster/hosts_object.h"

namespace audiodl {
namespace {

constexpr char kObject[] = "--object";
constexpr char kName[] = "--name";

Result<std::vector<std::string>> Checked(std::vector<std::string> names) {
  for (const std::string& name : names) {
    Status good = CheckHostName(name);
    if (good.ok() && IsReservedHostName(name)) good = Status::Invalid("is every machine's own");
    if (!good.ok()) {
      return Status::Invalid("the name \"" + Printable(name) + "\" " + good.text());
    }
  }
  return names;
}

Result<std::vector<std::string>> NamesOf(const Options& options, const CommandConfig& config) {
  std::vector<std::string> names = options.List(kName);
  if (!names.empty()) return Checked(std::move(names));
  Result<std::vector<std::string>> words = SplitWords(config.Text("AudioHostsNames").value_or(""));
  if (words.ok()) words = Checked(std::move(words).value());
  if (words.ok()) return words;
  return Status(Code::kCorrupt, "AudioHostsNames: " + words.status().text());
}

Result<ObjectAddress> ObjectOf(const Options& options, ShopSettings shop) {
  const auto place = ChosenValue::WordOf(options, shop.config, {kObject, "AudioHostsObject"});
  if (!place.ok()) return place.status();
  if (!place->text()) {
    return Status(Code::kNotFound,
                  "where is the object of the hosts? Write AudioHostsObject s3://BUCKET/KEY into " +
                      options.Value(CommandConfig::kOption).value_or(CommandConfig::kDefaultPath) +
                      ", or give --object");
  }
  Result<ObjectAddress> object = ObjectAddress::Of(*place->text(), std::move(shop));
  if (object.status().code() == Code::kInvalid) return place->Wrong(object.status().text());
  return object;
}

}  // namespace

Options::Names HostsOptions(std::vector<std::string> flags) {
  return {.flags = std::move(flags),
          .values = WithShopOptions({kObject, "--file", "--state"}),
          .lists = {kName, "--address"}};
}

Result<HostsSettings> HostsSettings::Of(const Options& options) {
  Result<ShopSettings> shop = ShopSettings::Of(options, ShopSettings::Need::kNothing);
  if (!shop.ok()) return shop.status();
  Result<std::vector<std::string>> names = NamesOf(options, shop->config);
  if (!names.ok()) return names.status();
  Result<ObjectAddress> object = ObjectOf(options, std::move(shop).value());
  if (!object.ok()) return object.status();
  return HostsSettings{std::move(object).value(), std::move(names).value()};
}

ManagedFile::Place HostsPlaceOf(const Options& options) {
  return {.path = options.Value("--file").value_or("/etc/hosts"),
          .state_dir = options.Value("--state").value_or("")};
}

Result<StoredText> FetchHostsText(ObjectStore& objects, const std::string& key) {
  StoredText stored;
  const Result<ObjectInfo> info = objects.Get(key, [&](std::string_view bytes) {
    stored.text += bytes;
    return stored.text.size() <= HostsObject::kMaxBytes
               ? Status::Ok()
               : Status::Invalid(key + " is larger than the 64 KiB such an object may have");
  });
  if (!info.ok()) return info.status();
  stored.etag = info->etag;
  return stored;
}

}  // namespace audiodl
